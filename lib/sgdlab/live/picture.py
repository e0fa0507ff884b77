"""The picture of a figure at its start, for readers without script: matplotlib, in the book's style."""

import io
import textwrap
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize, to_rgba
from matplotlib.figure import Figure
from matplotlib.style import context
from numpy.typing import NDArray
from PIL import Image

from sgdlab.laws.quantities import Quantity
from sgdlab.live.axes import CELLS, Axis
from sgdlab.live.marks import Bar, Curve, Handle, Heat, Path, Points, Swarm, Trace
from sgdlab.live.scene import Placed, Scene
from sgdlab.live.simulation import Simulation
from sgdlab.live.views import Bars, Plot, View

WIDTH, DPI = 7, 100
_PALETTE = 128
_SHAPES = "os^"
_DARKEST = 0.6  # of a heat map's shades
_MEASURED_ON_BARS = 2  # the colour of points that stand on bars of other colours


def picture(scene: Scene) -> bytes:
    """A PNG, the same bytes each time; no setting of matplotlib is changed."""
    columns = min(2, len(scene.views))
    rows = -(-len(scene.views) // columns)
    with context(["default", "sgdlab.figures.book"]):
        figure = Figure(figsize=(WIDTH, (3.6 if columns == 1 else 3.0) * rows), dpi=DPI)
        for number, (view, marks) in enumerate(scene.views):
            _draw(figure.add_subplot(rows, columns, number + 1), scene, view, marks, columns)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", dpi=DPI)
    packed = io.BytesIO()
    image = Image.open(drawn).convert("RGB").quantize(_PALETTE, Image.Quantize.FASTOCTREE)
    image.save(packed, format="png", optimize=True)
    return packed.getvalue()


def _draw(plot: Any, scene: Scene, view: View, marks: tuple[Placed, ...], columns: int) -> None:
    width = 90 // columns
    plot.set_title(textwrap.fill(_plain(view.words), width))
    plot.set_ylabel(textwrap.fill(_label(view.axes[-1]), 40))
    plot.set_ylim(view.axes[-1].low, view.axes[-1].high)
    plot.set_yscale("log" if view.axes[-1].logarithmic else "linear")
    if isinstance(view, Bars):
        _draw_bars(plot, scene, view, marks)
    else:
        plot.set_xlabel(textwrap.fill(_label(view.axes[0]), width))
        plot.set_xscale("log" if view.axes[0].logarithmic else "linear")
        plot.set_xlim(view.axes[0].low, view.axes[0].high)
        for placed in marks:
            _draw_mark(plot, scene, view, placed)
        plot.legend(loc="best")
        if isinstance(view, Plot) and view.square:
            plot.set_box_aspect(1)
    missing = dict.fromkeys(_missing(scene, view, placed) for placed in marks)
    if words := "; ".join(filter(None, missing)):
        plot.text(0.98, 0.98, _plain(f"Left out: {words}."), transform=plot.transAxes, ha="right", va="top", fontsize=7)


def _draw_bars(plot: Any, scene: Scene, view: View, bars: tuple[Placed, ...]) -> None:
    for place, bar in enumerate(bars):
        height = bar.mark.sample(view.axes, bar.formulas, scene.start)["y"][0] - view.axes[0].low
        plot.bar(place, height, width=0.6, bottom=view.axes[0].low, color=f"C{bar.colour}")
        if bar.grid is not None:
            value, error = scene.measured(bar.grid)
            plot.errorbar(place, value, error, fmt="^", color=f"C{_MEASURED_ON_BARS}")
    plot.set_xlim(-0.5, len(bars) - 0.5)
    plot.set_xticks(range(len(bars)), [textwrap.fill(_plain(bar.mark.words), 14) for bar in bars])


def _draw_mark(plot: Any, scene: Scene, view: View, placed: Placed) -> None:
    mark, colour, label = placed.mark, f"C{placed.colour}", _plain(placed.mark.words)
    data = mark.sample(view.axes, placed.formulas, scene.start) if mark.PREDICTS else {}
    match mark:
        case Curve() | Path():
            plot.plot(data["x"], data["y"], "--" if mark.dashed else "-", color=colour, label=label)
        case Heat():
            shades = LinearSegmentedColormap.from_list("shades", [to_rgba(colour, 0), to_rgba(colour, _DARKEST)])
            norm = (LogNorm if mark.logarithmic else Normalize)(mark.low, mark.high)
            edges = [axis.edges() for axis in view.axes]
            plot.pcolormesh(*edges, data["value"].reshape(CELLS, CELLS), cmap=shades, norm=norm)
            plot.plot([], [], "s", color=colour, alpha=_DARKEST, label=label)
        case Points() if placed.grid is not None:
            shape = _SHAPES[(placed.colour or 0) % len(_SHAPES)]
            plot.errorbar(mark.at, *scene.measured(placed.grid), fmt=shape, color=colour, label=label)
        case Swarm():
            steps = mark.simulation.steps_at(scene.start)
            if mark.simulation.duration is not None:
                steps = -(-steps // 3)  # on its way
            states = mark.simulation.run(scene.start, steps)
            x, y = (placed.formulas[name](scene.start, **states) for name in ("x", "y"))
            plot.plot(x, y, "o", color=colour, alpha=0.5, markersize=3, markeredgewidth=0, label=label)
        case Trace():
            time, mean, error = _history(placed, mark.simulation, scene.start)
            plot.fill_between(time, mean - error, mean + error, color=colour, alpha=0.25, linewidth=0)
            plot.plot(time, mean, color=colour, label=label)
        case Handle():
            plot.plot(scene.start[mark.x], scene.start[mark.y], "o", color="C6", markersize=9, label=label)
        case _:
            plot.plot(data["x"], data["y"], "o", color=colour, markersize=6, label=label)


def _history(placed: Placed, simulation: Simulation, setting: dict[str, float]) -> NDArray[np.float64]:
    """Time, mean over replicas and its standard error, as rows."""
    steps = simulation.steps_at(setting)
    every = -(-steps // simulation.frames)
    rows = []
    for count, (time, states) in enumerate(simulation.course(setting, steps)):
        if count % every == 0 or count == steps:
            value = placed.formulas["value"](setting, **states)
            rows.append((time, value.mean(), value.std(ddof=1) / np.sqrt(len(value)) if len(value) > 1 else 0))
    return np.array(rows).T


def _missing(scene: Scene, view: View, placed: Placed) -> str | None:
    """What the author says of a curve or bar where it is not defined."""
    if not isinstance(placed.mark, Curve | Bar):
        return None
    y = placed.mark.sample(view.axes, placed.formulas, scene.start)["y"]
    return None if np.isfinite(y).all() else placed.mark.undefined


def _plain(words: str) -> str:
    """Words in which no dollar begins a formula."""
    return words.replace("$", r"\$")


def _label(axis: Axis) -> str:
    letter = f" ${axis.of.latex}$" if isinstance(axis.of, Quantity) else ""
    return f"{_plain(axis.words)}{letter}{f' ({axis.unit_words})' if axis.unit_words else ''}"
