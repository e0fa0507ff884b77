"""Slopes of the logarithm of a mean first-passage time in that of the loss ratio, with censoring."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.measure import Estimate, mean_passage_time

# The slope is fitted where the mean time is long enough to be one of escape, and known well enough.
LEAST_RELAXATIONS, LEAST_CROSSED, LEAST_RATIOS = 10.0, 0.8, 3


def passage_slope(
    steps: ArrayLike, censored: ArrayLike, loss_ratios: ArrayLike, relaxation: float, *, blocks: int = 10
) -> Estimate:
    """Slope of the logarithm of the mean passage time in that of the loss ratio, by least squares.

    It is fitted at the ratios of `fitted_ratios`. The times of one replica at all ratios belong together; the error is
    by leaving out one block of replicas after another.

    Args:
        steps, censored: (R, C) of one setting.
        loss_ratios: (C,).
        relaxation: steps of one relaxation time, 1 / (learning rate times largest curvature).
        blocks: of the jackknife.

    Raises:
        ValueError: too few ratios are left to fit.
    """
    times, given_up = np.asarray(steps, float), np.asarray(censored)
    chosen = fitted_ratios(times, given_up, relaxation)
    if chosen.sum() < LEAST_RATIOS:
        raise ValueError(f"loss_ratios must leave at least {LEAST_RATIOS} to fit, got {int(chosen.sum())}")
    x = np.log(np.asarray(loss_ratios, float)[chosen])

    def slope(replicas: NDArray[np.int64]) -> float:
        return float(np.polyfit(x, np.log(mean_times(times[replicas], given_up[replicas])[chosen]), 1)[0])

    everyone = np.arange(len(times))
    left_out = [slope(np.delete(everyone, block)) for block in np.array_split(everyone, blocks)]
    return Estimate(slope(everyone), float(np.std(left_out) * np.sqrt(blocks - 1)))


def fitted_ratios(steps: ArrayLike, censored: ArrayLike, relaxation: float) -> NDArray[np.bool_]:
    """Which loss ratios (C,) are fitted: the choice depends on times, not on slopes.

    The mean time is at least `LEAST_RELAXATIONS` relaxation times, and `LEAST_CROSSED` of the replicas have crossed.
    """
    long_enough = mean_times(steps, censored) >= LEAST_RELAXATIONS * relaxation
    return np.asarray(long_enough & ((~np.asarray(censored)).mean(0) >= LEAST_CROSSED))


def mean_times(steps: ArrayLike, censored: ArrayLike) -> NDArray[np.float64]:
    """Mean passage times (C,) of censored exponential times (R, C), infinite where nobody crossed."""
    columns = zip(np.asarray(steps, float).T, np.asarray(censored).T, strict=True)
    return np.array([mean_passage_time(times, given_up).value for times, given_up in columns])
