"""SGD with momentum on reshuffled epochs, for small noise: how much narrower its stationary law is.

The gradient noises of an epoch's batches sum to zero. Averaged over the place in the epoch, the variance is then
N / (N - 1) times the spread of the iterates, drawn with replacement, about their mean over an epoch.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sgdlab.laws import quantities as q
from sgdlab.laws.heavy_ball import HEAVY_BALL, discreteness_of_modes
from sgdlab.laws.heavy_ball_correlation import correlation_loss, velocity_correlations
from sgdlab.laws.law import Law, as_result
from sgdlab.laws.modes import check_curvature

_N = q.n_samples.symbol

reshuffled_variance_ratio_law = Law(
    "reshuffled_variance_ratio",
    value=q.reshuffled_variance_ratio.symbol,
    expression=_N / (_N - 1) * (1 - q.epoch_mean_share.symbol),
    source="this book; Kuhn and Rosenow 2023 compute with the same anti-correlated noise",
    assumes=(
        HEAVY_BALL,
        "additive noise: the gradients of the samples at the minimum",
        "random reshuffling, N / B batches an epoch; averaged over the place in the epoch",
        "r_e is that of independent batches",
    ),
)


def reshuffled_variance_ratio(
    curvature: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    n_samples: int,
    batch_size: int,
    weight_decay: ArrayLike = 0.0,
    coordinate: str = "position",
) -> Any:
    """Stationary variance over reshuffled epochs divided by that of independent batches, along an eigendirection.

    Args:
        curvature: h >= 0.
        learning_rate, momentum, weight_decay: eta, beta, lambda; broadcast with the curvature.
        n_samples, batch_size: N and B; N / B must be whole.
        coordinate: "position" or "velocity".

    Returns:
        float64 of the broadcast shape, a float where there are no axes; averaged over the place in the epoch.

    Raises:
        ValueError: names the argument and its range; or there is no stationary law.

    Source: this book; law `reshuffled_variance_ratio`.
    """
    if coordinate not in ("position", "velocity"):
        raise ValueError(f'coordinate must be "position" or "velocity", got {coordinate!r}')
    samples, size = float(q.n_samples.check(n_samples)), float(q.batch_size.check(batch_size))
    batches = samples / size
    if size != round(size) or batches != round(batches):
        raise ValueError(f"batch_size must be a whole number that divides n_samples = {samples:g}, got {size:g}")
    h, decay = check_curvature(curvature), q.weight_decay.check(weight_decay)
    discreteness_of_modes(h, learning_rate=learning_rate, momentum=momentum, weight_decay=decay)
    eta, beta = q.learning_rate.check(learning_rate), q.momentum.check(momentum)
    y, beta = np.broadcast_arrays(eta * (h + decay), beta)
    lags = np.arange(1, round(batches)).reshape(-1, *[1] * y.ndim)
    if coordinate == "position":
        lost = correlation_loss(lags, y, beta)
    else:
        lost = 1 - velocity_correlations(max(1, len(lags)), y, beta)[1 : len(lags) + 1]
    # 1 - r_e, of which flat modes keep all digits; the law is linear in it
    spread = 2 / batches * ((1 - lags / batches) * lost).sum(axis=0)
    whole = reshuffled_variance_ratio_law(n_samples=samples, epoch_mean_share=0.0)
    return as_result(whole * spread)
