"""Escape of a network from a minimum: Mori et al. (2022), sec. 5.3.2 and fig. 3c.

The pre-trained and polished network of `parity_spectrum` is trained on by SGD with a new learning rate and batch size,
until the loss of all samples has grown by a ratio; it is tested at every step. Beside it, Gaussian noise on the
quadratic loss of the same spectrum: that of eq. (12), proportional to the loss, and that of the minimum everywhere.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature import top_eigenpairs
from sgdlab.dynamics import langevin
from sgdlab.dynamics.hidden_layer_passage import hidden_layer_passage, input_gram
from sgdlab.experiments import _polished_minima
from sgdlab.problems import Network, Quadratic

NOISES = ("loss-proportional", "frozen")


@dataclass(frozen=True)
class Config:
    """What is run from each minimum.

    Attributes:
        minima: the network and its minima.
        settings: learning rate times the largest curvature of the minimum, and batch size (with replacement).
        loss_ratios: c, ascending; a replica stops at the last one.
        replicas: for each setting, from each minimum.
        max_steps: of a replica.
        modes: largest eigenvalues that the quadratic has.
        quadratic_replicas: on the quadratic, for each setting, minimum and noise.
        descent_steps: of full-batch gradient descent, the null control without noise.
        seed: of batches and noise.
    """

    minima: _polished_minima.Minima
    settings: tuple[tuple[float, int], ...]
    loss_ratios: tuple[float, ...]
    replicas: int
    max_steps: int
    modes: int
    quadratic_replicas: int
    descent_steps: int
    seed: int


QUICK = Config(
    minima=_polished_minima.QUICK,
    settings=((0.4, 2), (0.4, 3), (0.25, 2)),
    loss_ratios=(
        1.15,
        1.25,
        1.35,
        1.42,
        1.5,
        1.57,
        1.65,
        1.72,
        1.8,
        1.9,
        2.0,
        2.12,
        2.25,
        2.5,
        2.8,
        3.15,
        3.5,
        4.0,
        5.0,
    ),
    replicas=34,
    max_steps=1300,
    modes=60,
    quadratic_replicas=34,
    descent_steps=100,
    seed=1,
)
FULL = Config(
    minima=_polished_minima.FULL,
    settings=((0.4, 2), (0.4, 3), (0.4, 4), (0.267, 2), (0.2, 2)),
    loss_ratios=(1.15, 1.25, 1.35, 1.5, 1.65, 1.8, 2.0, 2.25, 2.5, 2.8, 3.15, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0),
    replicas=34,
    max_steps=2000,
    modes=60,
    quadratic_replicas=60,
    descent_steps=100,
    seed=1,
)


def run(config: Config, checkpoints: Path | None = None) -> dict[str, NDArray[np.generic]]:
    """First passages from every minimum at every setting; `_passage_slope` fits their slopes.

    Returns:
        M minima, S settings, R replicas, C loss ratios. loss_ratio (C,).
        loss, curvature (M,): at the minimum; the largest eigenvalue, that of the Gauss-Newton matrix.
        steps (M, S, R, C): until the loss first reached the ratio, int32; max_steps where it did not.
        censored (M, S, R, C): whether it did not.
        mean_ratio (M, S): mean loss over that at the minimum, over the later three quarters of the replicas' lives.
        steps_N, censored_N (M, S, Q, C): the same on the quadratic, for the noises N, loss_proportional and frozen.
        descent (M,): loss after `descent_steps` of gradient descent with the largest learning rate of the settings,
        over the loss at the minimum.
    """
    network, _, minima = _polished_minima.find(config.minima, checkpoints and checkpoints / "training.pt")
    gram = input_gram(network)
    with _polished_minima.same_digits():
        spectra = [top_eigenpairs(network, theta, config.modes, config.seed, "gauss-newton")[0] for theta in minima]
    results: dict[str, list[object]] = {}

    def keep(**values: object) -> None:
        for name, value in values.items():
            results.setdefault(name, []).append(value)

    for theta, spectrum in zip(minima, spectra, strict=True):
        loss = float(network.loss(theta))
        landscape = Quadratic(spectrum.double(), loss)
        curvature = float(spectrum[0])
        escapes = [_escape(network, theta, gram, loss, config, a / curvature, b) for a, b in config.settings]
        steps, censored, mean_ratio = zip(*escapes, strict=True)
        keep(loss=loss, curvature=curvature)
        keep(steps=steps, censored=censored, mean_ratio=mean_ratio)
        for noise in NOISES:
            passages = [_on_quadratic(landscape, noise, config, a / curvature, b) for a, b in config.settings]
            steps, censored = zip(*passages, strict=True)
            name = noise.replace("-", "_")
            keep(**{f"steps_{name}": steps, f"censored_{name}": censored})
        fastest = max(a for a, _ in config.settings) / curvature
        keep(descent=_descend(network, theta, fastest, config.descent_steps) / loss)
    arrays: dict[str, NDArray[np.generic]] = {name: np.array(values) for name, values in results.items()}
    return {"loss_ratio": np.array(config.loss_ratios)} | {
        name: array.astype(np.int32) if name.startswith("steps") else array for name, array in arrays.items()
    }


def _escape(
    network: Network,
    theta: torch.Tensor,
    gram: NDArray[np.floating],
    loss: float,
    config: Config,
    learning_rate: float,
    batch_size: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], float]:
    passage = hidden_layer_passage(
        network,
        theta,
        gram=gram,
        thresholds=[ratio * loss for ratio in config.loss_ratios],
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_steps=config.max_steps,
        replicas=config.replicas,
        seed=config.seed,
    )
    alive = np.isfinite(passage.losses).sum(0)
    later = [column[steps // 4 : steps].mean() for column, steps in zip(passage.losses.T, alive, strict=True) if steps]
    return passage.steps, passage.censored, float(np.mean(later)) / loss


def _on_quadratic(
    landscape: Quadratic, noise: str, config: Config, learning_rate: float, batch_size: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """First passages by Euler-Maruyama with the steps of SGD, the loss tested at every step."""
    losses = langevin(
        landscape,
        torch.zeros(config.quadratic_replicas, landscape.dimension, dtype=torch.float64),
        learning_rate=learning_rate,
        batch_size=batch_size,
        noise=noise,
        steps=config.max_steps,
        seed=config.seed,
        observe=landscape.loss,
        observe_at=range(1, config.max_steps + 1),
    )
    highest = np.maximum.accumulate(torch.stack(losses).numpy() / landscape.minimum_loss, axis=0)
    below = np.array([(highest < ratio).sum(0) for ratio in config.loss_ratios]).T
    return np.minimum(below + 1, config.max_steps), below == config.max_steps


def _descend(network: Network, theta: torch.Tensor, learning_rate: float, steps: int) -> float:
    everything = torch.arange(network.n_samples)
    point = theta.clone()
    for _ in range(steps):
        point -= learning_rate * network.gradient(point, everything)
    return float(network.loss(point))
