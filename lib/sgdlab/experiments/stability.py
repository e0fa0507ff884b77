"""Where SGD on linear regression stays, in the mean square and almost surely: isotropic Gaussian inputs, curvature 1.

Without residuals the logarithm of the distance is a sum of independent terms; their mean is the Lyapunov exponent
(`laws.power_law_escape.lyapunov_exponent`).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq

from sgdlab.dynamics import regression_sgd
from sgdlab.laws.power_law_escape import critical_dimension_gaussian_inputs, lyapunov_exponent
from sgdlab.measure import Estimate, mean_of
from sgdlab.problems import GaussianInputs


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        learning_rate, batch_size: of SGD.
        dimensions: one run for each.
        steps, record_every: of the logarithms.
        replicas: of each run.
    """

    learning_rate: float
    batch_size: int
    dimensions: tuple[int, ...]
    steps: int
    record_every: int
    replicas: int
    seed: int


QUICK = Config(learning_rate=0.1, batch_size=1, dimensions=(18, 19), steps=2000, record_every=40, replicas=1000, seed=1)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Run SGD without residuals and follow the logarithm of the squared distance.

    Returns:
        D dimensions, K records.
        step (K,).
        lyapunov, lyapunov_error (D,): growth of log |delta| for each step.
        median, mean (D, K): of the loss over that at the start, decimal logarithms; of the mean square that of the
        sample, which misses the rare large ones.
    """
    logarithms = np.stack([_logarithms(config, dimension) for dimension in config.dimensions])
    exponents = mean_of(logarithms[:, -1] / (2 * config.steps), axis=1)
    with np.errstate(over="ignore"):
        means = np.log10(np.exp(logarithms).mean(axis=2))
    return {
        "step": np.arange(config.record_every, config.steps + 1, config.record_every, dtype=np.float64),
        **exponents.named("lyapunov"),
        "median": np.median(logarithms, axis=2) / np.log(10),
        "mean": means,
    }


def almost_sure_dimension(learning_rate: float, batch_size: float) -> float:
    """The dimension at which the Lyapunov exponent changes its sign, for curvature 1; NaN below dimension 1."""

    def exponent(dimension: float) -> float:
        return float(lyapunov_exponent(learning_rate, batch_size, dimension))

    # The equation with the exact covariance escapes later.
    latest = float(critical_dimension_gaussian_inputs(learning_rate=learning_rate, batch_size=batch_size, curvature=1))
    return float(brentq(exponent, 1.0, latest, xtol=1e-4)) if exponent(1.0) < 0 else np.nan


def almost_sure_line(learning_rates: tuple[float, ...], batch_size: float) -> Estimate:
    """For a live figure: `almost_sure_dimension` at each learning rate, (K,); computed, so without error."""
    line = np.array([almost_sure_dimension(rate, batch_size) for rate in learning_rates])
    return Estimate(line, np.where(np.isnan(line), np.nan, 0.0))


def _logarithms(config: Config, dimension: int) -> NDArray[np.float64]:
    """log of the squared distance over that at the start, (K, R)."""
    start = torch.full((config.replicas, dimension), dimension**-0.5, dtype=torch.float64)
    moved = regression_sgd(
        GaussianInputs([1.0] * dimension, 0.0),
        start,
        learning_rate=config.learning_rate,
        batch_size=config.batch_size,
        steps=config.steps,
        seed=config.seed + dimension,
        record_every=config.record_every,
    )
    logarithms: NDArray[np.float64] = np.log(2 * moved.losses.numpy())
    return logarithms
