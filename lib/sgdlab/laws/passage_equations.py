"""The equation of the mean first-passage time on a quadratic loss, for three noises, and the limits of its solution.

In terms of the loss ratio c the backward equation is one of second order for t_p(c), the mean time from the minimum to
L = c L*. Its solutions are those of `passage_times`.
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law
from sgdlab.laws.quadrature import log_beta
from sgdlab.laws.stationary_laws import require_stationary

Array = NDArray[np.float64]

_eta, _B, _h = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol
_n, _c, _slope = q.dimension.symbol, q.loss_ratio.symbol, q.passage_time_slope.symbol
_phi0 = _B / (_eta * _h)
_b = _phi0 + 1 - _n / 2
_u = _c - 1

_SOURCE = "this book; the backward equation of eq. (12), Mori et al. 2022"
_QUADRATIC = "isotropic quadratic loss, started at its minimum"
_SDE = "the stochastic differential equation (12)"
_FROZEN = "noise of the minimum everywhere"
_EXACT = "Gaussian noise of the exact covariance of linear regression with Gaussian inputs, small learning rate"

initial_passage_slope = Law(
    "initial_passage_slope",
    value=_slope,
    expression=_phi0 / (_n * _h),
    source="this book",
    assumes=("c = 1; all three noises", _QUADRATIC),
)

passage_bend_loss_proportional = Law(
    "passage_bend_loss_proportional",
    value=q.passage_time_bend.symbol,
    expression=(_phi0 / _h - (_n * _c - 2 * _phi0 * _u) * _slope) / (2 * _u * _c),
    source=_SOURCE,
    assumes=(_SDE, _QUADRATIC),
)

passage_bend_frozen = Law(
    "passage_bend_frozen",
    value=q.passage_time_bend.symbol,
    expression=(_phi0 / _h - (_n - 2 * _phi0 * _u) * _slope) / (2 * _u),
    source="this book",
    assumes=(_FROZEN, _QUADRATIC),
)

passage_bend_gaussian_inputs = Law(
    "passage_bend_gaussian_inputs",
    value=q.passage_time_bend.symbol,
    expression=(_phi0 / _h - (_n + (_n + 1 - 2 * _phi0) * _u) * _slope) / (2 * _u * (2 * _c - 1)),
    source="this book",
    assumes=(_EXACT, _QUADRATIC),
)

local_exponent_weak_noise = Law(
    "local_exponent_weak_noise",
    value=q.local_exponent.symbol,
    expression=_phi0 + 1 - _n / 2 * _c / _u,
    source="this book",
    assumes=(_SDE, _QUADRATIC, "B / (eta h) >> n, and >> 1 / log c"),
)

passage_time_beyond_critical_dimension = Law(
    "passage_time_beyond_critical_dimension",
    value=q.passage_time.symbol,
    expression=_phi0 * sp.log(_c) / (_h * (_n - 2 * _phi0 - 2)),
    source="this book",
    assumes=(_SDE, _QUADRATIC, "n > n_c", "c is large"),
)

passage_time_at_critical_dimension = Law(
    "passage_time_at_critical_dimension",
    value=q.passage_time.symbol,
    expression=_phi0 * sp.log(_c) ** 2 / (4 * _h),
    source="this book",
    assumes=(_SDE, _QUADRATIC, "n = n_c", "the logarithm of c is large"),
)


def _large_ratio(learning_rate: Array, batch_size: Array, curvature: Array, dimension: Array, loss_ratio: Array) -> Any:
    noise = batch_size / (learning_rate * curvature)
    require_stationary(dimension, 2 * (noise + 1))
    exponent = noise + 1 - dimension / 2
    growth = log_beta(dimension / 2, exponent) + exponent * np.log(loss_ratio)
    return np.exp(np.log(noise / (2 * curvature * exponent)) + growth)


def _weak_noise(learning_rate: Array, batch_size: Array, curvature: Array, dimension: Array, loss_ratio: Array) -> Any:
    noise = batch_size / (learning_rate * curvature)
    require_stationary(dimension, 2 * (noise + 1))
    with np.errstate(divide="ignore"):  # at c = 1 the limit is inf
        decay = dimension / 2 * np.log(loss_ratio - 1)
    growth = log_beta(dimension / 2, noise + 1 - dimension / 2) + (noise + 1) * np.log(loss_ratio)
    return np.exp(growth - decay - np.log(2 * curvature))


passage_time_large_ratio = Law(
    "passage_time_large_ratio",
    value=q.passage_time.symbol,
    expression=_phi0 * sp.beta(_n / 2, _b) / (2 * _h * _b) * _c**_b,
    source="this book; the exponent is that of eq. (15), Mori et al. 2022",
    assumes=(_SDE, _QUADRATIC, "n < n_c", "c is large"),
    stable=_large_ratio,
)

passage_time_weak_noise = Law(
    "passage_time_weak_noise",
    value=q.passage_time.symbol,
    expression=sp.beta(_n / 2, _b) * _u ** (-_n / 2) * _c ** (_phi0 + 1) / (2 * _h),
    source="this book",
    assumes=(_SDE, _QUADRATIC, "B / (eta h) >> n, and >> 1 / log c"),
    stable=_weak_noise,
)
