"""Checkers for the chapter on the effective dimension."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sgdlab.curvature import effective_dimension
from sgdlab.exercises.check import Check

Array = NDArray[np.float64]

_SPECTRA = ([3.0], [4.0, 2.0, 1.0, 0.5], [1.0, 1.0, 1.0, 1.0], [10.0] + [0.01] * 1000, [2.0, 1.0, 0.0, 0.0])
_DEFINITIONS = ("participation-ratio", "entropy")


def check_effective_dimensions(answer: Callable[[Array], tuple[float, float]]) -> Check:
    """Check `answer(eigenvalues)`: the participation ratio and the exponential of the entropy of a spectrum."""
    for spectrum in _SPECTRA:
        shown = ", ".join(f"{value:g}" for value in spectrum[:4]) + (", ..." if len(spectrum) > 4 else "")
        try:
            with np.errstate(all="ignore"):
                given = [float(value) for value in answer(np.array(spectrum))]
        except Exception as error:  # the reader's code may raise anything
            return Check(False, f"for the spectrum {shown}\nyour function raised {type(error).__name__}: {error}")
        if len(given) != 2:
            return Check(False, f"two numbers are wanted, your function returned {len(given)}.")
        for definition, number in zip(_DEFINITIONS, given, strict=True):
            if not math.isclose(number, effective_dimension(spectrum, definition), rel_tol=1e-9):
                message = f"for the spectrum {shown}\nyour {definition.replace('-', ' ')} is {number:.6g}. "
                return Check(False, (message + _hint(np.array(spectrum), definition, number)).rstrip())
    return Check(True, f"your function holds for all {len(_SPECTRA)} spectra.")


def _hint(spectrum: Array, definition: str, number: float) -> str:
    """What may have gone wrong, where it is a known slip."""
    weights = spectrum / spectrum.sum()
    positive = weights[weights > 0]
    entropy = -float(positive @ np.log(positive))
    slips = {
        "Divide the eigenvalues by their sum first.": 1 / float(spectrum @ spectrum),
        "That is the entropy; its exponential is a number of dimensions.": entropy,
        "That is the inverse of the number of dimensions.": float(weights @ weights),
        "That is the entropy in bits.": entropy / math.log(2),
    }
    if math.isnan(number):
        return "An eigenvalue of 0 has no weight: 0 log 0 counts as 0."
    other = effective_dimension(spectrum, next(name for name in _DEFINITIONS if name != definition))
    if math.isclose(number, other, rel_tol=1e-9):
        return "The participation ratio comes first, the exponential of the entropy second."
    return next((hint for hint, slip in slips.items() if math.isclose(number, slip, rel_tol=1e-9, abs_tol=1e-12)), "")
