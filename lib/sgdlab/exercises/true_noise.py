"""Checkers for the chapter on true minibatch noise."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.true_noise import one_batch_barrier, one_batch_loss_ratio


def check_one_batch_barrier(answer: Callable[..., float]) -> Check:
    """Check `answer(loss_ratio)`: the least of a/2 + (c - 1) / (1 + a^2) over one large batch, h = 1, to 1e-9."""

    def truth(loss_ratio: float) -> float:
        if loss_ratio <= 2:
            return loss_ratio - 1
        a = brentq(lambda a: one_batch_loss_ratio(batch_step=a) - loss_ratio, 1.0, loss_ratio, xtol=1e-14)
        return float(one_batch_barrier(batch_step=a, curvature=1.0))

    def without_growth(loss_ratio: float) -> float:
        return float(np.sqrt(2 * (loss_ratio - 1)) - 0.5)  # least of a/2 + u / (1 + a), at (1 + a)^2 = 2 u

    return check_numbers(
        answer,
        truth,
        [{"loss_ratio": c} for c in (1.5, 1.9, 2.0, 3.0, 6.0, 20.0)],
        {
            "That is the climb without a large batch; beyond c = 2 there is something cheaper.": lambda loss_ratio: (
                loss_ratio - 1
            ),
            "That is the barrier of noise proportional to the loss.": lambda loss_ratio: float(np.log(loss_ratio)),
            "That is the barrier of the exact covariance.": lambda loss_ratio: float(np.log(2 * loss_ratio - 1) / 2),
            "The variance after the batch is 1 + a^2, not 1 + a.": without_growth,
            "A batch may also be skipped: below c = 2 the climb alone is cheaper.": lambda loss_ratio: float(
                _stationary(loss_ratio)
            ),
        },
    )


def _stationary(loss_ratio: float) -> float:
    """The cost at the largest a where its derivative vanishes, also where that is a maximum or no minimum of all."""
    slopes = np.roots([1, 0, 2, -4 * (loss_ratio - 1), 1])
    real = slopes[np.abs(slopes.imag) < 1e-9].real
    if len(real) == 0:
        return float("nan")
    a = real.max()
    return float(a / 2 + (loss_ratio - 1) / (1 + a**2))
