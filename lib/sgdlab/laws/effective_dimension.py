"""How many dimensions count: two readings of a heuristic, what eq. (12) itself counts, and which valley it prefers.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.optimize import brentq

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

Array = NDArray[np.float64]

_PAPER = "Mori et al. 2022"
_eta, _B, _h = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol
_n, _c = q.dimension.symbol, q.loss_ratio.symbol
_o, _f, _r = q.n_outliers.symbol, q.n_flat.symbol, q.curvature_ratio.symbol

_SDE = "the stochastic differential equation (12)"
_TWO_LEVELS = "n_o eigenvalues h, n_f eigenvalues r_h h, no others"
_VALLEYS = (
    "the two valleys of `preferred_dimension`, with noise of the local Hessian",
    "weak noise, and directions across that relax faster than the path is climbed",
)

growth_rate = Law(
    "growth_rate",
    value=q.growth_rate.symbol,
    expression=_eta * _h**2 / (2 * _B) * (_n - 2) - _h,
    source="this book; its sign is that of eq. (16), " + _PAPER,
    assumes=(_SDE, "isotropic quadratic loss", "far from the minimum, L much larger than L*"),
)

_trace = _o + _f * _r
participation_ratio = Law(
    "participation_ratio",
    value=q.participation_ratio.symbol,
    expression=_trace**2 / (_o + _f * _r**2),
    source="one reading of eq. (45), " + _PAPER,
    assumes=(_TWO_LEVELS,),
)

entropy_dimension = Law(
    "entropy_dimension",
    value=q.entropy_dimension.symbol,
    expression=_trace * _r ** -(_f * _r / _trace),
    source="the other reading of eq. (45), " + _PAPER,
    assumes=(_TWO_LEVELS, "r_h > 0"),
)

trace_dimension = Law(
    "trace_dimension",
    value=q.trace_dimension.symbol,
    expression=_trace,
    source="this book",
    assumes=(_TWO_LEVELS,),
)

valley_ratio = Law(
    "valley_ratio",
    value=q.valley_ratio.symbol,
    expression=(sp.exp(-1) * (sp.sqrt(_c) + sp.sqrt(_c - 1)) ** (2 * sp.sqrt(_c / (_c - 1)))) ** ((_n - 1) / 2),
    source="this book",
    assumes=(_SDE, *_VALLEYS),
)

valley_ratio_frozen = Law(
    "valley_ratio_frozen",
    value=q.valley_ratio.symbol,
    expression=sp.exp((_n - 1) / 2),
    source="this book",
    assumes=("the noise of eq. (12) with L replaced by L*", *_VALLEYS),
)

# Polynomials up to this degree represent the eigenfunction; with half of it the exponents are the same to 1e-9 where
# they are below 30.
_DEGREE = 60


def two_level_exponent(noise: float, n_outliers: float, n_flat: float, curvature_ratio: float) -> float:
    """Exponent b of eq. (12) on quadratic loss with n_o eigenvalues h and n_f eigenvalues r h, without approximation.

    Far from the minimum the equation has no scale. b > 0 is the power for which the mean of L^b, with a weight that
    depends on the direction, neither grows nor decays there; the stationary density of the loss ratio falls as
    c^(-b - 1), and the passage time grows as c^b. With w the share of the loss that is in the small eigenvalues,
    L^b F(w) is stationary where an ordinary differential equation for F on [0, 1] holds; it is solved by collocation.

    Args:
        noise: B / (eta h) > 0.
        n_outliers, n_flat: n_o and n_f, at least 1.
        curvature_ratio: r, above 0 and at most 1.

    Raises:
        ValueError: an argument outside its range; or there is no b > 0: no stationary law exists.

    Source: this book. For r = 1 it is B / (eta h) + 1 - n / 2, eq. (15); at b = 1 the noise is half the sum of the
    eigenvalues over h, eq. `mode_load_continuous`.
    """
    if not 0 < noise < np.inf:
        raise ValueError(f"noise must be a finite number > 0, got {noise}")
    for name, number in {"n_outliers": n_outliers, "n_flat": n_flat}.items():
        if not 1 <= number < np.inf:
            raise ValueError(f"{name} must be a finite number >= 1, got {number}")
    if not 0 < curvature_ratio <= 1:
        raise ValueError(f"curvature_ratio must be above 0 and at most 1, got {curvature_ratio}")

    def growth(power: float) -> float:
        return _growth_of_power(power, noise, n_outliers, n_flat, curvature_ratio) / power

    smallest = 1e-6
    if growth(smallest) >= 0:
        raise ValueError(f"noise leaves no stationary law for this spectrum, got {noise}")
    largest = noise + 1.0
    return float(brentq(growth, smallest, largest, xtol=1e-12))


def _growth_of_power(power: float, noise: float, outliers: float, flat: float, ratio: float) -> float:
    """Largest eigenvalue of the generator on functions L^power F(w), in units of 2 eta h^2 / B.

    In X and Y, the loss in the large and in the small eigenvalues, L = X + Y, the generator times noise / 2 is

        (L n_o / 2 - noise X) d_X + (r^2 L n_f / 2 - noise r Y) d_Y + L X d_X^2 + r^2 L Y d_Y^2.
    """
    w, derivative = _nodes(_DEGREE)
    up, down = outliers / 2 - noise * (1 - w), ratio**2 * flat / 2 - noise * ratio * w
    spread = 1 - w + ratio**2 * w
    second = w * (1 - w) * (w + ratio**2 * (1 - w))
    first = -w * up + (1 - w) * down + 2 * (power - 1) * w * (1 - w) * (ratio**2 - 1)
    constant = power * (up + down + (power - 1) * spread)
    operator = second[:, None] * (derivative @ derivative) + first[:, None] * derivative + np.diag(constant)
    return float(np.linalg.eigvals(operator).real.max())


def _nodes(degree: int) -> tuple[Array, Array]:
    """Chebyshev nodes on [0, 1] and the matrix that differentiates a polynomial through them (Trefethen 2000)."""
    k = np.arange(degree + 1)
    x = np.cos(np.pi * k / degree)
    sign = np.where((k == 0) | (k == degree), 2.0, 1.0) * (-1.0) ** k
    matrix: Any = np.outer(sign, 1 / sign) / (x[:, None] - x + np.eye(degree + 1))
    return (1 + x) / 2, 2 * (matrix - np.diag(matrix.sum(1)))
