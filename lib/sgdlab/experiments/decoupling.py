"""The decoupling approximation on a network: quadratic forms along directions, at stages of its training.

Mori et al. (2022), eqs. (6) to (11), sec. 5.1: even and odd digits, targets +1 and -1, mean-square loss. The paper
shows the spectra (`decoupled_spectra`); the directions, the gradient among them, are ours.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from sgdlab.curvature import hessian_vector_product, top_eigenpairs
from sgdlab.experiments._parity_training import parity_network, train
from sgdlab.experiments._residuals import with_residuals
from sgdlab.measure import noise_strength, projected_gradients
from sgdlab.problems import Network


@dataclass(frozen=True)
class Config:
    """What is trained, and what is measured at each stage.

    Attributes:
        data, n_samples: the first samples of a data set, standardised, labelled +1 (even) and -1 (odd).
        hidden: widths of the hidden layers.
        learning_rate, batch_size: of SGD with reshuffled batches, from Glorot's initialisation.
        stages: epochs after which it is measured, ascending.
        eigenvectors, random_directions: along how many of each.
        replicas: independent initialisations, with independent batches.
        precision: of training, gradients and Hessian; means over samples are in float64.
        seed: of all of it.
    """

    data: str
    n_samples: int
    hidden: tuple[int, ...]
    learning_rate: float
    batch_size: int
    stages: tuple[int, ...]
    eigenvectors: int
    random_directions: int
    replicas: int
    precision: str
    seed: int


QUICK = Config(
    data="digits",
    n_samples=300,
    hidden=(100, 100),
    learning_rate=0.01,
    batch_size=100,
    stages=(0, 50, 250),
    eigenvectors=5,
    random_directions=10,
    replicas=3,
    precision="float64",
    seed=1,
)
FULL = Config(
    data="mnist",
    n_samples=10_000,
    hidden=(100, 100),
    learning_rate=0.01,
    batch_size=100,
    stages=(0, 50, 500),
    eigenvectors=10,
    random_directions=20,
    replicas=3,
    precision="float32",
    seed=1,
)


def run(config: Config, checkpoints: Path | None = None) -> dict[str, NDArray[np.floating]]:
    """Train the replicas and measure each at each stage.

    C_f = grad f grad f^T, ell = r^2/2 with r = f - y, bars are means over the samples. v is a unit vector: D of them,
    the gradient of the loss first, then the leading eigenvectors of the Hessian, then random ones.

    Returns:
        R replicas, S stages.
        loss (R, S): L. noise (R, S): noise strength, sec. 5.2. gradient_square (R, S): |grad L|^2.
        sample_variance (R, S, D): v^T C v, C the covariance of the per-sample gradients.
        decoupled_variance (R, S, D): 2 L v^T mean(C_f) v, eq. (9).
        hessian_variance (R, S, D): 2 L v^T H v, eq. (6) with the Hessian H of the same point.
        rho (R, S, D): v^T mean(ell C_f) v / (L v^T mean(C_f) v), which eq. (7) sets to 1.
        constancy (R, S, D): v^T mean(C_f) v over its value at the last stage, v the directions of the last stage.
        hessian_eigenvalues (R, S, K): the leading ones, descending.
        finite_sample_factor (): (N - B)/(N - 1), eq. (8).
    """
    network = build(config)
    stages = train(
        network,
        config.stages,
        learning_rate=config.learning_rate,
        batch_size=config.batch_size,
        replicas=config.replicas,
        seed=config.seed,
        checkpoint=checkpoints and checkpoints / "training.pt",
    )
    measured = [[_measure(network, theta, config) for theta in states] for states in stages]
    results: dict[str, NDArray[np.floating]] = {
        key: _replicas_first([[at[key] for at, _ in row] for row in measured]) for key in measured[0][0][0]
    }
    last = [directions for _, directions in measured[-1]]
    along = _replicas_first(
        [
            [_output_slopes(network, theta, v).square().mean(0).numpy() for theta, v in zip(states, last, strict=True)]
            for states in stages
        ]
    )
    results["constancy"] = along / along[:, -1:]
    results["finite_sample_factor"] = np.array((config.n_samples - config.batch_size) / (config.n_samples - 1))
    return results


def build(config: Config) -> Network:
    """The network on its data."""
    return parity_network(config.data, config.n_samples, config.hidden, config.precision)


def _measure(network: Network, theta: torch.Tensor, config: Config) -> tuple[dict[str, ArrayLike], torch.Tensor]:
    """What `run` returns of one replica at one stage, and its directions (D, P)."""
    gradient = network.gradient(theta)
    eigenvalues, eigenvectors = top_eigenpairs(network, theta, config.eigenvectors, config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    random = torch.randn(config.random_directions, network.dimension, generator=generator, dtype=torch.float64)
    directions = torch.cat([gradient[None], eigenvectors, random.to(theta)])
    directions /= directions.norm(dim=1, keepdim=True)

    residuals = (network.outputs(theta) - network.targets).double()
    loss = residuals.square().mean() / 2
    slopes = _output_slopes(network, theta, directions)
    along, _, across = directions.split([1, config.eigenvectors, config.random_directions])
    curvature = torch.cat([_curvature(network, theta, along), eigenvalues, _curvature(network, theta, across)]).double()
    decoupled = 2 * loss * slopes.square().mean(0)
    measured: dict[str, ArrayLike] = {
        "loss": loss,
        "noise": noise_strength(network, theta).value,
        "gradient_square": gradient.double().square().sum(),
        "sample_variance": (residuals * slopes).var(0, correction=0),
        "decoupled_variance": decoupled,
        "hessian_variance": 2 * loss * curvature,
        "rho": (residuals * slopes).square().mean(0) / decoupled,
        "hessian_eigenvalues": eigenvalues,
    }
    return measured, directions


def _curvature(network: Network, theta: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """v^T H v along directions (D, P), shape (D,)."""
    return torch.stack([v @ hessian_vector_product(network, theta, v) for v in directions])


def _output_slopes(network: Network, theta: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """Derivatives v . grad f_mu of the outputs along directions (D, P), shape (N, D), float64."""
    ones = torch.ones_like(network.targets)
    return projected_gradients(with_residuals(network, theta, ones), theta, directions)


def _replicas_first(rows: list[list[ArrayLike]]) -> NDArray[np.float64]:
    """Numbers or arrays of each stage and replica as one array (R, S, ...)."""
    return np.array(rows, dtype=np.float64).swapaxes(0, 1)
