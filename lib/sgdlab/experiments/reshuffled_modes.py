"""Reshuffled epochs under SGD with momentum: stationary variances over those of independent batches.

Law `reshuffled_variance_ratio`. On given samples of several dimensions the curvature of a batch fluctuates too, and the
law is that of small learning rates; with one input for all samples it holds at every one.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.experiments.heavy_ball_variances import one_input
from sgdlab.measure import Estimate, mean_of
from sgdlab.problems import LinearRegression

Array = NDArray[np.float64]
_LONG = 6.0  # relaxation times of the variance that pass before it is measured


@dataclass(frozen=True)
class Case:
    """Samples N, batch size B, learning rate; `one_input`: each mode by itself, with the same input in all samples."""

    n_samples: int
    batch_size: int
    learning_rate: float
    one_input: bool = False


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        spectrum: eigenvalues of the Hessian of the given samples, exactly.
        momentum: of all of it.
        cases: that are run.
        replicas: of each case and each sampling.
        seed: of samples and batches.
    """

    spectrum: tuple[float, ...]
    momentum: float
    cases: tuple[Case, ...]
    replicas: int
    seed: int


_SPECTRUM = (1.162, 0.186, 0.0347)
_CASES = (
    Case(64, 8, 0.1),
    Case(64, 8, 0.1, one_input=True),
    Case(64, 8, 0.05),
    Case(64, 8, 0.02),
    Case(256, 8, 0.1),
    Case(64, 2, 0.1),
)
QUICK = Config(_SPECTRUM, 0.9, _CASES, 2400, 1)
FULL = Config(_SPECTRUM, 0.9, (*_CASES, Case(64, 8, 0.005)), 40_000, 1)


def run(config: Config) -> dict[str, Array]:
    """Run everything.

    Returns:
        C cases, n modes; with standard errors under the name with _error.
        independent, reshuffled (C, n): stationary variances, averaged over the place in the epoch.
        ratio (C, n): the second over the first.
    """
    found = {
        sampling: Estimate.stack([_variances(config, case, sampling) for case in config.cases])
        for sampling in ("with-replacement", "reshuffled")
    }
    independent, reshuffled = found.values()
    ratio = reshuffled.value / independent.value
    relative = np.hypot(independent.standard_error / independent.value, reshuffled.standard_error / reshuffled.value)
    return (
        independent.named("independent")
        | reshuffled.named("reshuffled")
        | Estimate(ratio, ratio * relative).named("ratio")
    )


def given_samples(config: Config, n_samples: int) -> LinearRegression:
    """Random inputs, turned and stretched until the Hessian is diag(spectrum), and random residuals; minimum at 0."""
    generator = torch.Generator().manual_seed(config.seed)
    raw = torch.randn(n_samples, len(config.spectrum), generator=generator, dtype=torch.float64)
    residuals = torch.randn(n_samples, generator=generator, dtype=torch.float64)
    orthonormal, _ = torch.linalg.qr(raw)
    residuals = residuals - orthonormal @ (orthonormal.T @ residuals)
    residuals = residuals / residuals.square().mean().sqrt()
    stretch = (n_samples * torch.tensor(config.spectrum, dtype=torch.float64)).sqrt()
    return LinearRegression(orthonormal * stretch, residuals)


def _variances(config: Config, case: Case, sampling: str) -> Estimate:
    """Mean squares of the distances along each mode (n,)."""
    if case.one_input:
        modes = [one_input(h, case.n_samples, config.seed) for h in config.spectrum]
        squares = [_squares(mode, config, case, sampling) for mode in modes]
        return mean_of(np.concatenate(squares, axis=1))
    return mean_of(_squares(given_samples(config, case.n_samples), config, case, sampling))


def _squares(problem: LinearRegression, config: Config, case: Case, sampling: str) -> Array:
    """Squared distances (R, n); each place in the epoch is the end of as many replicas."""
    batches = case.n_samples // case.batch_size
    slowest = min(config.spectrum) * case.learning_rate / (1 - config.momentum)
    epochs = int(np.ceil(_LONG / slowest / batches))
    ends = [
        regression_sgd(
            problem,
            torch.zeros(-(-config.replicas // batches), problem.dimension, dtype=torch.float64),
            learning_rate=case.learning_rate,
            momentum=config.momentum,
            batch_size=case.batch_size,
            steps=epochs * batches + place,
            sampling=sampling,
            seed=config.seed + place,
            record_every=epochs * batches,
        ).states
        for place in range(batches)
    ]
    return np.asarray(torch.cat(ends)) ** 2
