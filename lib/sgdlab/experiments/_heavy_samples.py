"""Estimates from samples that may have no variance: tail index of correlated ones, median."""

import numpy as np
from numpy.typing import NDArray

from sgdlab.measure import Estimate, mean_of, tail_index

_GROUPS = 20


def pooled_tail_index(distances: NDArray[np.float64], share: float) -> Estimate:
    """Hill's index of the tail of all distances together.

    Args:
        distances: (R, K) of R >= 20 replicas at K times; those of one replica may be correlated.
        share: which share of them is the tail.

    Returns:
        The index; its error from that of 20 groups of replicas.
    """
    groups = np.array_split(distances, _GROUPS)
    values = np.array([tail_index(group.ravel(), int(share * group.size)).value for group in groups])
    pooled = tail_index(distances.ravel(), int(share * distances.size))
    return Estimate(pooled.value, mean_of(values).standard_error)


def median_of(samples: NDArray[np.float64]) -> Estimate:
    """Median of independent samples (M,); its error from the order statistics one standard deviation to either side."""
    ordered = np.sort(samples)
    half, spread = len(ordered) / 2, np.sqrt(len(ordered)) / 2
    low, high = ordered[int(half - spread)], ordered[int(half + spread)]
    return Estimate(float(np.median(ordered)), float(high - low) / 2)
