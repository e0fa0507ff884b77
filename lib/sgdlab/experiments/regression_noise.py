"""The gradient noise of linear regression away from the minimum, for three kinds of inputs, and along two directions.

Laws `input_kurtosis_variance`, `gaussian_regression_covariance`, `escape_direction_ratio` and `decoupling_ratio`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.measure import Estimate, jackknife, variance_of
from sgdlab.problems import gaussian_design


@dataclass(frozen=True)
class Config:
    """Samples, and where the noise is measured.

    Attributes:
        loss_ratios: L / L*, each at least 1.
        n_samples: for each kind of inputs.
        dimension: of the isotropic problem with Gaussian inputs.
        kurtoses: of the one-dimensional problems; None is Gaussian.
        blocks: of the jackknife.
    """

    loss_ratios: tuple[float, ...]
    n_samples: int
    dimension: int
    kurtoses: tuple[float | None, ...]
    blocks: int
    seed: int


QUICK = Config(
    loss_ratios=(1.0, 1.5, 2.0, 3.0, 4.0, 6.0),
    n_samples=100_000,
    dimension=10,
    kurtoses=(1.0, 2.0, None),
    blocks=50,
    seed=1,
)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Measure the variance of single-sample gradients (B = 1) on fresh inputs of variance 1, residuals of variance 1.

    The parameters stand at sqrt(c - 1) on the first axis, where the expected loss is c/2.

    Returns:
        K kinds of inputs, C loss ratios; each array but the first has its standard errors under the name with _error.
        loss_ratio (C,).
        variance (K, C): in one dimension, divided by that at the minimum.
        along, across (C,): isotropic Gaussian inputs, along the gradient and orthogonal to it, divided by 2 L h.
        decoupling (C,): the ratio rho along the gradient.
    """
    results: dict[str, NDArray[np.float64]] = {"loss_ratio": np.array(config.loss_ratios)}
    lines = [
        [variance_of(_gradients(config, 1, kurtosis, c)[0][:, 0]) for c in config.loss_ratios]
        for kurtosis in config.kurtoses
    ]
    results |= Estimate.stack(lines).named("variance")
    along, across, decoupling = [], [], []
    for c in config.loss_ratios:
        gradients, losses, inputs = _gradients(config, config.dimension, None, c)
        along.append(variance_of(gradients[:, 0] / np.sqrt(c)))
        across.append(variance_of(gradients[:, 1] / np.sqrt(c)))
        terms = np.stack([losses * inputs[:, 0] ** 2, losses, inputs[:, 0] ** 2], axis=1)
        decoupling.append(jackknife(_decoupling_ratio, terms, blocks=config.blocks))
    for name, estimates in {"along": along, "across": across, "decoupling": decoupling}.items():
        results |= Estimate.stack(estimates).named(name)
    return results


def variance_ratio(input_kurtosis: float, seed: int = 0) -> Estimate:
    """For a live figure: variance of single-sample gradients in one dimension at each loss ratio of QUICK, (C,).

    Inputs of variance 1 on three points with the kurtosis that is asked for; divided by the variance at the minimum.
    """
    config = replace(QUICK, seed=QUICK.seed + 10**6 * seed)
    return Estimate.stack([variance_of(_gradients(config, 1, input_kurtosis, c)[0][:, 0]) for c in config.loss_ratios])


def _gradients(config: Config, dimension: int, kurtosis: float | None, loss_ratio: float) -> tuple[NDArray[Any], ...]:
    """Per-sample gradients (N, d), losses (N,) and inputs (N, d) at the given loss ratio; fresh data for each."""
    seed = config.seed + 1000 * config.loss_ratios.index(loss_ratio) + dimension + int(kurtosis or 0)
    problem = gaussian_design(config.n_samples, [1.0] * dimension, 1.0, seed, kurtosis=kurtosis)
    theta = torch.zeros(dimension, dtype=torch.float64)
    theta[0] = (loss_ratio - 1) ** 0.5
    return problem.sample_gradients(theta).numpy(), problem.sample_losses(theta).numpy(), problem.inputs.numpy()


def _decoupling_ratio(terms: NDArray[np.float64]) -> float:
    """Mean of the product over the product of the means; columns: product, loss, squared input."""
    product, loss, square = terms.mean(axis=0)
    return float(product / (loss * square))
