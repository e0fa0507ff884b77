"""What a checker says to the reader."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """Whether an answer is right, and what to say about it."""

    right: bool
    message: str

    def __repr__(self) -> str:
        return f"{'Right' if self.right else 'Not yet'}: {self.message}"


def check_numbers(
    answer: Callable[..., Any],
    truth: Callable[..., float],
    inputs: Iterable[Mapping[str, float]],
    slips: Mapping[str, Callable[..., float]],
) -> Check:
    """Compare the reader's function with the truth, to 1e-9 relative, and name a known slip where it fits.

    Args:
        answer: the reader's function of keyword arguments.
        truth: the right function.
        inputs: keyword arguments at which both are called.
        slips: hints by what they say, with the wrong function that each belongs to.
    """
    cases = list(inputs)
    for case in cases:
        at = ", ".join(f"{name} = {value:g}" for name, value in case.items())
        try:
            given = float(answer(**case))
        except Exception as error:  # the reader's code may raise anything
            return Check(False, f"at {at}\nyour function raised {type(error).__name__}: {error}")
        if not _equal(given, truth(**case)):
            hint = next((hint for hint, slip in slips.items() if _equal(given, slip(**case))), "")
            return Check(False, f"at {at}\nyour function gives {given:.6g}. {hint}".rstrip())
    return Check(True, f"your function holds at all {len(cases)} settings.")


def _equal(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
