r"""The correlation r_j of the heavy ball's iterates, as 1 - r_j to all digits: also flat modes, near the double roots.

With roots sqrt(beta) e^(+-chi) of z^2 - (1 + beta - eta_h) z + beta and a = -log(beta) / 2,

    r_j = e^(-a j) (cosh(chi j) + tanh(a) / tanh(chi) sinh(chi j)),

a damped oscillator of damping a and split chi, but for tanh(a) / tanh(chi) in the place of a / chi: it adds a remainder
to the oscillator's 1 - G_11. For chi = i phi the mode rings. eta_h -> 2 (1 + beta) - eta_h turns r_j into (-1)^j r_j.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgdlab.laws.damped_oscillator import DampedOscillator

Array = NDArray[np.float64]


def correlation_loss(steps: Any, relative_learning_rate: Any, momentum: Any) -> Array:
    """1 - r_j.

    Args:
        steps: j, whole numbers >= 0.
        relative_learning_rate: eta_h, 0 <= eta_h < 2 (1 + beta).
        momentum: beta.
    """
    j, y, beta = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (steps, relative_learning_rate, momentum)))
    mirrored = y > 1 + beta
    loss = _loss(j, np.where(mirrored, (2 - y) + 2 * beta, y), beta)
    return np.asarray(np.where(mirrored & (j % 2 == 1), 2 - loss, loss))


def velocity_correlations(steps: int, relative_learning_rate: Any, momentum: Any) -> Array:
    """C_j of the iterates' differences for j = 0, ..., steps, on a new first axis: by their recursion.

    Args:
        steps: the largest j, at least 1.
        relative_learning_rate, momentum: eta_h, beta; broadcast.
    """
    y, beta = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (relative_learning_rate, momentum)))
    correlations = np.empty((steps + 1, *y.shape))
    correlations[0], correlations[1] = 1, beta - y / 2
    for j in range(2, steps + 1):
        correlations[j] = (1 + beta - y) * correlations[j - 1] - beta * correlations[j - 2]
    return correlations


def _loss(j: Array, y: Array, beta: Array) -> Array:
    """1 - r_j for eta_h = y <= 1 + beta: both roots are positive or form a ringing pair."""
    root = np.sqrt(beta)
    below, above = ((1 - beta) / (1 + root)) ** 2 - y, (1 + root) ** 2 - y
    ringing = below <= 0
    width = np.sqrt(np.abs(below) * above)  # of the two roots' difference
    large = (1 + beta - y + np.where(ringing, 0.0, width)) / 2
    gap = 2 * y / (1 - beta + y + np.where(ringing, 0.0, width))  # 1 - large root, without cancellation
    ratio = np.divide(beta, large**2, out=np.zeros_like(beta), where=large > 0)
    apart = (beta == 0) | (~ringing & (ratio < 0.25))
    # Where a branch is not used, any number does.
    near, near_gap = np.where(apart, 0.5, beta), np.where(apart | ringing, 0.5, gap)
    with np.errstate(divide="ignore", invalid="ignore"):  # a root of 0
        far = _far_roots(j, np.where(apart, gap, 0.5), np.where(apart, ratio, 0.0), beta)
    return np.where(j == 0, 0.0, np.where(apart, far, _near_roots(j, y, near_gap, width, near, ringing)))


def _far_roots(j: Array, gap: Array, ratio: Array, beta: Array) -> Array:
    """A sum over the two roots, of which the second is less than a quarter of the first."""
    log_large = np.log1p(-gap)
    log_small = log_large + np.log(ratio)
    share = ratio * gap * (2 - gap)  # of the second root, 1 - large^2 = gap (2 - gap)
    whole = (1 - beta * ratio) * np.expm1(j * log_large) - share * np.expm1(j * log_small)
    return np.asarray(-whole / ((1 - ratio) * (1 + beta)))


def _near_roots(j: Array, y: Array, gap: Array, width: Array, beta: Array, ringing: NDArray[np.bool_]) -> Array:
    """The damped oscillator's 1 - G_11 and the remainder."""
    a, epsilon = -np.log(beta) / 2, (1 - beta) / (1 + beta)
    phi = np.arctan2(width, 1 + beta - y)
    chi = np.arcsinh(width / (2 * np.sqrt(beta)))
    slow = np.where(ringing, a, -np.log1p(-gap))
    oscillator = DampedOscillator(a, np.where(ringing, phi, chi), slow, ringing)
    # a - epsilon chi / tanh(chi), written with the small difference slow = a - chi where the roots are real
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        pair = a - epsilon * np.where(phi > 0, phi / np.tan(phi), 1.0)
        real = slow - epsilon * chi * np.sinh(slow) / (np.sinh(a) * np.sinh(chi))
        remainder = np.where(ringing, pair, np.where(chi > 0, real, a - epsilon))
    return np.asarray(oscillator.relaxation(j) + remainder * oscillator.impulse(j))
