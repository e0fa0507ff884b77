"""A claim: a prediction held against a measurement, with the rule that decides between them."""

import math
from dataclasses import dataclass

VERDICTS = ("agrees", "differs", "undecided")


@dataclass(frozen=True)
class Claim:
    """A prediction, its measurement, and the verdict that the chapter expects.

    Attributes:
        name: what is claimed, in a few words.
        equation: the label of the printed equation that predicts it.
        predicted: the predicted number.
        measured: the measured number.
        standard_error: its standard error, autocorrelation counted; 0 for a number that is computed, not sampled.
        expected: the verdict that the chapter states; a test fails on any other.
        alternative: the value of the competing formula, which the measurement must be able to tell from `predicted`.
        alternative_name: what that formula is.
        bias_bound: a bound on the systematic part of the deviation, with its reason in the chapter.

    Raises:
        ValueError: a number is not finite, an error is negative, `expected` is unknown, a prediction of 0 names no
            alternative, or an alternative has no name.
    """

    name: str
    equation: str
    predicted: float
    measured: float
    standard_error: float
    expected: str
    alternative: float | None = None
    alternative_name: str = ""
    bias_bound: float = 0.0

    def __post_init__(self) -> None:
        numbers = {"predicted": self.predicted, "measured": self.measured, "alternative": self.alternative}
        for name, number in numbers.items():
            if number is not None and not math.isfinite(number):
                raise ValueError(f"{name} must be a finite number, got {number} in claim {self.name!r}")
        for name, number in {"standard_error": self.standard_error, "bias_bound": self.bias_bound}.items():
            if not (math.isfinite(number) and number >= 0):
                raise ValueError(f"{name} must be a finite number >= 0, got {number} in claim {self.name!r}")
        if self.expected not in VERDICTS:
            raise ValueError(f"expected must be one of {VERDICTS}, got {self.expected!r} in claim {self.name!r}")
        if self.predicted == 0 and self.alternative is None:
            raise ValueError(f"alternative must be given where predicted is 0, in claim {self.name!r}")
        if (self.alternative is None) != (self.alternative_name == ""):
            raise ValueError(f"alternative and alternative_name must be given together, in claim {self.name!r}")
        if self.alternative == self.predicted:
            raise ValueError(f"alternative must differ from predicted, got {self.predicted} in claim {self.name!r}")

    @property
    def allowed(self) -> float:
        """The deviation that is allowed: four standard errors and the bias bound."""
        return 4 * self.standard_error + self.bias_bound

    @property
    def resolution(self) -> float:
        """Half the distance to the alternative: an error must be smaller to tell the two apart."""
        rival = 1.1 * self.predicted if self.alternative is None else self.alternative
        return abs(rival - self.predicted) / 2

    @property
    def verdict(self) -> str:
        """`differs` where the deviation exceeds what is allowed; else `agrees` where a wrong formula would show."""
        if abs(self.measured - self.predicted) > self.allowed:
            return "differs"
        return "agrees" if self.allowed < self.resolution else "undecided"
