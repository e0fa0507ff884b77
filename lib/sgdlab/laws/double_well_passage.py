"""The exact mean passage time across the double well, L = 1 + Delta (x^2 - 1)^2 with Delta = c - 1.

Its Hessian at the minima is h* = 8 Delta. By the symmetry x -> -x the double integral of one-dimensional first passage
is a product of two integrals: the inner ones up to y and up to -y add up to one over the whole line.
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law
from sgdlab.laws.quadrature import log_integral

Array = NDArray[np.float64]

_NEVER = 1e300  # B / (eta h) from which on the passage time is beyond float64

_eta, _B, _c = q.learning_rate.symbol, q.batch_size.symbol, q.loss_ratio.symbol
_y, _z = sp.symbols("y z", real=True)
_phi0 = _B / (8 * _eta * (_c - 1))


def _loss(x: Any) -> Any:
    return 1 + (_c - 1) * (x**2 - 1) ** 2


def _log_up(x: Array, power: Array, barrier: Array) -> Array:
    """log of L(y)^power dy/dx at y = 1 / (1 + e^-x), in (0, 1); the peak at y = 0 is at x = -inf."""
    log_loss = np.log1p(barrier * (1 - expit(x) ** 2) ** 2)
    return np.asarray(power * log_loss - np.logaddexp(0, -x) - np.logaddexp(0, x))


def _log_inside(x: Array, power: Array, barrier: Array) -> Array:
    """log of L(z)^-power dz/dx at z = 1 / (1 + e^x), in (0, 1); the peak at z = 1 is at x = -inf."""
    w = expit(x)  # 1 - z
    log_loss = np.log1p(barrier * (w * (2 - w)) ** 2)
    return np.asarray(-power * log_loss - np.logaddexp(0, -x) - np.logaddexp(0, x))


def _log_outside(x: Array, power: Array, barrier: Array) -> Array:
    """log of L(z)^-power dz/dx at z = 1 + e^x, in (1, inf)."""
    w = np.exp(x)
    return np.asarray(x - power * np.log1p(barrier * (w * (2 + w)) ** 2))


def _stable(learning_rate: Array, batch_size: Array, loss_ratio: Array) -> Array:
    barrier = loss_ratio - 1
    power = np.minimum(batch_size / learning_rate / (8 * barrier), _NEVER)
    up = log_integral(_log_up, -740, 740, power, barrier)
    inside = log_integral(_log_inside, -740, 740, power + 1, barrier)
    outside = log_integral(_log_outside, -740, 170, power + 1, barrier)
    return np.asarray(np.exp(np.log(2 * power) + up + np.logaddexp(inside, outside)))


double_well_law = Law(
    "double_well_passage_time",
    value=q.passage_time.symbol,
    expression=2
    * _phi0
    * sp.Integral(_loss(_y) ** _phi0, (_y, 0, 1))
    * sp.Integral(_loss(_z) ** (-_phi0 - 1), (_z, 0, sp.oo)),
    source="this book; one-dimensional first passage of eq. (12), Mori et al. 2022",
    assumes=("the stochastic differential equation (12) with the Hessian of the minima", "c > 1"),
    stable=_stable,
)

double_well_correction = Law(
    "double_well_correction",
    value=q.escape_rate.symbol * q.passage_time.symbol,
    expression=1 + (3 * (_c + 1) / (16 * (_c - 1)) - sp.Rational(1, 2)) * _eta * q.curvature.symbol / _B,
    source="this book; the two Laplace integrals of the passage time to the next order",
    assumes=("the double well above, h the curvature of its minima", "B / (eta h) is large"),
)


def double_well_passage_time(learning_rate: ArrayLike, batch_size: ArrayLike, loss_ratio: ArrayLike) -> Any:
    """Exact mean time, in units of t = eta x steps, from -1 to +1 of eq. (12) in L = 1 + (c - 1) (x^2 - 1)^2.

    Args:
        learning_rate, batch_size, loss_ratio: eta, B, c > 1, loss on the barrier over that at a minimum; broadcast.

    Returns:
        float64 of the broadcast shape, a float where there are no axes; `inf` beyond float64.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; one-dimensional first passage of Mori et al. 2022, eq. (12).
    """
    ratio = q.loss_ratio.check(loss_ratio)
    if (ratio == 1).any():
        raise ValueError("loss_ratio must be a finite number > 1 in the double well, got 1")
    return double_well_law(learning_rate=learning_rate, batch_size=batch_size, loss_ratio=ratio)
