"""Means over stationary series, with standard errors that count the correlation in time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import irfft, next_fast_len, rfft

from sgdlab.measure.estimate import Estimate

# From either, a standard error is known to a tenth of itself.
_REPLICAS = 50
_NUMBERS_PER_LAG = 100


@dataclass(frozen=True, eq=False)
class StationaryMean(Estimate):
    """Mean of a stationary series.

    Attributes:
        correlation_time: integrated autocorrelation time tau = 1/2 + sum_{t >= 1} rho(t) in steps of the series; 1/2
            for independent numbers. Of replicas that are not much longer than tau, the part that they show.
        effective_samples: how many independent numbers have this standard error, variance / standard_error^2. It is
            the number of all, divided by 2 tau.
    """

    correlation_time: float
    effective_samples: float


def stationary_mean(series: ArrayLike) -> StationaryMean:
    """Mean of a stationary series or of several independent ones; of its second moment, given its squares.

    From 50 replicas on, the error is that of the mean of the replicas' means, whatever the correlation in time.
    Of fewer, it is sqrt(2 tau variance / (R T)), with the autocovariances of all replicas pooled and corrected for the
    mean that was subtracted (Wolff, Comput. Phys. Commun. 156, 143 (2004), sec. 3.1-3.2). They are summed up to the
    first lag W >= 5 tau(W) (Madras and Sokal, J. Stat. Phys. 50, 109 (1988), app. C), where tau(W) is taken with
    |rho(t)|: it must not be cut short where an oscillation changes sign.

    Args:
        series: (T,) or (R, T), replicas on axis 0, the transient left out.

    Raises:
        ValueError: another shape, numbers that are not finite or all equal, or with fewer than 50 replicas a series
            of fewer than 100 W numbers: its error would be known too badly.
    """
    x = np.asarray(series, dtype=np.float64)
    x = x[None] if x.ndim == 1 else x
    if x.ndim != 2 or x.size < 2:
        raise ValueError(f"series must be (T,) or (R, T), at least 2 numbers, got shape {np.shape(series)}")
    if not np.isfinite(x).all():
        raise ValueError("series must be finite")
    if x.min() == x.max():
        raise ValueError(f"series must vary, all its numbers are {x.min()}")
    mean = x.mean()
    square_error = x.mean(1).var(ddof=1) / len(x) if len(x) >= _REPLICAS else _square_error(x - mean)
    # The deviations are from the mean of the series, which errs itself.
    variance = x.var() + square_error
    effective = variance / square_error
    return StationaryMean(mean, np.sqrt(square_error), x.size / (2 * effective), effective)


def _square_error(deviations: NDArray[np.float64]) -> float:
    """Variance of the mean of series (R, T), from their autocovariance."""
    count, length = deviations.size, deviations.shape[1]
    covariance = _autocovariance(deviations)
    lags = np.arange(length)
    times = np.cumsum(np.abs(covariance)) / covariance[0] - 0.5
    beyond = np.flatnonzero(lags >= 5 * times)
    if len(beyond) == 0 or count < _NUMBERS_PER_LAG * beyond[0]:
        raise ValueError(
            f"series must have {_NUMBERS_PER_LAG} numbers for each lag of its correlation, or {_REPLICAS} replicas, "
            f"got shape {deviations.shape} and {f'{beyond[0]} lags' if len(beyond) else 'a correlation without end'}"
        )
    window = beyond[0] + 1
    # Lags of both signs; the last one counts half, so that an alternating sum ends at its middle.
    weights = np.full(window, 2.0)
    weights[[0, -1]] = 1
    summed = weights @ covariance[:window]
    if summed <= 0:
        raise ValueError("series must be longer, its autocorrelations cancel but for what their errors allow")
    # Each product of deviations lacks the variance of the mean, summed / count.
    products = weights @ (1 - lags[:window] / length)
    return float(summed / (count - products))


def _autocovariance(deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the products at each lag (T,) over R T, though at lag t there are R (T - t) of them.

    That is their weight in the variance of the mean of a finite series.
    """
    length = deviations.shape[1]
    padded = next_fast_len(2 * length, real=True)
    # One replica after the other: the transforms of all could fill the memory.
    power = sum(np.abs(rfft(replica, padded)) ** 2 for replica in deviations)
    covariance: NDArray[np.float64] = irfft(power, padded)[:length] / deviations.size
    return covariance
