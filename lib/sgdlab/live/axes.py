"""The axes of a plot, and where along them something is computed."""

import math
from dataclasses import dataclass
from typing import Any

from sgdlab.laws.letters import unit_words
from sgdlab.laws.quantities import Quantity
from sgdlab.live.controls import even

SAMPLES, CELLS = 121, 48
_MOST_WHOLE = 240


@dataclass(frozen=True, eq=False)
class Axis:
    """An axis from low to high.

    Attributes:
        of: a scalar quantity, which gives words, letter, unit and the variable of curves; or words alone.
        low, high: its ends.
        logarithmic: the quantity's own where it is None and low > 0.
        unit: the unit where the quantity does not give it.

    Raises:
        ValueError: names the axis and what is wrong with its ends.
    """

    of: Quantity | str
    low: float
    high: float
    logarithmic: bool | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.of, Quantity) and self.of.kind != "scalar":
            raise ValueError(f"axis {self.words}: {self.of.name} is a {self.of.kind}; an axis needs a scalar")
        if not self.words.strip():
            raise ValueError("an axis needs words")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"axis {self.words}: low must be below high, both finite, got {self.low} and {self.high}")
        if self.logarithmic is None:
            own = isinstance(self.of, Quantity) and self.of.logarithmic and self.low > 0
            object.__setattr__(self, "logarithmic", own)
        if self.logarithmic and self.low <= 0:
            raise ValueError(f"axis {self.words}: low must be > 0 where it is logarithmic, got {self.low}")

    @property
    def words(self) -> str:
        """Its label."""
        return self.of.words if isinstance(self.of, Quantity) else self.of

    @property
    def variable(self) -> Any:
        """The SymPy symbol along it; None where it has words alone."""
        return self.of.symbol if isinstance(self.of, Quantity) else None

    @property
    def whole(self) -> bool:
        """Whether it is computed on whole numbers: a whole quantity, and not more of them than can be told apart."""
        return isinstance(self.of, Quantity) and self.of.integer and self.high - self.low <= _MOST_WHOLE

    @property
    def unit_words(self) -> str:
        """Its unit as printed."""
        return self.unit or (unit_words(self.of.unit) if isinstance(self.of, Quantity) else "")

    def samples(self) -> list[float]:
        """Where a curve over it is computed: 121 places, or all whole numbers."""
        if self.whole:
            return [float(x) for x in range(math.ceil(self.low), math.floor(self.high) + 1)]
        return even(self.low, self.high, SAMPLES, bool(self.logarithmic))

    def rows(self, count: int) -> list[float]:
        """Where a table over it is computed, before rows that are the same are dropped."""
        places = even(self.low, self.high, count, bool(self.logarithmic))
        return [float(math.floor(x + 0.5)) for x in places] if self.whole else places

    def centres(self) -> list[float]:
        """The centres of 48 cells along it."""
        return even(self.low, self.high, 2 * CELLS + 1, bool(self.logarithmic))[1::2]

    def edges(self) -> list[float]:
        """The edges of these cells."""
        return even(self.low, self.high, CELLS + 1, bool(self.logarithmic))

    def spec(self) -> dict[str, Any]:
        """What the page's script needs."""
        return {
            "words": self.words,
            "symbol": self.of.symbol_html if isinstance(self.of, Quantity) else "",
            "unit": self.unit_words,
            "name": self.of.name if isinstance(self.of, Quantity) else None,
            "low": float(self.low),
            "high": float(self.high),
            "logarithmic": bool(self.logarithmic),
            "whole": self.whole,
        }
