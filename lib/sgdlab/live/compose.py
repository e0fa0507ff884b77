"""From what an author wrote to a figure: check everything, number it, then measure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sgdlab.laws.javascript import check_identifier
from sgdlab.live.controls import Control, Slider
from sgdlab.live.formula import Formula
from sgdlab.live.mark import Mark
from sgdlab.live.marks import Handle, Points
from sgdlab.live.measurement import Measurement
from sgdlab.live.scene import Placed, Scene
from sgdlab.live.views import Question, View

COLOURS = 7
_NAME = re.compile(r"[a-z][a-z0-9-]*")
# The script and the address have other uses for these.
_TAKEN = re.compile(r"angle|figure|seed|normal_\d+")


def compose(
    name: str,
    views: Sequence[View],
    controls: Sequence[Control],
    alt: str,
    surprises: Sequence[tuple[Mapping[str, Any], str]],
    question: Question | None,
) -> Scene:
    """Check everything, then measure.

    Raises:
        ValueError: names the part and what is wrong with it.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"name must be lower-case letters, digits and hyphens, got {name!r}")
    if not alt.strip():
        raise ValueError(f"figure {name}: alt must say what is to be seen")
    _check_controls(controls)
    _check_views(name, views)
    marks = [mark for view in views for mark in view.marks]
    simulations = list(dict.fromkeys(mark.simulation for mark in marks if hasattr(mark, "simulation")))
    for simulation in simulations:
        simulation.require([control.symbol for control in controls])
    measurements = {mark: _measurement(mark, controls) for mark in marks if getattr(mark, "measured", None)}
    colours = _colours(name, marks)

    def place(mark: Mark, view: View) -> Placed:
        if isinstance(mark, Handle):
            _check_handle(mark, controls)
        return Placed(
            mark,
            dict(_formulas(mark, view, controls)),
            colour=colours.get(mark.words) if not isinstance(mark, Handle) else None,
            simulation=simulations.index(mark.simulation) if hasattr(mark, "simulation") else None,
            grid=list(measurements).index(mark) if mark in measurements else None,
        )

    scene = Scene(
        name,
        alt,
        tuple(controls),
        tuple((view, tuple(place(mark, view) for mark in view.marks)) for view in views),
        tuple(simulations),
        (),
        tuple(_surprise(setting, words, controls) for setting, words in surprises),
        question,
    )
    scene.values({})  # each formula once, before what takes long
    for simulation in simulations:
        simulation.steps_at(scene.start)
    return replace(scene, grids=tuple(measurement.over_all() for measurement in measurements.values()))


def _check_controls(controls: Sequence[Control]) -> None:
    for what, names in (("name", [c.name for c in controls]), ("key", [c.key for c in controls])):
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"sliders: two have the {what} {', '.join(twice)}")
    for control in controls:
        check_identifier(control.name)
        if _TAKEN.fullmatch(control.name) or _TAKEN.fullmatch(control.key):
            raise ValueError(f"sliders: {control.name} ({control.key}) is a name that is taken")


def _check_views(name: str, views: Sequence[View]) -> None:
    if not views:
        raise ValueError(f"figure {name} has no view")
    for view in views:
        if not isinstance(view, View):
            raise ValueError(f"figure {name}: a view is Plot or Bars, got {view!r}")
    titles = [view.words for view in views]
    if len(set(titles)) < len(titles):
        raise ValueError(f"figure {name}: each view needs its own words, got {titles}")


def _colours(name: str, marks: Sequence[Mark]) -> dict[str, int]:
    """A number for each of the marks' words, in order; a handle has the accent colour instead."""
    own = {mark.words: mark.COLOUR for mark in marks if mark.COLOUR is not None}
    others = dict.fromkeys(m.words for m in marks if m.words not in own and not isinstance(m, Handle))
    free = [number for number in range(COLOURS) if number not in own.values()]
    if len(others) > len(free):
        raise ValueError(f"figure {name}: {len(others)} colours are needed, there are {len(free)}")
    return own | dict(zip(others, free, strict=False))


def _formulas(mark: Mark, view: View, controls: Sequence[Control]) -> Iterator[tuple[str, Formula]]:
    known = [control.symbol for control in controls] + mark.variables(view.axes)
    for name in mark.FORMULAS:
        formula = Formula(f"{mark.where}, {name}", getattr(mark, name))
        formula.require(known)
        yield name, formula


def _measurement(mark: Any, controls: Sequence[Control]) -> Measurement:
    return Measurement.of(mark.where, mark.measured, mark.at if isinstance(mark, Points) else None, controls)


def _check_handle(mark: Handle, controls: Sequence[Control]) -> None:
    sliders = [control.name for control in controls if isinstance(control, Slider)]
    for name in (mark.x, mark.y):
        if name not in sliders:
            raise ValueError(f"{mark.where}: no slider is named {name!r}; there are {', '.join(sliders) or 'none'}")


def _surprise(setting: Mapping[str, Any], words: str, controls: Sequence[Control]) -> tuple[dict[str, int], str]:
    by_name = {control.name: control for control in controls}
    if unknown := sorted(setting.keys() - by_name.keys()):
        raise ValueError(
            f"surprises: no slider is named {', '.join(unknown)}; there are {', '.join(by_name) or 'none'}"
        )
    return {name: by_name[name].index_of(value) for name, value in setting.items()}, words
