"""The covariance of the minibatch gradient of a network, along directions: three ways to draw the batches.

Mori et al. (2022), eq. (8), on the network of their sec. 5.1. The parameters are frozen while batches are drawn, so
that only the drawing is random; then SGD itself is run from the same point, to see what is left when they move.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature import top_eigenpairs
from sgdlab.experiments._epoch_path import path_variance
from sgdlab.experiments._parity_training import parity_network, train
from sgdlab.measure import Estimate, batch_noise, epoch_noise, mean_of, projected_gradients
from sgdlab.problems import Network


@dataclass(frozen=True)
class Config:
    """What is trained, and what is drawn at the trained point.

    Attributes:
        data, n_samples: the first samples of a data set, labelled +1 (even) and -1 (odd).
        hidden: widths of the hidden layers.
        learning_rate, training_batch_size, epochs: the training that leads to the point.
        eigenvectors, random_directions: along how many of each the noise is measured.
        batch_sizes: at which the variance is measured.
        n_batches: independent batches for each of them.
        pair_batch_sizes: at which the covariance of two batches of one epoch is measured.
        n_epochs: independent reshuffled epochs for each of them, and for the sum along an epoch.
        path_batch_size, path_learning_rate, replicas: of the runs of SGD along one epoch.
        precision: of parameters and gradients; statistics are float64.
    """

    data: str
    n_samples: int
    hidden: tuple[int, ...]
    learning_rate: float
    training_batch_size: int
    epochs: int
    eigenvectors: int
    random_directions: int
    batch_sizes: tuple[int, ...]
    n_batches: int
    pair_batch_sizes: tuple[int, ...]
    n_epochs: int
    path_batch_size: int
    path_learning_rate: float
    replicas: int
    precision: str
    seed: int


QUICK = Config(
    data="digits",
    n_samples=1600,
    hidden=(100, 100),
    learning_rate=0.05,
    training_batch_size=100,
    epochs=20,
    eigenvectors=20,
    random_directions=20,
    batch_sizes=(1, 4, 16, 40, 100, 200, 400, 800, 1600),
    n_batches=4000,
    pair_batch_sizes=(16, 100, 400, 800),
    n_epochs=2000,
    path_batch_size=100,
    path_learning_rate=0.001,
    replicas=100,
    precision="float64",
    seed=1,
)
FULL = Config(
    data="mnist",
    n_samples=10_000,
    hidden=(100, 100),
    learning_rate=0.01,
    training_batch_size=100,
    epochs=50,
    eigenvectors=20,
    random_directions=20,
    batch_sizes=(1, 4, 20, 100, 500, 1000, 2500, 5000, 10_000),
    n_batches=4000,
    pair_batch_sizes=(100, 500, 2500, 5000),
    n_epochs=2000,
    path_batch_size=500,
    path_learning_rate=0.001,
    replicas=100,
    precision="float32",
    seed=1,
)


def run(config: Config, checkpoints: Path | None = None) -> dict[str, NDArray[np.float64]]:
    """Train, draw batches, run one epoch of SGD.

    Every variance is divided by that of the per-sample gradients along the same direction, v^T C v, so that each law
    predicts one number for all directions. Averages over the directions of a kind are taken batch by batch, which keeps
    their standard errors right although the directions see the same batches.

    Returns:
        D directions, eigenvectors first; kinds: eigenvectors, random directions.
        loss (): at the trained point.
        eigenvalues (K,): of the Hessian there, descending.
        sample_variance (D,): v^T C v.
        batch_sizes (b,); with_replacement, without_replacement (b, D): variance; means over each kind with the suffix
        _mean (b, 2); standard errors with the suffix _error.
        pair_batch_sizes (p,); pair_mean (p, 2): covariance of two batches of an epoch, and pair_error.
        bridge_mean (2, N/B + 1): variance of the summed noise of k = 0 ... N/B batches of an epoch, and bridge_error.
        path_with_replacement, path_reshuffled (N/B + 1,): variance of the parameters after k steps of SGD along the
        random directions, in units of the squared learning rate, and their _error.
    """
    network, theta = trained(config, checkpoints and checkpoints / "training.pt")
    eigenvalues, eigenvectors = top_eigenpairs(network, theta, config.eigenvectors, config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    random = torch.randn(config.random_directions, network.dimension, generator=generator, dtype=torch.float64)
    directions = torch.cat([eigenvectors.double(), random / random.norm(dim=1, keepdim=True)])
    projections = projected_gradients(network, theta, directions.to(theta))
    variance = projections.var(0, correction=0)
    projections /= variance.sqrt()

    results: dict[str, NDArray[np.float64]] = {
        "loss": np.array(float(network.loss(theta))),
        "eigenvalues": eigenvalues.double().numpy(),
        "sample_variance": variance.numpy(),
        "batch_sizes": np.array(config.batch_sizes, dtype=np.float64),
        "pair_batch_sizes": np.array(config.pair_batch_sizes, dtype=np.float64),
    }
    for sampling in ("with-replacement", "without-replacement"):
        name = sampling.replace("-", "_")
        squares = [
            batch_noise(projections, size, sampling, config.n_batches, config.seed + size).square().numpy()
            for size in config.batch_sizes
        ]
        results |= Estimate.stack([mean_of(square) for square in squares]).named(name)
        results |= Estimate.stack([mean_of(_by_kind(square, config)) for square in squares]).named(f"{name}_mean")
    pairs = [mean_of(_pair_products(projections, size, config)) for size in config.pair_batch_sizes]
    results |= Estimate.stack(pairs).named("pair_mean")
    sums = _summed_squares(projections, config)
    results |= Estimate.stack([mean_of(sums[:, :, kind]) for kind in (0, 1)]).named("bridge_mean")
    for sampling in ("with-replacement", "reshuffled"):
        spread = path_variance(
            network,
            theta,
            directions[config.eigenvectors :],
            learning_rate=config.path_learning_rate,
            batch_size=config.path_batch_size,
            sampling=sampling,
            replicas=config.replicas,
            seed=config.seed,
        )
        relative = (spread / variance[config.eigenvectors :]).mean(2).numpy()
        results |= mean_of(relative).named(f"path_{sampling.replace('-', '_')}")
    return results


def trained(config: Config, checkpoint: Path | None = None) -> tuple[Network, torch.Tensor]:
    """The network on its data, and the point (P,) that the training reaches."""
    network = parity_network(config.data, config.n_samples, config.hidden, config.precision)
    (states,) = train(
        network,
        [config.epochs],
        learning_rate=config.learning_rate,
        batch_size=config.training_batch_size,
        seed=config.seed,
        checkpoint=checkpoint,
    )
    return network, states[0]


def _by_kind(values: NDArray[np.float64], config: Config) -> NDArray[np.float64]:
    """Means over the eigenvectors and over the random directions: (..., D) to (..., 2)."""
    return np.stack([part.mean(-1) for part in np.split(values, [config.eigenvectors], axis=-1)], axis=-1)


def _pair_products(projections: torch.Tensor, batch_size: int, config: Config) -> NDArray[np.float64]:
    """Products of the noises of neighbouring batches, averaged over the disjoint pairs of an epoch: (epochs, 2)."""
    noise = epoch_noise(projections, batch_size, config.n_epochs, config.seed + batch_size).numpy()
    pairs = noise.shape[1] // 2
    return _by_kind((noise[:, 0 : 2 * pairs : 2] * noise[:, 1 : 2 * pairs : 2]).mean(1), config)


def _summed_squares(projections: torch.Tensor, config: Config) -> NDArray[np.float64]:
    """Squares of the noise summed over the first k batches of an epoch: (epochs, N/B + 1, 2)."""
    noise = epoch_noise(projections, config.path_batch_size, config.n_epochs, config.seed).numpy()
    sums = np.concatenate([np.zeros_like(noise[:, :1]), noise.cumsum(1)], axis=1)
    return _by_kind(sums**2, config)
