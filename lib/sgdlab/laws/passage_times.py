r"""Mean first-passage times of SGD's diffusion limits, from the minimum to the level set L = c L* of a quadratic loss.

The three noises differ in how the noise grows with the loss. The radius obeys one backward equation with three
coefficients, and its solution is an elementary integral over s in (0, 1), in which u = c - 1:

    t_p = B / (2 k eta h^2) times the integral of (1 - s)^(n/2 - 1) ((1 + k u s)^a - 1) / (a s)

with k = 1 and a = B/(eta h) + 1 - n/2, the escape exponent, for noise proportional to the loss; with k = 2 and
a = B/(2 eta h) + (3 - n)/4 for the exact covariance; and in the limit k -> 0, k a = B/(eta h), for frozen noise. It is
Euler's integral of the hypergeometric functions below.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law
from sgdlab.laws.quadrature import log_exprel, log_integral

Array = NDArray[np.float64]

_NEVER = 1e300  # B / (eta h) from which on every passage time is beyond float64

_eta, _B, _h = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol
_n, _c = q.dimension.symbol, q.loss_ratio.symbol
_phi0 = _B / (_eta * _h)
_u = _c - 1
_early = _phi0 * _u / (_n * _h)  # the time while c - 1 << 1 / (1 + phi0)

_SOURCE = "this book; the backward equation of eq. (12), Mori et al. 2022"
_QUADRATIC = "isotropic quadratic loss, started at its minimum"
_SDE = "the stochastic differential equation (12)"
_FROZEN = "noise of the minimum everywhere"
_EXACT = "Gaussian noise of the exact covariance of linear regression with Gaussian inputs, small learning rate"


def _time(factor: Array, dimension: Array, growth: Callable[[Array, Array], Array], size: Array, power: Any) -> Array:
    """factor times the integral over s of (1 - s)^(n/2 - 1) (e^(power g) - 1) / (power s), with g = growth(s, size)."""

    def log_integrand(x: Array, half: Array, size: Array, power: Array) -> Array:
        """In x = log(s / (1 - s)), where ds / s = (1 - s) dx."""
        g = growth(expit(x), size)
        return np.asarray(-half * np.logaddexp(0, x) + np.log(g) + log_exprel(power * g))

    finite = np.minimum(size, np.finfo(np.float64).max)
    with np.errstate(divide="ignore"):  # the logarithm of t_p = 0 at c = 1
        return np.asarray(np.exp(np.log(factor) + log_integral(log_integrand, -740, 740, dimension / 2, finite, power)))


def _logarithmic(s: Array, size: Array) -> Array:
    return np.log1p(size * s)


def _linear(s: Array, size: Array) -> Array:
    return size * s


def _loss_proportional(
    learning_rate: Array, batch_size: Array, curvature: Array, dimension: Array, loss_ratio: Array
) -> Array:
    noise = np.minimum(batch_size / learning_rate / curvature, _NEVER)
    return _time(noise / (2 * curvature), dimension, _logarithmic, loss_ratio - 1, noise + 1 - dimension / 2)


def _frozen(learning_rate: Array, batch_size: Array, curvature: Array, dimension: Array, loss_ratio: Array) -> Array:
    noise = np.minimum(batch_size / learning_rate / curvature, _NEVER)
    return _time(1 / (2 * curvature), dimension, _linear, noise * (loss_ratio - 1), 1.0)


def _gaussian_inputs(
    learning_rate: Array, batch_size: Array, curvature: Array, dimension: Array, loss_ratio: Array
) -> Array:
    noise = np.minimum(batch_size / learning_rate / curvature, _NEVER)
    return _time(
        noise / (4 * curvature), dimension, _logarithmic, 2 * (loss_ratio - 1), noise / 2 + (3 - dimension) / 4
    )


PASSAGE_TIMES = {
    "loss-proportional": Law(
        "passage_time_loss_proportional",
        value=q.passage_time.symbol,
        expression=_early * sp.hyper((1, 1, _n / 2 - _phi0), (2, _n / 2 + 1), 1 - _c),
        source=_SOURCE,
        assumes=(_SDE, _QUADRATIC),
        stable=_loss_proportional,
    ),
    "frozen": Law(
        "passage_time_frozen",
        value=q.passage_time.symbol,
        expression=_early * sp.hyper((1, 1), (2, _n / 2 + 1), _phi0 * _u),
        source="this book; exit of the Ornstein-Uhlenbeck process",
        assumes=(_FROZEN, _QUADRATIC),
        stable=_frozen,
    ),
    "gaussian-inputs": Law(
        "passage_time_gaussian_inputs",
        value=q.passage_time.symbol,
        expression=_early * sp.hyper((1, 1, (_n + 1) / 4 - _phi0 / 2), (2, _n / 2 + 1), 2 * (1 - _c)),
        source="this book",
        assumes=(_EXACT, _QUADRATIC),
        stable=_gaussian_inputs,
    ),
}

_s = sp.Symbol("s", positive=True)
_b = _phi0 + 1 - _n / 2
passage_time_integral = Law(
    "passage_time_integral",
    value=q.passage_time.symbol,
    expression=_phi0
    / (2 * _h)
    * sp.Integral((1 - _s) ** (_n / 2 - 1) * ((1 + _u * _s) ** _b - 1) / (_b * _s), (_s, 0, 1)),
    source="this book; Euler's integral of the hypergeometric function",
    assumes=(_SDE, _QUADRATIC),
    stable=_loss_proportional,
)


def mean_first_passage_time(
    learning_rate: ArrayLike,
    batch_size: ArrayLike,
    curvature: ArrayLike,
    dimension: ArrayLike,
    loss_ratio: ArrayLike,
    noise: str = "loss-proportional",
) -> Any:
    """Exact mean time, in units of t = eta x steps, from the minimum to L = c L* on isotropic quadratic loss.

    Args:
        learning_rate, batch_size, curvature, dimension, loss_ratio: eta, B, h, n, c; broadcast.
        noise: "loss-proportional", eq. (12); "frozen", that of the minimum; "gaussian-inputs", the exact covariance.

    Returns:
        float64 of the broadcast shape, a float where there are no axes; `inf` beyond float64.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; the backward equation of Mori et al. 2022, eq. (12).
    """
    if noise not in PASSAGE_TIMES:
        raise ValueError(f"noise must be one of {sorted(PASSAGE_TIMES)}, got {noise!r}")
    return PASSAGE_TIMES[noise](
        learning_rate=learning_rate,
        batch_size=batch_size,
        curvature=curvature,
        dimension=dimension,
        loss_ratio=loss_ratio,
    )
