"""The exponent of a power law from a histogram: how a figure is often made, beside maximum likelihood."""

import numpy as np
from numpy.typing import NDArray

from sgdlab.measure import Estimate

# A bin with fewer samples has no Gaussian error of its logarithm.
_FEWEST = 10


def histogram_exponent(distances: NDArray[np.float64], bins: int) -> Estimate:
    """Exponent of the density (1 + x^2)^-phi of distances (M,) >= 0: the slope of log counts against -log(1 + x^2).

    Least squares, weighted with the counts, over the bins with at least ten of them. The error supposes independent
    samples.
    """
    counts, edges = np.histogram(distances, bins)
    kept = counts >= _FEWEST
    weights = counts[kept]
    x = -np.log1p(((edges[1:] + edges[:-1])[kept] / 2) ** 2)
    y = np.log(weights)
    x = x - np.average(x, weights=weights)
    spread = weights @ x**2
    return Estimate(weights * x @ y / spread, 1 / np.sqrt(spread))
