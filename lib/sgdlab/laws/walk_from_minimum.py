"""How far the heavy ball walks from a minimum where it rests: any gradient noise, independent or in epochs.

The displacement is a sum of the gradient noises of the steps so far, each times the response of its age: no equation in
continuous time, no relation between noise and Hessian.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Walk:
    """Mean squares of a walk of K steps.

    Attributes:
        displacement: (K,) of the distance from the start after 1, ..., K steps.
        step: (K,) of the length of each step.
    """

    displacement: Array
    step: Array


def walk_from_minimum(
    steps: int,
    curvatures: ArrayLike,
    noises: ArrayLike,
    learning_rate: float,
    momentum: float,
    batch_size: int,
    n_samples: int | None = None,
) -> Walk:
    """The walk of theta' = theta - eta v', v' = beta v + H (theta - theta*) + noise, from theta* and v = 0.

    Exact in discrete time for a quadratic loss and noise that does not depend on theta.

    Args:
        steps: K, at least 1.
        curvatures: (n,) eigenvalues of H, weight decay included; any sign, for a walk is finite.
        noises: (n,) variances >= 0 of the per-sample gradients along the eigenvectors, v^T C v.
        learning_rate, momentum, batch_size: eta, beta, B.
        n_samples: N of reshuffled epochs, a multiple of B; None for batches that are drawn with replacement.

    Raises:
        ValueError: names the argument and its range.

    Source: this book.
    """
    eta = float(q.learning_rate.check(learning_rate))
    beta = float(q.momentum.check(momentum))
    h, noise = _checked_modes(curvatures, noises)
    _check_counts(steps, batch_size, n_samples)
    response = responses(steps, h, eta, beta)
    increments = np.diff(response, axis=0, prepend=0.0)
    if n_samples is None:
        position, step = (_independent(r) for r in (response, increments))
        return Walk(position @ noise / batch_size, step @ noise / batch_size)
    epoch = n_samples // batch_size
    position, step = (_reshuffled(r, epoch) for r in (response, increments))
    return Walk(position @ noise / (n_samples - 1), step @ noise / (n_samples - 1))


def responses(steps: int, curvatures: Array, learning_rate: float, momentum: float) -> Array:
    """Displacement 1, ..., K steps after a unit of gradient noise in the first of them, (K, n)."""
    response = np.empty((steps, len(curvatures)))
    before, now = np.zeros_like(curvatures), np.full_like(curvatures, -learning_rate)
    for k in range(steps):
        response[k] = now
        before, now = now, (1 + momentum - learning_rate * curvatures) * now - momentum * before
    return response


def _independent(response: Array) -> Array:
    """Variance of the sum of independent unit noises after each step, (K, n)."""
    return np.cumsum(response**2, axis=0)


def _reshuffled(response: Array, epoch: int) -> Array:
    """The same for noises of variance n - 1 and covariance -1 within epochs of n batches, (K, n)."""
    sums = np.vstack([np.zeros((1, response.shape[1])), np.cumsum(response, axis=0)])
    variance = epoch * np.cumsum(response**2, axis=0)
    steps = np.arange(1, len(response) + 1)
    for first in range(0, len(response), epoch):
        # Ages of the epoch's batches: that of its first one, and that before its last one.
        oldest, youngest = np.maximum(steps - first, 0), np.maximum(steps - first - epoch, 0)
        variance -= (sums[oldest] - sums[youngest]) ** 2
    return variance


def _checked_modes(curvatures: ArrayLike, noises: ArrayLike) -> tuple[Array, Array]:
    h, noise = (np.asarray(x, dtype=np.float64) for x in (curvatures, noises))
    if h.ndim != 1 or len(h) == 0 or not np.isfinite(h).all():
        raise ValueError(f"curvatures must be finite numbers (n >= 1,), got shape {h.shape}")
    if noise.shape != h.shape or not (np.isfinite(noise) & (noise >= 0)).all():
        raise ValueError(f"noises must be {len(h)} finite numbers >= 0, got shape {noise.shape}")
    return h, noise


def _check_counts(steps: Any, batch_size: Any, n_samples: Any) -> None:
    if steps < 1 or steps != int(steps):
        raise ValueError(f"steps must be a whole number >= 1, got {steps}")
    if batch_size < 1 or batch_size != int(batch_size):
        raise ValueError(f"batch_size must be a whole number >= 1, got {batch_size}")
    if n_samples is not None and (n_samples < 2 or n_samples % batch_size):
        raise ValueError(f"n_samples must be a multiple of batch_size = {batch_size} and at least 2, got {n_samples}")
