"""Exponents of one quantity in another, measured along runs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.measure.estimate import Estimate, mean_of


def scaling_exponent(x: ArrayLike, y: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Estimate:
    """Exponent p of y ~ x^p where lower <= x < upper: the least-squares slope of log y against log x of each replica.

    The points of one run are not independent, the runs are: value and standard error are those of the mean of the
    replicas' slopes. With one replica the standard error is unknown, NaN.

    Args:
        x, y: (R, T), positive where x is in the range.
        lower, upper: of the range, one for all replicas or (R,).

    Raises:
        ValueError: the shapes differ, y is not positive, or a replica has fewer than 2 values of x in the range.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape or len(x) == 0:
        raise ValueError(f"x and y must have one shape (R, T), R at least 1, got {x.shape} and {y.shape}")
    lower, upper = (np.broadcast_to(np.asarray(end, dtype=np.float64), len(x)) for end in (lower, upper))
    if not (lower >= 0).all():
        raise ValueError(f"lower must be at least 0, got {lower.min()}")
    slopes = []
    for replica in range(len(x)):
        inside = (x[replica] >= lower[replica]) & (x[replica] < upper[replica]) & (x[replica] > 0)
        slopes.append(_slope(x[replica, inside], y[replica, inside], replica))
    return mean_of(slopes) if len(slopes) > 1 else Estimate(slopes[0], np.nan)


def _slope(x: NDArray[np.float64], y: NDArray[np.float64], replica: int) -> float:
    if len(np.unique(x)) < 2:
        raise ValueError(f"the range must hold at least 2 values of x of each replica, got {x} of replica {replica}")
    if not (y > 0).all():
        raise ValueError(f"y must be positive in the range, got {y.min()} in replica {replica}")
    log_x, log_y = np.log(x), np.log(y)
    deviation = log_x - log_x.mean()
    return float(deviation @ log_y / (deviation @ deviation))
