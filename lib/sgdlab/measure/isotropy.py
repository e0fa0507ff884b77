"""How a covariance stands to an eigenbasis: isotropic, or proportional to the Hessian."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.measure.estimate import Estimate, jackknife

# Blocks of replicas that are left out in turn: the error is then known to a twentieth.
_BLOCKS = 200


def variance_exponent(samples: ArrayLike, eigenvalues: ArrayLike) -> Estimate:
    """Exponent p of variance ~ eigenvalue^p along the axes of an eigenbasis: 0 if isotropic, 1 if covariance ~ Hessian.

    The least-squares slope of the log variances against the log eigenvalues. Logarithms of estimated variances are too
    small by 1 / (R - 1) for Gaussian samples: by the same on each axis, so that the slope has no bias from it. The
    error, by jackknife over the replicas, needs neither Gaussian samples nor independent axes.

    Args:
        samples: (R, d) components of R >= 3 independent replicas along the eigenvectors.
        eigenvalues: (d,) positive, not all equal.

    Raises:
        ValueError: an argument outside its range, or an axis along which the samples do not vary.
    """
    x = _checked(samples, 3)
    h = np.asarray(eigenvalues, dtype=np.float64)
    if h.shape != x.shape[1:] or not (np.isfinite(h) & (h > 0)).all() or len(np.unique(h)) < 2:
        raise ValueError(f"eigenvalues must be {x.shape[1]} finite numbers > 0, not all equal, got {h}")
    if (x == x[0]).all(0).any():
        raise ValueError("samples must vary along each axis")
    log_h = np.log(h) - np.log(h).mean()
    weights = log_h / (log_h @ log_h)
    return jackknife(lambda some: np.log(some.var(0)) @ weights, x, blocks=min(len(x), _BLOCKS))


def anisotropy(samples: ArrayLike) -> Estimate:
    """Squared coefficient of variation of the eigenvalues of a covariance C: d Tr C^2 / (Tr C)^2 - 1.

    0 if and only if the covariance is isotropic, in any basis; if it is proportional to the Hessian, the same of the
    Hessian's eigenvalues. For the sample covariance of R Gaussian replicas of an isotropic law it is not 0 but
    (d - 1) (d + 2) / ((R - 1) d + 2) in the mean (John, Biometrika 59, 169 (1972), has the statistic). Here Tr C^2 and
    (Tr C)^2 are each estimated without bias, whatever the law of the samples (Himeno and Yamada, J. Multivariate Anal.
    130, 27 (2014)): what is left is the bias of a ratio, and the estimate can be negative.

    The error, by jackknife over the replicas, is too large by up to sqrt(2) where the covariance is isotropic: the
    statistic is of second order there.

    Args:
        samples: (R, d), R >= 5 independent replicas, d >= 2; more axes than replicas are allowed.

    Raises:
        ValueError: another shape, numbers that are not finite, or samples that do not vary.
    """
    x = _checked(samples, 5)
    if x.shape[1] < 2:
        raise ValueError(f"samples must have at least 2 axes, got shape {x.shape}")
    if (x == x[0]).all():
        raise ValueError("samples must vary")
    return jackknife(_squared_variation, x, blocks=min(len(x), _BLOCKS))


def _squared_variation(x: NDArray[np.float64]) -> float:
    r, d = x.shape
    deviations = x - x.mean(0)
    trace = (deviations**2).sum() / (r - 1)
    # The smaller of the two matrices with the same traces.
    products = deviations.T @ deviations if d < r else deviations @ deviations.T
    trace_of_square = (products**2).sum() / (r - 1) ** 2
    fourth = ((deviations**2).sum(1) ** 2).sum() / (r - 1)
    # Both share the factor (r - 1) / (r (r - 2) (r - 3)).
    square = (r - 1) * (r - 2) * trace_of_square + trace**2 - r * fourth
    squared_trace = 2 * trace_of_square + (r**2 - 3 * r + 1) * trace**2 - r * fourth
    return float(d * square / squared_trace - 1)


def _checked(samples: ArrayLike, least: int) -> NDArray[np.float64]:
    x = np.asarray(samples, dtype=np.float64)
    if x.ndim != 2 or len(x) < least or not np.isfinite(x).all():
        raise ValueError(f"samples must be finite numbers (R, d), R at least {least}, got shape {x.shape}")
    return x
