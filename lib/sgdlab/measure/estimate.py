"""Estimates: a value with its standard error, from independent samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Estimate:
    """A value and its standard error, both floats or both float64 arrays of one shape.

    Raises:
        ValueError: the shapes differ, or a standard error is negative.
    """

    value: float | NDArray[np.float64]
    standard_error: float | NDArray[np.float64]

    def __post_init__(self) -> None:
        value = np.array(self.value, dtype=np.float64)
        error = np.array(self.standard_error, dtype=np.float64)
        if value.shape != error.shape:
            raise ValueError(f"standard_error must have the shape of value, {value.shape}, got {error.shape}")
        if (error < 0).any():
            raise ValueError("standard_error must not be negative")
        object.__setattr__(self, "value", value if value.ndim else float(value))
        object.__setattr__(self, "standard_error", error if error.ndim else float(error))

    @classmethod
    def stack(cls, estimates: Sequence[Any]) -> "Estimate":
        """Estimates of one shape, or nested sequences of them, as one estimate with the sequences' axes in front."""
        parts = [part if isinstance(part, cls) else cls.stack(part) for part in estimates]
        return cls(np.array([part.value for part in parts]), np.array([part.standard_error for part in parts]))

    def named(self, name: str) -> dict[str, NDArray[np.float64]]:
        """The two as arrays by name: `name` and `name_error`, the form in which results are stored."""
        return {name: np.asarray(self.value), f"{name}_error": np.asarray(self.standard_error)}


def mean_of(samples: ArrayLike, axis: int = 0) -> Estimate:
    """Mean of M >= 2 independent samples along `axis`; the error is s / sqrt(M)."""
    x = _samples_first(samples, axis)
    return Estimate(x.mean(0), x.std(0, ddof=1) / np.sqrt(len(x)))


def variance_of(samples: ArrayLike, axis: int = 0) -> Estimate:
    """Unbiased variance s^2 of M >= 2 independent samples along `axis`.

    Its variance is (m4 - s^4 (M - 3) / (M - 1)) / M for any distribution of variance s^2 and fourth central moment m4;
    those of the samples stand for them.
    """
    x = _samples_first(samples, axis)
    m = len(x)
    deviation = x - x.mean(0)
    variance = x.var(0, ddof=1)
    square_error = ((deviation**4).mean(0) - variance**2 * (m - 3) / (m - 1)) / m
    # Never negative but for rounding: m4 >= m2^2.
    return Estimate(variance, np.sqrt(np.maximum(square_error, 0)))


def covariance_of(x: ArrayLike, y: ArrayLike, axis: int = 0) -> Estimate:
    """Unbiased covariance of M >= 2 independent pairs along `axis`; the error is that of the mean of their products.

    Raises:
        ValueError: the shapes differ, or there is one pair only.
    """
    x, y = _samples_first(x, axis), _samples_first(y, axis)
    if x.shape != y.shape:
        raise ValueError(f"x and y must have one shape, got {x.shape} and {y.shape}")
    m = len(x)
    products = (x - x.mean(0)) * (y - y.mean(0))
    return Estimate(products.sum(0) / (m - 1), products.std(0, ddof=1) / np.sqrt(m))


def jackknife(statistic: Callable[[NDArray[np.float64]], ArrayLike], samples: ArrayLike, *, blocks: int) -> Estimate:
    """Statistic of all samples; its error by leaving out one block of consecutive samples after another.

    For smooth statistics such as ratios of means. Correlated samples need blocks longer than their correlation.

    Args:
        statistic: maps samples (M', ...) to a number or an array.
        samples: (M, ...), samples on axis 0.
        blocks: number of blocks, from 2 to M; their lengths differ by one sample at most.

    Raises:
        ValueError: `blocks` outside this range.
    """
    x = np.asarray(samples, dtype=np.float64)
    if not 2 <= blocks <= len(x):
        raise ValueError(f"blocks must be from 2 to the {len(x)} samples, got {blocks}")
    places = np.array_split(np.arange(len(x)), blocks)
    reduced = np.array([statistic(np.delete(x, place, axis=0)) for place in places], dtype=np.float64)
    return Estimate(np.asarray(statistic(x), dtype=np.float64), reduced.std(0) * np.sqrt(blocks - 1))


def _samples_first(samples: ArrayLike, axis: int) -> NDArray[np.float64]:
    array = np.asarray(samples, dtype=np.float64)
    if not -array.ndim <= axis < array.ndim or array.shape[axis] < 2:
        raise ValueError(f"samples must have at least 2 along axis {axis}, got shape {array.shape}")
    return np.moveaxis(array, axis, 0)
