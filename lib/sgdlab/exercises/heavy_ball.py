"""Checkers for the chapter on the iterates of SGD with momentum."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.limiting_dynamics import (
    load_small_learning_rate,
    mode_feedback,
    reshuffled_variance_ratio,
)


def check_critical_batch_size(answer: Callable[..., float]) -> Check:
    """Check `answer(learning_rate, momentum, dimension)`: the smallest batch size whose variance is finite, h = 1.

    Fresh Gaussian inputs; eta < 2 (1 + beta).
    """
    settings = [(0.8, 0.5, 6), (0.1, 0.9, 4), (0.1, 0.0, 4), (0.5, 0.5, 1), (3.0, 0.9, 2), (0.02, 0.99, 50)]
    names = ("learning_rate", "momentum", "dimension")

    def feedback(learning_rate: float, momentum: float) -> float:
        return float(mode_feedback(learning_rate=learning_rate, momentum=momentum, curvature=1, batch_size=1))

    def first_above(bound: float) -> float:
        return math.floor(bound) + 1

    def truth(learning_rate: float, momentum: float, dimension: float) -> float:
        return first_above((dimension + 1) * feedback(learning_rate, momentum))

    def small_steps(learning_rate: float, momentum: float, dimension: float) -> float:
        load = load_small_learning_rate(
            learning_rate=learning_rate, hessian_trace=dimension, momentum=momentum, batch_size=1
        )
        return first_above(float(load))

    def alone(learning_rate: float, momentum: float, dimension: float) -> float:
        return first_above(feedback(learning_rate, momentum))

    def fed_once(learning_rate: float, momentum: float, dimension: float) -> float:
        return first_above(dimension * feedback(learning_rate, momentum))

    def not_whole(learning_rate: float, momentum: float, dimension: float) -> float:
        return (dimension + 1) * feedback(learning_rate, momentum)

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "Each direction alone has a variance there: now let them feed each other.": alone,
            "That is the load for small learning rates.": small_steps,
            "A direction also feeds itself: its load is q / (1 - q), not q.": fed_once,
            "There the load is 1; a batch has a whole number of samples.": not_whole,
        },
    )


def check_reshuffled_ratio(answer: Callable[..., float]) -> Check:
    """Check `answer(relative_learning_rate, momentum, n_samples, batch_size)`: the law `reshuffled_variance_ratio`."""
    settings = [(0.1, 0.9, 64, 8), (0.3, 0.0, 12, 3), (2.5, 0.5, 6, 2), (0.002, 0.9, 100, 10), (0.5, 0.2, 8, 8)]
    names = ("relative_learning_rate", "momentum", "n_samples", "batch_size")

    def truth(relative_learning_rate: float, momentum: float, n_samples: float, batch_size: float) -> float:
        return float(reshuffled_variance_ratio(relative_learning_rate, 1.0, momentum, int(n_samples), int(batch_size)))

    def infinite_data(relative_learning_rate: float, momentum: float, n_samples: float, batch_size: float) -> float:
        return truth(relative_learning_rate, momentum, n_samples, batch_size) * (n_samples - 1) / n_samples

    def correlations(relative_learning_rate: float, momentum: float, batches: int) -> NDArray[np.float64]:
        r = [1.0, 1 - relative_learning_rate / (1 + momentum)]
        while len(r) < batches:
            r.append((1 + momentum - relative_learning_rate) * r[-1] - momentum * r[-2])
        return np.array(r[1:batches])

    def pairs_once(relative_learning_rate: float, momentum: float, n_samples: float, batch_size: float) -> float:
        n = round(n_samples / batch_size)
        sum_ = (1 - np.arange(1, n) / n) @ correlations(relative_learning_rate, momentum, n)
        return n_samples / (n_samples - 1) * (1 - (1 + float(sum_)) / n)

    def all_lags_alike(relative_learning_rate: float, momentum: float, n_samples: float, batch_size: float) -> float:
        n = round(n_samples / batch_size)
        sum_ = correlations(relative_learning_rate, momentum, n).sum()
        return n_samples / (n_samples - 1) * (1 - (1 + 2 * float(sum_)) / n)

    def share(relative_learning_rate: float, momentum: float, n_samples: float, batch_size: float) -> float:
        return 1 - infinite_data(relative_learning_rate, momentum, n_samples, batch_size)

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "The samples are finite: N / (N - 1) is missing.": infinite_data,
            "Each pair of steps counts twice.": pairs_once,
            "In an epoch of n steps only n - j pairs are j steps apart.": all_lags_alike,
            "That is the share that is lost, not the ratio.": share,
        },
    )
