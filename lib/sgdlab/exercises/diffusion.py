"""Checkers for the exercises on SGD and its stochastic differential equation."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.power_law_escape import mean_loss_ratio, mode_load_discrete, mode_load_gaussian_inputs


def check_mean_loss(answer: Callable[..., float]) -> Check:
    """Check `answer(learning_rate, batch_size, dimension)`: the stationary mean of L / L* of SGD, curvature 1.

    `inf` is the right answer where the mean diverges.
    """
    settings = [(0.1, 1, 5), (0.5, 4, 6), (0.01, 1, 100), (0.1, 1, 17), (0.1, 1, 25), (1.9, 32, 1)]
    names = ("learning_rate", "batch_size", "dimension")

    def truth(learning_rate: float, batch_size: float, dimension: float) -> float:
        return float(mean_loss_ratio(learning_rate, batch_size, np.ones(int(dimension))))

    def continuous(learning_rate: float, batch_size: float, dimension: float) -> float:
        return float(mean_loss_ratio(learning_rate, batch_size, np.ones(int(dimension)), "continuous"))

    def small_steps(learning_rate: float, batch_size: float, dimension: float) -> float:
        load = mode_load_gaussian_inputs(learning_rate=learning_rate, batch_size=batch_size, curvature=1)
        return float(1 / (1 - dimension * load))

    def unguarded(learning_rate: float, batch_size: float, dimension: float) -> float:
        load = mode_load_discrete(learning_rate=learning_rate, batch_size=batch_size, curvature=1)
        return float(1 / (1 - dimension * load))

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is the stochastic differential equation (12).": continuous,
            "That is the equation (4): the covariance is exact, the steps are infinitely small.": small_steps,
            "The formula goes on where the mean does not exist: return inf there.": unguarded,
        },
    )


def check_reshuffled_variance(answer: Callable[..., float]) -> Check:
    """Check `answer(contraction, n_samples, batch_size)`: the variance at the end of an epoch, in units of V_c.

    The reader sums the weights of the batches, or finds the closed form.
    """
    settings = [(0.98, 20, 1), (0.9, 20, 5), (0.5, 8, 1), (0.99, 100, 10), (0.7, 12, 12)]
    names = ("contraction", "n_samples", "batch_size")

    def weights(contraction: float, n_samples: float, batch_size: float) -> NDArray[np.float64]:
        return np.asarray((1 - contraction) * contraction ** np.arange(round(n_samples / batch_size)))

    def renewed(contraction: float, n_samples: float, batch_size: float) -> float:
        return float(1 - contraction ** (2 * n_samples / batch_size))

    def truth(contraction: float, n_samples: float, batch_size: float) -> float:
        w = weights(contraction, n_samples, batch_size)
        one_epoch = (n_samples / batch_size * (w @ w) - w.sum() ** 2) / (n_samples - 1)
        return float(one_epoch / renewed(contraction, n_samples, batch_size))

    def one_epoch_only(contraction: float, n_samples: float, batch_size: float) -> float:
        return truth(contraction, n_samples, batch_size) * renewed(contraction, n_samples, batch_size)

    def independent(contraction: float, n_samples: float, batch_size: float) -> float:
        return (1 - contraction) / (1 + contraction) / batch_size

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is one epoch from the minimum; add what earlier epochs have left.": one_epoch_only,
            "That is drawing with replacement.": independent,
        },
    )
