r"""The weak-noise barrier of true minibatch noise in one dimension, Gaussian inputs and residuals, at any loss ratio.

Given the inputs, the displacement is Gaussian. In units of eta sigma^2 / 2B its variance is v, with
v' = (1 - a)^2 v + 2 a, where a is eta times the curvature that the batch sees; v = 1 while every a is small. To see a
much larger curvature has the probability exp(-B a / (2 eta h)). The barrier at u = c - 1 is therefore the minimum over
the large batches a_1, ..., a_m of

    h V_b = (a_1 + ... + a_m) / 2 + u / v_m,    v_0 = 1,

and m = 0 gives u itself. Where the derivative by every a_i vanishes, a_1 fixes all others, and with them u.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from sgdlab.laws import quantities as q
from sgdlab.laws.law import as_result

Array = NDArray[np.float64]

# Each large batch multiplies v by 13 where there are many: so many reach c = 1e8.
_MOST_BATCHES = 8
LARGEST_RATIO = 1e8
_FIRST = np.geomspace(1e-4, 60, 3000)


def _extremal(first: Any, batches: int) -> tuple[Any, Any, Any]:
    """u = c - 1, h V_b and the last v of the extremal sequence of so many batches that begins with `first`."""
    v, a, cost = 1.0, first, 0.0
    for batch in range(batches):
        slope = 1 + (a - 1) * v  # half the derivative of the next v by a
        following = (1 - a) ** 2 * v + 2 * a
        cost = cost + a / 2
        if batch < batches - 1:
            a = 1 + (following + np.sqrt(following**2 + 4 * slope)) / (2 * slope)
        v = following
    u = v**2 / (4 * slope)
    return u, cost + u / v, v


def _barrier(u: float) -> tuple[float, int]:
    """h V_b, and how many large batches it takes."""
    best = u, 0
    for batches in range(1, _MOST_BATCHES + 1):
        excess = _extremal(_FIRST, batches)[0] - u
        for place in np.flatnonzero(excess[1:] * excess[:-1] <= 0):
            first = brentq(lambda a, m=batches: _extremal(a, m)[0] - u, _FIRST[place], _FIRST[place + 1], xtol=1e-14)
            best = min(best, (float(_extremal(first, batches)[1]), batches))
    return best


def _each(loss_ratio: ArrayLike) -> tuple[list[tuple[float, int]], tuple[int, ...]]:
    ratios = q.loss_ratio.check(loss_ratio)
    if (ratios > LARGEST_RATIO).any():
        raise ValueError(f"loss_ratio must be at most {LARGEST_RATIO:g}, got {ratios.max():g}")
    return [_barrier(float(c) - 1) for c in ratios.ravel()], ratios.shape


def minibatch_barrier(loss_ratio: ArrayLike) -> Any:
    """h V_b of SGD in one dimension with fresh Gaussian inputs and residuals: lim (eta h / B) log t_p as eta -> 0.

    Args:
        loss_ratio: c, from 1 to 1e8; any shape.

    Returns:
        float64 of that shape, a float where there are no axes: c - 1 up to c = 2, then less.

    Raises:
        ValueError: names the argument and its range.

    Source: this book.
    """
    found, shape = _each(loss_ratio)
    return as_result(np.reshape([barrier for barrier, _ in found], shape))


def large_batches(loss_ratio: ArrayLike) -> Any:
    """How many large batches the most probable passage to L = c L* takes: 0 up to c = 2. As `minibatch_barrier`."""
    found, shape = _each(loss_ratio)
    return as_result(np.reshape([batches for _, batches in found], shape))
