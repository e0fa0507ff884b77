"""Escape where the noise is anisotropic: what the directions across the path change, beyond eqs. (15) and (19).

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).

The path is an axis x of curvature h, along which the loss is l(x); across it L = l + k y^2 / 2 with k = r h. Along the
path the stationary density, times L, is K exp(-(B / eta) W) with W = log(l / L*) / h + v y^2 / 2 l.
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.special import expit, logit

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

Array = NDArray[np.float64]

_r = q.curvature_ratio.symbol
_START = 1e-4  # root of l / L* - 1: at the minimum the equation is singular, and its solution regular
_SADDLE = 40.0  # log(s / (1 - s)) so near the saddle that the loss no longer changes

direction_share = Law(
    "direction_share",
    value=q.direction_share.symbol,
    expression=(1 + _r - sp.sqrt((1 - _r) * (1 + 3 * _r))) / 2,
    source="this book",
    assumes=(
        "the stochastic differential equation (12): Gaussian noise proportional to the loss, small learning rate",
        "quadratic loss with one sharpest direction",
        "the barrier is the level set L = c L*",
        "first B / (eta h) is large, then c",
    ),
)


def across_the_path(curvature_ratio: float, loss_ratio: float, path: str) -> tuple[float, float]:
    """How wide the density is across the path at its end, and what its prefactor has become.

    Args:
        curvature_ratio: r = k / h, above 0 and at most 1.
        loss_ratio: c > 1, at the end of the path.
        path: "parabola", l = L* + h x^2 / 2 from the minimum outwards; "double-well", from a minimum to the saddle.

    Returns:
        v at the end, the curvature of W across in units of 1 / l; and F = K at the end over K at the minimum. Both are
        1 for r = 1, and where the logarithm of the loss is a sum.

    Raises:
        ValueError: names the argument and its range.

    Source: this book.
    """
    if not 0 < curvature_ratio <= 1:
        raise ValueError(f"curvature_ratio must be above 0 and at most 1, got {curvature_ratio}")
    if not q.loss_ratio.check(loss_ratio) > 1:
        raise ValueError(f"loss_ratio must be a finite number > 1, got {loss_ratio}")
    if path not in ("parabola", "double-well"):
        raise ValueError(f"path must be parabola or double-well, got {path!r}")
    r, barrier = curvature_ratio, loss_ratio - 1
    saddle = path == "double-well"

    def steps(x: float, state: Array) -> Array:
        """In x = log s on the parabola, x = log(s / (1 - s)) in the double well, with s^2 = (l - L*) / (c - 1) L*."""
        v, _ = state
        s = expit(x) if saddle else np.exp(x)
        growth = 2 * barrier * s**2 / (1 + barrier * s**2) * (1 - s if saddle else 1)  # of log l
        return np.array([growth * (v - r) + 2 * r * v * (1 - v), r * (1 - v)])

    first = (1 - r) / (1 + r) * _START**2
    start = np.array([1 + first, -r * first / 2])
    near = _START / np.sqrt(barrier)
    ends = (logit(near), _SADDLE) if saddle else (np.log(near), 0.0)
    solution = solve_ivp(steps, ends, start, method="LSODA", rtol=1e-10, atol=1e-13)
    v, log_factor = solution.y[:, -1]
    if saddle:  # from here on dv / 2 v = r (1 - v) dx, down to v = 1
        v, log_factor = 1.0, log_factor - np.log(v) / 2
    return float(v), float(np.exp(log_factor))


def passage_time_prefactor(curvature_ratio: float, loss_ratio: float) -> Any:
    """Weak-noise time from the minimum to L = c L* with a direction across, over that in one dimension.

    Quadratic loss of curvatures h and r h < h: sqrt((v - r) / c) / F. With v = F = 1 it is what Hessians alone give.

    Args:
        curvature_ratio: r, above 0 and below 1.
        loss_ratio: c > 1.

    Raises:
        ValueError: names the argument and its range.

    Source: this book.
    """
    v, factor = across_the_path(curvature_ratio, loss_ratio, "parabola")
    return np.sqrt((v - curvature_ratio) / loss_ratio) / factor
