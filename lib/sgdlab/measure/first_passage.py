"""Mean first-passage times of ensembles in which some replicas did not cross, and how exponential the times are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import gammainccinv, gammaincinv

from sgdlab.measure.estimate import Estimate


@dataclass(frozen=True, eq=False)
class MeanPassageTime(Estimate):
    """Mean of an exponential first-passage time; without a crossing `value`, `standard_error` and `upper` are infinite.

    Attributes:
        lower, upper: ends of the confidence interval.
        confidence: its level.
        crossed, censored: how many replicas crossed, and how many were given up before.
    """

    lower: float
    upper: float
    confidence: float
    crossed: int
    censored: int


def mean_passage_time(times: ArrayLike, censored: ArrayLike, *, confidence: float = 0.95) -> MeanPassageTime:
    """Mean first-passage time by maximum likelihood, for times that are exponential: total time / number of crossings.

    The mean over those that crossed is no estimate of it: the long times are missing. The standard error is that of
    Fisher's information, value / sqrt(crossed). The interval is that of chi-square (Epstein and Sobel 1953): exact
    where every replica crossed. Where some are censored, the lower end has two degrees of freedom more, as for the rate
    of a Poisson process (Garwood 1936), so that a bound also exists where none crossed.

    Args:
        times: (R,) times of crossing, or of giving up; positive, in any unit.
        censored: (R,) true where the replica had not crossed when it was given up.
        confidence: level of the interval, between 0 and 1, half of the rest on each side.

    Raises:
        ValueError: an argument outside its range.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    times, censored = _checked(times, censored)
    total, crossings, given_up = times.sum(), int((~censored).sum()), int(censored.sum())
    tail = (1 - confidence) / 2
    # Half of chi-square's quantiles, of 2 k degrees of freedom, are those of the incomplete gamma function of k.
    lower = total / gammainccinv(crossings + (1 if given_up else 0), tail)
    mean = total / crossings if crossings else np.inf
    return MeanPassageTime(
        value=mean,
        standard_error=mean / np.sqrt(max(crossings, 1)),
        lower=float(lower),
        upper=float(total / gammaincinv(crossings, tail)) if crossings else np.inf,
        confidence=confidence,
        crossed=crossings,
        censored=given_up,
    )


def survival(times: ArrayLike, censored: ArrayLike) -> tuple[NDArray[np.float64], Estimate]:
    """Probability of not having crossed, just after each time at which a replica crossed (Kaplan and Meier 1958).

    Assumes no law of the times: held against exp(-t / mean) it shows whether they are exponential. The errors are
    Greenwood's (1926); the last one is 0 where all replicas have crossed, and says nothing there.

    Args:
        times, censored: as in `mean_passage_time`. A replica given up at a time at which others cross was still there.

    Returns:
        The K different times of crossing, ascending, (K,), and the probabilities (K,).

    Raises:
        ValueError: an argument outside its range.
    """
    times, censored = _checked(times, censored)
    at, crossings = np.unique(times[~censored], return_counts=True)
    present = len(times) - np.searchsorted(np.sort(times), at)
    left = present - crossings
    surviving = np.cumprod(left / present, dtype=np.float64)
    terms = np.divide(crossings, present * left, out=np.zeros(len(at)), where=left > 0)
    return at, Estimate(surviving, surviving * np.sqrt(np.cumsum(terms)))


def passage_time_shape(times: ArrayLike, censored: ArrayLike) -> Estimate:
    """Shape k of the Weibull law exp(-(t / s)^k) by maximum likelihood: 1 for exponential times.

    Above 1 where crossings become more likely as time goes on, as after a start deep in the well; below 1 where some
    replicas cross at once and the others late. The standard error is that of the observed information.

    Args:
        times, censored: as in `mean_passage_time`.

    Raises:
        ValueError: an argument outside its range, fewer than 2 crossings, or all of them at the longest time.
    """
    times, censored = _checked(times, censored)
    log_time = np.log(times / times.max())
    crossings = int((~censored).sum())
    if crossings < 2 or not (log_time[~censored] < 0).any():
        raise ValueError("times must hold at least 2 crossings, one of them before the longest time")
    log_crossing = log_time[~censored].mean()

    def score(shape: float) -> float:
        weight = np.exp(shape * log_time)
        return float(1 / shape + log_crossing - weight @ log_time / weight.sum())

    # The score falls from at least 0 here to log_crossing < 0.
    lower = upper = -1 / log_crossing
    while score(upper) > 0:
        upper *= 2
    shape = brentq(score, lower, upper) if upper > lower else lower
    weight = np.exp(shape * log_time)
    spread = np.average((log_time - np.average(log_time, weights=weight)) ** 2, weights=weight)
    return Estimate(shape, 1 / np.sqrt(crossings * (1 / shape**2 + spread)))


def _checked(times: ArrayLike, censored: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    times, flags = np.asarray(times, dtype=np.float64), np.asarray(censored)
    if times.ndim != 1 or len(times) == 0 or not (np.isfinite(times) & (times > 0)).all():
        raise ValueError("times must be positive finite numbers (R,), R at least 1")
    if flags.dtype != np.bool_ or flags.shape != times.shape:
        raise ValueError(f"censored must be truth values of shape {times.shape}, got {flags.dtype} {flags.shape}")
    return times, flags
