"""The stationary law of SGD in one dimension through its fourth moment: law `excess_kurtosis_discrete`.

Fresh samples, Gaussian residuals. Besides Gaussian inputs, inputs on three points of kurtosis 2: their gradient noise
is exactly proportional to the loss, and the stationary law is exactly Gaussian.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.measure import Estimate, jackknife
from sgdlab.problems import GaussianInputs

# Of the jackknife, each of whole replicas.
_BLOCKS = 50


@dataclass(frozen=True)
class Config:
    """What is run: h = 1, sigma^2 = 1.

    Attributes:
        settings: learning rate, batch size and kurtosis of the inputs; None is Gaussian.
        replicas: from the minimum, at least 50.
        transient: steps that are not counted.
        records: losses of each replica that are kept.
        record_every: steps between them.
        seed: of all of it.
    """

    settings: tuple[tuple[float, int, float | None], ...]
    replicas: int
    transient: int
    records: int
    record_every: int
    seed: int


QUICK = Config(
    settings=((0.1, 1, None), (0.2, 2, None), (0.1, 1, 2.0)),
    replicas=2000,
    transient=200,
    records=400,
    record_every=5,
    seed=1,
)
FULL = replace(QUICK, replicas=20_000, records=2400)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Measure the stationary variance and excess kurtosis of the displacement.

    Returns:
        S settings. variance, kurtosis (S,), with standard errors under the names with _error: by leaving out whole
        replicas, so that the correlation in time is in them.
    """
    found = [_moments(config, *setting) for setting in config.settings]
    return Estimate.stack([variance for variance, _ in found]).named("variance") | Estimate.stack(
        [kurtosis for _, kurtosis in found]
    ).named("kurtosis")


def _moments(config: Config, learning_rate: float, batch_size: int, kurtosis: float | None) -> tuple[Estimate, ...]:
    moved = regression_sgd(
        GaussianInputs([1.0], 1.0, kurtosis=kurtosis),
        torch.zeros(config.replicas, 1, dtype=torch.float64),
        learning_rate=learning_rate,
        batch_size=batch_size,
        steps=config.transient + config.records * config.record_every,
        record_every=config.record_every,
        seed=config.seed,
    )
    squares = 2 * moved.losses[config.transient // config.record_every :].numpy() - 1  # L = (1 + delta^2) / 2
    moments = np.stack([squares.mean(0), (squares**2).mean(0)], axis=1)
    variance = jackknife(lambda m: m[:, 0].mean(), moments, blocks=_BLOCKS)
    excess = jackknife(lambda m: m[:, 1].mean() / m[:, 0].mean() ** 2 - 3, moments, blocks=_BLOCKS)
    return variance, excess
