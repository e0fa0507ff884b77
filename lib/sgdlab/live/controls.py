"""What the reader can move: sliders over a quantity, and choices."""

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from sgdlab.laws.javascript import check_identifier
from sgdlab.laws.letters import unit_words
from sgdlab.laws.quantities import Quantity
from sgdlab.live.numbers import three_digits

POSITIONS = 121


def even(low: float, high: float, count: int, logarithmic: bool) -> list[float]:
    """`count` numbers from low to high, even in the logarithm if wished, as the page's script computes them."""
    last = count - 1
    if logarithmic:
        return [low * (high / low) ** (i / last) for i in range(count)]
    return [(low * (last - i) + high * i) / last for i in range(count)]


@dataclass(frozen=True, eq=False)
class Slider:
    """A slider over a quantity. It has positions, all known in advance: `positions`.

    Attributes:
        quantity: a scalar; gives name, words, letter, unit and domain.
        low, high: the ends; the quantity's usual range where they are not given.
        start: the value at which it begins; one of `values` where they are given, else a position of its own.
        values: the positions, ascending; else at most 122 are made, even in the logarithm where the quantity is
            logarithmic and low > 0, of three digits each.
        whole: whether the positions made are whole numbers; always so for what counts.

    Raises:
        ValueError: names the quantity and what is wrong: range, domain, order, or start.
    """

    quantity: Quantity
    low: float | None = None
    high: float | None = None
    _: KW_ONLY
    start: float
    values: Sequence[float] | None = None
    whole: bool = False
    positions: tuple[float, ...] = field(init=False)
    start_index: int = field(init=False)

    def __post_init__(self) -> None:
        name = self.quantity.name
        check_identifier(name)
        if self.quantity.kind != "scalar":
            raise ValueError(f"{name} is a {self.quantity.kind}; a slider needs a scalar")
        positions = self._made() if self.values is None else self._given(self.values)
        self.quantity.check(positions)
        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "start_index", self.index_of(self.start))

    def _given(self, values: Sequence[float]) -> tuple[float, ...]:
        name = self.quantity.name
        if self.low is not None or self.high is not None:
            raise ValueError(f"slider {name}: give values, or low and high, not both")
        given = tuple(float(value) for value in values)
        if len(given) < 2 or any(b <= a for a, b in pairwise(given)):
            raise ValueError(f"slider {name}: values must be at least 2 and ascending, got {list(values)}")
        return given

    def _made(self) -> tuple[float, ...]:
        quantity = self.quantity
        usual = quantity.slider or (None, None)
        low = usual[0] if self.low is None else self.low
        high = usual[1] if self.high is None else self.high
        if low is None or high is None:
            raise ValueError(f"slider {quantity.name}: low and high must be given, it has no usual range")
        quantity.check([low, high])
        if not low < high:
            raise ValueError(f"slider {quantity.name}: low must be below high, got {low} and {high}")
        whole = self.whole or quantity.integer or quantity.counts
        if whole and not (float(low).is_integer() and float(high).is_integer()):
            raise ValueError(f"slider {quantity.name}: low and high must be whole numbers, got {low} and {high}")
        between = even(low, high, POSITIONS, quantity.logarithmic and low > 0)[1:-1]
        rounded = {float(round(x)) if whole else float(three_digits(x)) for x in between}
        start = {float(self.start)} if low <= self.start <= high else set()
        return tuple(sorted({float(low), float(high)} | start | {x for x in rounded if low < x < high}))

    def index_of(self, value: Any) -> int:
        """The position of a value. Raises ValueError where it is none of given `values`, or outside low to high."""
        self.quantity.check(value)
        first, last = self.positions[0], self.positions[-1]
        nearest = int(np.argmin([abs(position - value) for position in self.positions]))
        if self.values is not None and not math.isclose(self.positions[nearest], value, rel_tol=1e-9):
            raise ValueError(f"{self.name} must be one of its values {list(self.values)}, got {value}")
        if not first <= value <= last:
            raise ValueError(f"{self.name} must be from {first:g} to {last:g}, got {value}")
        return nearest

    def check(self, value: Any) -> float:
        """A value of the quantity as a number, at a position or not. Raises ValueError outside its domain."""
        return float(self.quantity.check(value))

    @property
    def name(self) -> str:
        """The name in expressions, in measuring functions and in settings."""
        return self.quantity.name

    @property
    def key(self) -> str:
        """The name in the page's address."""
        return self.quantity.key

    @property
    def words(self) -> str:
        """What the reader sees."""
        return self.quantity.words

    @property
    def symbol(self) -> Any:
        """The SymPy symbol in expressions."""
        return self.quantity.symbol

    def spec(self) -> dict[str, Any]:
        """What the page's script needs."""
        return {
            "kind": "range",
            "name": self.name,
            "key": self.key,
            "words": self.words,
            "symbol": self.quantity.symbol_html,
            "unit": unit_words(self.quantity.unit),
            "values": [int(x) if x.is_integer() else x for x in self.positions],
            "start": self.start_index,
        }


@dataclass(frozen=True, eq=False)
class Choice:
    """Radio buttons; in expressions, settings and measuring functions the index of the option chosen.

    Raises:
        ValueError: a name that JavaScript cannot have, fewer than two options, or a start that is no index of them.
    """

    name: str
    words: str
    options: Sequence[str]
    start: int = 0

    def __post_init__(self) -> None:
        check_identifier(self.name)
        if len(set(self.options)) < max(2, len(self.options)):
            raise ValueError(f"choice {self.name}: options must be at least 2, all different, got {list(self.options)}")
        self.index_of(self.start)

    @property
    def key(self) -> str:
        """The name in the page's address."""
        return self.name

    @property
    def symbol(self) -> Any:
        """The SymPy symbol of the index."""
        return sp.Symbol(self.name, integer=True)

    @property
    def positions(self) -> tuple[float, ...]:
        """The indices."""
        return tuple(float(index) for index in range(len(self.options)))

    @property
    def start_index(self) -> int:
        """The option at the beginning."""
        return self.start

    def index_of(self, value: Any) -> int:
        """The index of an option, given as itself or as its words. Raises ValueError where there is none."""
        if value in self.options:
            return list(self.options).index(value)
        if value not in range(len(self.options)):
            raise ValueError(f"{self.name} must be from 0 to {len(self.options) - 1}, got {value!r}")
        return int(value)

    def check(self, value: Any) -> float:
        """The index of an option as a number, as `index_of`."""
        return float(self.index_of(value))

    def spec(self) -> dict[str, Any]:
        """What the page's script needs."""
        names = {"kind": "choice", "name": self.name, "key": self.key, "words": self.words}
        return {**names, "options": list(self.options), "start": self.start}


Control = Slider | Choice
