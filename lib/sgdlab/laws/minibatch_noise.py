"""The covariance of the minibatch gradient: exact sampling laws, and the noise that is proportional to the loss.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

_PAPER = "Mori et al. 2022"
_B, _N, _k = q.batch_size.symbol, q.n_samples.symbol, q.n_batches.symbol
_L, _H, _g = q.loss.symbol, q.hessian.symbol, q.gradient.symbol
_C, _Sigma = q.sample_covariance.symbol, q.covariance.symbol
_h, _c, _delta = q.curvature.symbol, q.loss_ratio.symbol, q.displacement.symbol
_sigma2, _kappa = q.noise_variance.symbol, q.input_kurtosis.symbol

_FROZEN = "the parameters do not move while the batches are drawn"

covariance_with_replacement = Law(
    "covariance_with_replacement",
    value=_Sigma,
    expression=_C / _B,
    source="elementary; the limit B << N of eq. (8), " + _PAPER,
    assumes=("every sample of the batch is drawn from all N",),
)

covariance_without_replacement = Law(
    "covariance_without_replacement",
    value=_Sigma,
    expression=(_N - _B) / (_B * (_N - 1)) * _C,
    source=_PAPER + ", eq. (8)",
    assumes=("the batch is a uniformly random subset of B of the N samples",),
)

reshuffled_pair_covariance = Law(
    "reshuffled_pair_covariance",
    value=q.pair_covariance.symbol,
    expression=-_C / (_N - 1),
    source="this book",
    assumes=("two different batches of one epoch of random reshuffling", _FROZEN),
)

epoch_bridge = Law(
    "epoch_bridge",
    value=q.summed_covariance.symbol,
    expression=_k * (_N - _k * _B) / (_B * (_N - 1)) * _C,
    source="this book",
    assumes=("the first k batches of one epoch of random reshuffling", _FROZEN),
)

decoupled_covariance = Law(
    "decoupled_covariance",
    value=_Sigma,
    expression=2 * _L / _B * _H,
    source=_PAPER + ", eq. (6)",
    assumes=(
        "mean-square loss",
        "B << N",
        "the mean gradient is negligible",
        "a sample's loss and its gradient outer product are uncorrelated, eq. (7)",
        "the Hessian is the Gauss-Newton matrix at the minimum",
    ),
)

gaussian_regression_covariance = Law(
    "gaussian_regression_covariance",
    value=_Sigma,
    expression=(2 * _L * _H + _g * _g.T) / _B,
    source="this book",
    assumes=("linear model", "Gaussian inputs of covariance H", "residuals independent of the inputs", "B << N"),
)

input_kurtosis_variance = Law(
    "input_kurtosis_variance",
    value=q.variance.symbol,
    expression=(_sigma2 * _h + (_kappa - 1) * _h**2 * _delta**2) / _B,
    source="this book",
    assumes=("linear model in one dimension", "residuals independent of the inputs", "B << N"),
)

escape_direction_ratio = Law(
    "escape_direction_ratio",
    value=q.gradient_ratio.symbol,
    expression=2 - 1 / _c,
    source="this book",
    assumes=("the assumptions of gaussian_regression_covariance", "isotropic Hessian"),
)

decoupling_ratio = Law(
    "decoupling_ratio",
    value=q.decoupling.symbol,
    expression=3 - 2 / _c,
    source="this book",
    assumes=("the assumptions of gaussian_regression_covariance", "isotropic Hessian"),
)


def _factor(law: Law, **arguments: Any) -> Any:
    """The number by which a law multiplies the sample covariance."""
    return law(sample_covariance=np.ones((1, 1)), **arguments)[..., 0, 0]


def _sample_covariance(per_sample_gradients: ArrayLike) -> NDArray[np.float64]:
    """C = (1/N) sum g g^T - mean mean^T of gradients (N, P), centred first to keep its digits."""
    gradients = np.asarray(per_sample_gradients, dtype=np.float64)
    if gradients.ndim != 2 or gradients.shape[0] < 2 or gradients.shape[1] < 1:
        raise ValueError(f"per_sample_gradients must be an array (N >= 2, P >= 1), got shape {gradients.shape}")
    if not np.isfinite(gradients).all():
        raise ValueError("per_sample_gradients must be finite numbers")
    centred = gradients - gradients.mean(axis=0)
    return np.asarray(centred.T @ centred / len(centred))


def minibatch_covariance(
    per_sample_gradients: ArrayLike, batch_size: ArrayLike, replacement: bool = True
) -> NDArray[np.float64]:
    """The exact covariance of the minibatch gradient.

    Args:
        per_sample_gradients: (N, P), in units of loss/parameter.
        batch_size: B >= 1; without replacement a whole number of at most N. Broadcasts to the leading axes.
        replacement: whether a sample can be drawn twice into one batch.

    Returns:
        (..., P, P) float64.

    Raises:
        ValueError: names the argument and its range.

    Source: Mori et al. 2022, eq. (8), for batches without replacement.
    """
    covariance = _sample_covariance(per_sample_gradients)
    size = q.batch_size.check(batch_size)
    samples = len(np.asarray(per_sample_gradients))
    if replacement:
        factor = _factor(covariance_with_replacement, batch_size=size)
    else:
        if (size != np.round(size)).any() or (size > samples).any():
            raise ValueError(
                f"batch_size must be a whole number from 1 to N = {samples} without replacement, got {size}"
            )
        factor = _factor(covariance_without_replacement, batch_size=size, n_samples=samples)
    return np.asarray(factor)[..., None, None] * covariance


def reshuffling_cross_covariance(per_sample_gradients: ArrayLike) -> NDArray[np.float64]:
    """The covariance between the gradient noises of two different batches of one epoch of random reshuffling.

    Args:
        per_sample_gradients: (N, P), in units of loss/parameter.

    Returns:
        (P, P) float64, whatever the batch size.

    Raises:
        ValueError: names the argument and its range.

    Source: this book, law `reshuffled_pair_covariance`.
    """
    covariance = _sample_covariance(per_sample_gradients)
    return np.asarray(_factor(reshuffled_pair_covariance, n_samples=len(np.asarray(per_sample_gradients))) * covariance)
