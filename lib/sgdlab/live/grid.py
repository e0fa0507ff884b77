"""Measured numbers in 16 bits each, for the page: precise to 1/65534 of their range, or of its logarithm."""

import base64
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEPS = 65534
_UNDEFINED = 65535
_LOGARITHMIC_FROM = 20


def _ends(finite: NDArray[np.float64]) -> tuple[float, float]:
    """The range, outward to 4 digits: nearly equal numbers then have the same ends on every machine."""
    if not finite.size:
        return 0.0, 0.0
    outward = [
        Context(prec=4, rounding=rounding).create_decimal_from_float(float(end))
        for end, rounding in ((finite.min(), ROUND_FLOOR), (finite.max(), ROUND_CEILING))
    ]
    return float(outward[0]), float(outward[1])


def quantise(values: ArrayLike) -> dict[str, Any]:
    """Numbers of any shape, in C order, as the page reads them.

    The levels lie evenly between the ends; evenly in the logarithm where all numbers are > 0 and the ends more than a
    factor of 20 apart. What is not finite becomes NaN.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    known = np.isfinite(flat)
    low, high = _ends(flat[known])
    logarithmic = low > 0 and high / low > _LOGARITHMIC_FROM
    first, last, scaled = (np.log10(x) for x in (low, high, flat[known])) if logarithmic else (low, high, flat[known])
    levels = np.full(flat.shape, _UNDEFINED, dtype="<u2")
    width = last - first
    levels[known] = np.clip(np.round((scaled - first) / width * STEPS), 0, STEPS) if width else 0
    grid = base64.b64encode(levels.tobytes()).decode("ascii")
    return {"low": low, "high": high, "logarithmic": bool(logarithmic), "grid": grid}


def decode(packed: Mapping[str, Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The numbers of `quantise` again, as the page's script decodes them."""
    levels = np.frombuffer(base64.b64decode(packed["grid"]), dtype="<u2").reshape(shape)
    ends = packed["low"], packed["high"]
    low, high = np.log10(ends) if packed["logarithmic"] else ends
    values = low + levels / STEPS * (high - low)
    return np.where(levels == _UNDEFINED, np.nan, 10**values if packed["logarithmic"] else values)
