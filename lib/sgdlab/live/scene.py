"""A figure: all that its author gave, checked, numbered and measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgdlab.live.controls import Control
from sgdlab.live.formula import Formula
from sgdlab.live.mark import Arrays, Mark
from sgdlab.live.marks import Bar
from sgdlab.live.measurement import Grid
from sgdlab.live.simulation import Simulation
from sgdlab.live.views import Bars, Plot, Question, View


@dataclass(frozen=True, eq=False)
class Placed:
    """A mark in its view: its formulas by name, and the numbers of its colour, simulation and grid, or None."""

    mark: Mark
    formulas: dict[str, Formula]
    colour: int | None
    simulation: int | None
    grid: int | None


@dataclass(frozen=True, eq=False)
class Scene:
    """All that a figure consists of; made by `compose.compose`."""

    name: str
    alt: str
    controls: tuple[Control, ...]
    views: tuple[tuple[View, tuple[Placed, ...]], ...]
    simulations: tuple[Simulation, ...]
    grids: tuple[Grid, ...]
    surprises: tuple[tuple[dict[str, int], str], ...]
    question: Question | None

    @property
    def start(self) -> dict[str, float]:
        """The setting at the beginning."""
        return {control.name: control.positions[control.start_index] for control in self.controls}

    def setting(self, given: Mapping[str, float]) -> dict[str, float]:
        """A whole setting: what is not given is as at the beginning. Raises ValueError for names or values unknown."""
        by_name = {control.name: control for control in self.controls}
        if unknown := sorted(given.keys() - by_name.keys()):
            raise ValueError(f"no slider is named {', '.join(unknown)}; there are {', '.join(by_name) or 'none'}")
        return self.start | {name: by_name[name].check(value) for name, value in given.items()}

    def values(self, given: Mapping[str, float]) -> dict[str, dict[str, Arrays]]:
        """What the formulas predict at a setting, by words of view and mark."""
        setting = self.setting(given)
        return {
            view.words: {
                placed.mark.words: placed.mark.sample(view.axes, placed.formulas, setting)
                for placed in marks
                if placed.mark.PREDICTS
            }
            for view, marks in self.views
        }

    def measured(self, grid: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a grid holds at the beginning: value and standard error, both (K,)."""
        return self.grids[grid].at({control.name: control.start_index for control in self.controls})

    def spec(self) -> dict[str, Any]:
        """What the page's script draws; deterministic, and JSON can hold it."""
        return {
            "version": 1,
            "name": self.name,
            "alt": self.alt,
            "controls": [control.spec() for control in self.controls],
            "simulations": [simulation.spec() for simulation in self.simulations],
            "grids": [grid.spec() for grid in self.grids],
            "views": [_view(view, marks) for view, marks in self.views],
            "surprises": [{"setting": setting, "words": words} for setting, words in self.surprises],
            "question": None if self.question is None else self.question.spec(),
            "runnable": bool(self.grids),
        }


def _view(view: View, marks: tuple[Placed, ...]) -> dict[str, Any]:
    axes = [axis.spec() for axis in view.axes]
    drawn = [_mark(placed) for placed in marks]
    if isinstance(view, Bars):
        return {"kind": "bars", "words": view.words, "y": axes[0], "bars": drawn}
    square = isinstance(view, Plot) and view.square
    return {"kind": "plot", "words": view.words, "square": square, "x": axes[0], "y": axes[1], "marks": drawn}


def _mark(placed: Placed) -> dict[str, Any]:
    mark = placed.mark
    numbers = {"colour": placed.colour, "simulation": placed.simulation, "grid": placed.grid}
    return {
        **({} if isinstance(mark, Bar) else {"kind": mark.KIND}),
        "words": mark.words,
        **{name: number for name, number in numbers.items() if number is not None},
        **({"grid": placed.grid} if isinstance(mark, Bar) else {}),
        **{name: formula.javascript for name, formula in placed.formulas.items()},
        **{name: getattr(mark, name) for name in mark.OPTIONS},
    }
