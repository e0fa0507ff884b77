"""The marks of a plot, and bars."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from sgdlab.live.axes import SAMPLES, Axis
from sgdlab.live.formula import Formula, angle
from sgdlab.live.mark import NOT_DEFINED, Arrays, Mark
from sgdlab.live.simulation import Simulation


@dataclass(frozen=True, eq=False)
class Curve(Mark):
    """A line: `y` is an expression of the sliders and of the x axis's quantity."""

    KIND, FORMULAS, OPTIONS = "curve", ("y",), ("dashed", "undefined")
    y: Any
    words: str
    dashed: bool = False
    undefined: str = NOT_DEFINED

    def variables(self, axes: Sequence[Axis]) -> list[Any]:
        """The x axis's."""
        return self.needs(axes[:1])

    def places(self, axes: Sequence[Axis]) -> Arrays:
        """121 places along the x axis, or its whole numbers."""
        return {axes[0].variable.name: np.array(axes[0].samples())}

    def sample(self, axes: Sequence[Axis], formulas: Mapping[str, Formula], setting: Mapping[str, float]) -> Arrays:
        """`x` and `y`."""
        return {"x": np.array(axes[0].samples()), **super().sample(axes, formulas, setting)}


@dataclass(frozen=True, eq=False)
class Landscape(Curve):
    """The ground on which replicas move: a curve in black, whatever else the figure has."""

    COLOUR = 2


@dataclass(frozen=True, eq=False)
class Path(Mark):
    """A closed line: `x` and `y` are expressions of the sliders and of `angle`, which goes from 0 to 2 pi."""

    KIND, FORMULAS, OPTIONS = "path", ("x", "y"), ("dashed",)
    x: Any
    y: Any
    words: str
    dashed: bool = False

    def variables(self, axes: Sequence[Axis]) -> list[Any]:
        """The angle."""
        return [angle]

    def places(self, axes: Sequence[Axis]) -> Arrays:
        """121 angles, the last as the first."""
        return {angle.name: 2 * math.pi * np.arange(SAMPLES) / (SAMPLES - 1)}


def ellipse(covariance: Any, words: str, *, dashed: bool = False) -> Path:
    """The ellipse of two standard deviations of a covariance, a SymPy matrix (2, 2) of expressions."""
    a, b, c = covariance[0, 0], covariance[0, 1], covariance[1, 1]
    # Two columns of a square root: Cholesky's.
    across, up = b / sp.sqrt(a), sp.sqrt(c - b**2 / a)
    return Path(2 * sp.sqrt(a) * sp.cos(angle), 2 * (across * sp.cos(angle) + up * sp.sin(angle)), words, dashed)


@dataclass(frozen=True, eq=False)
class Heat(Mark):
    """Shades over the plane: `value` is an expression of the sliders and of both axes' quantities."""

    KIND, FORMULAS, OPTIONS = "heat", ("value",), ("low", "high", "logarithmic")
    value: Any
    words: str
    low: float
    high: float
    logarithmic: bool = False

    def __post_init__(self) -> None:
        if not (self.low < self.high and math.isfinite(self.high - self.low)):
            raise ValueError(f"{self.where}: low must be below high, both finite, got {self.low} and {self.high}")
        if self.logarithmic and self.low <= 0:
            raise ValueError(f"{self.where}: low must be > 0 where it is logarithmic, got {self.low}")

    def variables(self, axes: Sequence[Axis]) -> list[Any]:
        """Both axes'."""
        if axes[0].variable == axes[1].variable:
            raise ValueError(f"{self.where}: both axes are of one quantity")
        return self.needs(axes)

    def places(self, axes: Sequence[Axis]) -> Arrays:
        """The centres of 48 x 48 cells, row after row from the lowest y."""
        y, x = np.meshgrid(*(axis.centres() for axis in reversed(axes)), indexing="ij")
        return {axes[0].variable.name: x.ravel(), axes[1].variable.name: y.ravel()}


@dataclass(frozen=True, eq=False)
class Marker(Mark):
    """A dot at the current setting: `x` and `y` are expressions of the sliders."""

    KIND, FORMULAS = "marker", ("x", "y")
    x: Any
    y: Any
    words: str


@dataclass(frozen=True, eq=False)
class Handle(Mark):
    """A dot that the reader drags; `x` and `y` are the names of the two sliders that it moves."""

    KIND, OPTIONS, PREDICTS = "handle", ("x", "y"), False
    x: str
    y: str
    words: str


@dataclass(frozen=True, eq=False)
class Points(Mark):
    """Measured points with error bars at the places `at` (K,) of the x axis.

    `measured` is called with sliders by name (those among its arguments) and with `seed` if it takes one, and returns
    an object with `.value` and `.standard_error`, both (K,).
    """

    KIND, PREDICTS = "points", False
    measured: Callable[..., Any]
    words: str
    at: Sequence[float]

    def __post_init__(self) -> None:
        if not len(self.at) or any(b <= a for a, b in pairwise(self.at)):
            raise ValueError(f"{self.where}: at must be places on the x axis, ascending, got {list(self.at)}")


@dataclass(frozen=True, eq=False)
class Swarm(Mark):
    """Replicas as dots: `x` and `y` are expressions of the states of a simulation and of the sliders.

    `lifted`: each a few pixels above its place, by its own amount, so that those at one place can be seen apart.
    """

    KIND, FORMULAS, OPTIONS, PREDICTS = "swarm", ("x", "y"), ("lifted",), False
    simulation: Simulation
    x: Any
    y: Any
    words: str
    lifted: bool = False

    def variables(self, axes: Sequence[Axis]) -> list[Any]:
        """The states."""
        return self.simulation.states


@dataclass(frozen=True, eq=False)
class Trace(Mark):
    """Mean over replicas, with its standard error, against time; `value` is as in Swarm. The x axis is time."""

    KIND, FORMULAS, PREDICTS = "trace", ("value",), False
    simulation: Simulation
    value: Any
    words: str

    def __post_init__(self) -> None:
        if self.simulation.duration is None:
            raise ValueError(f"{self.where}: its simulation has no clock; give it a duration")

    def variables(self, axes: Sequence[Axis]) -> list[Any]:
        """The states."""
        return self.simulation.states


@dataclass(frozen=True, eq=False)
class Bar(Mark):
    """A bar: `value` is an expression of the sliders; `measured` as in Points, but of scalars."""

    KIND, FORMULAS, OPTIONS = "bar", ("value",), ("undefined",)
    value: Any
    words: str
    measured: Callable[..., Any] | None = None
    undefined: str = NOT_DEFINED

    def sample(self, axes: Sequence[Axis], formulas: Mapping[str, Formula], setting: Mapping[str, float]) -> Arrays:
        """`y`, one number."""
        return {"y": np.atleast_1d(formulas["value"](setting))}
