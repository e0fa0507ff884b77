"""Squared displacements against the lag, and the local exponents of their growth."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.measure.estimate import Estimate, jackknife

# Blocks of replicas that are left out in turn: the error is then known to a twentieth.
_BLOCKS = 200
_ORIGINS = ("first", "all")


def logarithmic_lags(longest: int, per_decade: int) -> NDArray[np.int64]:
    """Whole lags from 1 to `longest`, as evenly spaced in the logarithm as whole numbers can be.

    Raises:
        ValueError: an argument below 1.
    """
    if longest < 1 or per_decade < 1:
        raise ValueError(f"longest and per_decade must be at least 1, got {longest} and {per_decade}")
    count = int(np.ceil(per_decade * np.log10(longest))) + 1
    return np.unique(np.rint(np.geomspace(1, longest, count)).astype(np.int64))


def squared_displacements(trajectories: ArrayLike, lags: ArrayLike, *, origins: str) -> NDArray[np.float64]:
    """|x(t + lag) - x(t)|^2 of each replica, shape (R, L).

    The mean squared displacement with its standard error is `mean_of` of it: the replicas are independent, the
    displacements of one replica over many origins are not.

    Args:
        trajectories: (R, T) of an observable, or (R, T, d) of points, at equal steps of time.
        lags: (L,) whole numbers from 0 to T - 1, in steps.
        origins: t = 0 with "first"; the mean over every t with "all", for a stationary state or stationary increments.

    Raises:
        ValueError: an argument outside its range.
    """
    if origins not in _ORIGINS:
        raise ValueError(f"origins must be one of {_ORIGINS}, got {origins!r}")
    x = np.asarray(trajectories, dtype=np.float64)
    if x.ndim not in (2, 3) or 0 in x.shape or not np.isfinite(x).all():
        raise ValueError(f"trajectories must be finite numbers (R, T) or (R, T, d), got shape {x.shape}")
    x = x[..., None] if x.ndim == 2 else x
    length = x.shape[1]
    lags = np.asarray(lags)
    whole = lags.ndim == 1 and len(lags) > 0 and np.issubdtype(lags.dtype, np.integer)
    if not whole or not ((lags >= 0) & (lags < length)).all():
        raise ValueError(f"lags must be whole numbers (L,) from 0 to {length - 1}, got {lags}")
    if origins == "first":
        squares: NDArray[np.float64] = ((x[:, lags] - x[:, :1]) ** 2).sum(2)
        return squares
    # For a few dozen lags this is faster than a Fourier transform of the whole, and keeps the digits of displacements
    # that are small against the distance travelled.
    return np.array([[_mean_square(path[lag:] - path[: length - lag]) for lag in lags] for path in x])


def local_exponents(squares: ArrayLike, lags: ArrayLike) -> tuple[NDArray[np.float64], Estimate]:
    """Local exponents d log <|x|^2> / d log lag between neighbouring lags.

    The error is by jackknife over the replicas; those of neighbouring exponents are correlated.

    Args:
        squares: (R, L) from `squared_displacements`, R at least 2, their means positive.
        lags: (L,) their lags, positive and ascending, L at least 2, in any unit.

    Returns:
        The geometric means of neighbouring lags (L - 1,), and the exponents there (L - 1,).

    Raises:
        ValueError: an argument outside its range.
    """
    squares, lags = np.asarray(squares, dtype=np.float64), np.asarray(lags, dtype=np.float64)
    if lags.ndim != 1 or len(lags) < 2 or not lags[0] > 0 or not (np.diff(lags) > 0).all():
        raise ValueError(f"lags must be at least 2 positive ascending numbers (L,), got {lags}")
    if squares.ndim != 2 or len(squares) < 2 or squares.shape[1] != len(lags):
        raise ValueError(f"squares must be (R, {len(lags)}), R at least 2, got shape {squares.shape}")
    if not (squares.mean(0) > 0).all():
        raise ValueError("squares must have positive means")
    steps = np.diff(np.log(lags))
    exponents = jackknife(
        lambda some: np.diff(np.log(some.mean(0))) / steps, squares, blocks=min(len(squares), _BLOCKS)
    )
    return np.sqrt(lags[1:] * lags[:-1]), exponents


def _mean_square(displacements: NDArray[np.float64]) -> float:
    """Mean over the origins of the squared lengths of displacements (T - lag, d)."""
    return float(np.vdot(displacements, displacements)) / len(displacements)
