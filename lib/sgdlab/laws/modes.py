"""Modes of limiting dynamics: Hessian eigendirections that may be flat, and matrices over distance and velocity."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

Array = NDArray[np.float64]

# The laws are written for curved modes.
_CURVATURE = replace(q.curvature, lower_included=True)
_SPECTRUM = replace(_CURVATURE, name="curvatures")


def check_curvature(curvature: ArrayLike) -> Array:
    """The curvature as float64; 0 is a flat mode. Raises ValueError below 0."""
    return _CURVATURE.check(curvature)


def check_curvatures(curvatures: ArrayLike) -> Array:
    """The curvatures (n,) as float64; 0 is a flat mode. Raises ValueError below 0 or for another shape."""
    spectrum = _SPECTRUM.check(curvatures)
    if spectrum.ndim != 1 or len(spectrum) == 0:
        raise ValueError(f"curvatures must be an array (n >= 1,), got shape {spectrum.shape}")
    return spectrum


def of_noisy_modes(law: Law, curvature: Array, **arguments: ArrayLike) -> Array:
    """A law of the noise for curvatures that may be 0: a flat mode has no noise, its value is 0."""
    noisy = curvature > 0
    return np.asarray(np.where(noisy, law(curvature=np.where(noisy, curvature, 1.0), **arguments), 0.0))


def two_by_two(first: Array, upper: Array, lower: Array, last: Array) -> Array:
    """Four entries as matrices (..., 2, 2)."""
    first, upper, lower, last = np.broadcast_arrays(first, upper, lower, last)
    return np.stack([np.stack([first, upper], axis=-1), np.stack([lower, last], axis=-1)], axis=-2)
