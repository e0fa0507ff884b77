"""The stationary law of SGD's loss, where one exists: exponents, density, dimensions, tail.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincc, xlogy

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law
from sgdlab.laws.quadrature import log_beta

Array = NDArray[np.float64]

_PAPER = "Mori et al. 2022"
_eta, _B, _h = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol
_n, _c = q.dimension.symbol, q.loss_ratio.symbol
_alpha, _kappa = q.ito_parameter.symbol, q.input_kurtosis.symbol
_phi0 = _B / (_eta * _h)
_index = 2 * _phi0 + 2 - _n

_SDE = "the stochastic differential equation (12)"
_ISOTROPIC = "isotropic Hessian h of the noise"
_QUADRATIC = "isotropic quadratic loss"
_EXACT = "Gaussian noise of the exact covariance of linear regression with Gaussian inputs, small learning rate"

stationary_exponent = Law(
    "stationary_exponent",
    value=q.stationary_exponent.symbol,
    expression=1 + _phi0,
    source=_PAPER + ", eq. (17)",
    assumes=(_SDE, _ISOTROPIC),
)

alpha_rule_exponent = Law(
    "alpha_rule_exponent",
    value=q.stationary_exponent.symbol,
    expression=1 + _phi0 - _alpha,
    source="this book",
    assumes=(_SDE + ", read with the alpha-rule; SGD is alpha = 0", _ISOTROPIC),
)

input_kurtosis_exponent = Law(
    "input_kurtosis_exponent",
    value=q.stationary_exponent.symbol,
    expression=1 + _B / (_eta * _h * (_kappa - 1)),
    source="this book",
    assumes=(
        "linear regression in one dimension, Gaussian noise of the variance of input_kurtosis_variance",
        "the density is a power of 1 + (kappa_x - 1) (c - 1)",
        "kappa_x > 1",
    ),
)

relative_density = Law(
    "relative_density",
    value=q.relative_density.symbol,
    expression=_c ** -(1 + _phi0),
    source=_PAPER + ", eq. (17)",
    assumes=(_SDE, _ISOTROPIC),
)

relative_density_frozen = Law(
    "relative_density_frozen",
    value=q.relative_density.symbol,
    expression=sp.exp(-_phi0 * (_c - 1)),
    source="this book",
    assumes=("noise of the minimum everywhere", _ISOTROPIC),
)

relative_density_gaussian_inputs = Law(
    "relative_density_gaussian_inputs",
    value=q.relative_density.symbol,
    expression=(2 * _c - 1) ** -(_phi0 / 2 + (_n + 3) / 4),
    source="this book",
    assumes=(_EXACT, _QUADRATIC),
)

critical_dimension = Law(
    "critical_dimension",
    value=q.critical_dimension.symbol,
    expression=2 * (_phi0 + 1),
    source=_PAPER + ", eq. (16)",
    assumes=(_SDE, _QUADRATIC),
)

critical_dimension_gaussian_inputs = Law(
    "critical_dimension_gaussian_inputs",
    value=q.critical_dimension.symbol,
    expression=2 * _phi0 + 3,
    source="this book",
    assumes=(_EXACT, _QUADRATIC),
)


def require_stationary(dimension: NDArray[np.float64], critical: NDArray[np.float64]) -> None:
    """Raise ValueError with the reason unless every dimension is below its critical dimension."""
    dimensions, criticals = np.broadcast_arrays(dimension, critical)
    lacking = dimensions >= criticals
    if lacking.any():
        raise ValueError(
            f"no stationary law: dimension {dimensions[lacking][0]:g} is not below the critical dimension "
            f"{criticals[lacking][0]:g}"
        )


def _density(learning_rate: Array, batch_size: Array, curvature: Array, dimension: Array, loss_ratio: Array) -> Array:
    noise = batch_size / (learning_rate * curvature)
    require_stationary(dimension, 2 * (noise + 1))
    shape = dimension / 2
    rise, fall = xlogy(shape - 1, loss_ratio - 1), (1 + noise) * np.log(loss_ratio)
    return np.asarray(np.exp(rise - fall - log_beta(shape, noise + 1 - shape)))


def _tail(learning_rate: Array, batch_size: Array, curvature: Array, dimension: Array, loss_ratio: Array) -> Array:
    """I_{1/c}(nu/2, n/2), from the side on which the argument keeps its digits."""
    noise = batch_size / (learning_rate * curvature)
    require_stationary(dimension, 2 * (noise + 1))
    shape, index = dimension / 2, noise + 1 - dimension / 2
    below, above = np.minimum(loss_ratio, 2), np.maximum(loss_ratio, 2)
    near, far = betaincc(shape, index, (below - 1) / below), betainc(index, shape, 1 / above)
    return np.asarray(np.where(loss_ratio < 2, near, far))


loss_ratio_density = Law(
    "loss_ratio_density",
    value=q.loss_ratio_density.symbol,
    expression=(_c - 1) ** (_n / 2 - 1) * _c ** -(1 + _phi0) / sp.beta(_n / 2, _index / 2),
    source="this book; eq. (17) on quadratic loss, c - 1 is beta prime, " + _PAPER,
    assumes=(_SDE, _QUADRATIC, "n < n_c"),
    stable=_density,
)

loss_ratio_tail_law = Law(
    "loss_ratio_tail",
    value=q.loss_ratio_tail.symbol,
    expression=sp.betainc_regularized(_index / 2, _n / 2, 0, 1 / _c),
    source="this book; eq. (17) on quadratic loss, " + _PAPER,
    assumes=(_SDE, _QUADRATIC, "n < n_c"),
    stable=_tail,
)


def loss_ratio_tail(
    learning_rate: ArrayLike, batch_size: ArrayLike, curvature: ArrayLike, dimension: ArrayLike, loss_ratio: ArrayLike
) -> Any:
    """P(L / L* > c) in the stationary state of eq. (12) on isotropic quadratic loss: I_{1/c}(nu / 2, n / 2).

    Args:
        learning_rate, batch_size, curvature, dimension, loss_ratio: eta, B, h, n, c; broadcast.

    Returns:
        float64 of the broadcast shape; a float where there are no axes.

    Raises:
        ValueError: names the argument and its range; or there is no stationary law, dimension >= critical_dimension.

    Source: this book, from Mori et al. 2022, eq. (17).
    """
    return loss_ratio_tail_law(
        learning_rate=learning_rate,
        batch_size=batch_size,
        curvature=curvature,
        dimension=dimension,
        loss_ratio=loss_ratio,
    )
