"""The numbers of a figure at its start, as tables: what is read where there is no script, or no picture."""

import html
from collections.abc import Sequence

from sgdlab.live.axes import SAMPLES
from sgdlab.live.controls import Choice
from sgdlab.live.marks import Curve, Path, Points
from sgdlab.live.numbers import DASH, in_short, three_digits, with_error
from sgdlab.live.scene import Placed, Scene
from sgdlab.live.views import Bars, View

_ROWS = 7
_MOST_PLACES = 12


def setting_in_words(scene: Scene) -> str:
    """The setting at the beginning: "learning rate 0.1, batch size 8"."""
    return ", ".join(
        f"{control.words} {control.options[control.start]}"
        if isinstance(control, Choice)
        else f"{control.words} {in_short(control.positions[control.start_index])}"
        for control in scene.controls
    )


def tables(scene: Scene) -> str:
    """A table for each view that has bars, curves or points."""
    made = [
        _bars(scene, view, marks) if isinstance(view, Bars) else _plot(scene, view, marks)
        for view, marks in scene.views
    ]
    return "".join(made)


def _bars(scene: Scene, view: View, bars: Sequence[Placed]) -> str:
    measured = any(bar.grid is not None for bar in bars)
    rows = []
    for bar in bars:
        row = [bar.mark.words, three_digits(bar.mark.sample(view.axes, bar.formulas, scene.start)["y"][0])]
        if bar.grid is not None:
            value, error = scene.measured(bar.grid)
            row.append(with_error(value[0], error[0]))
        elif measured:
            row.append(DASH)
        rows.append(row)
    return _table(view.words, ["", view.axes[0].words, *(["measured"] if measured else [])], rows)


def _plot(scene: Scene, view: View, marks: Sequence[Placed]) -> str:
    columns = [placed for placed in marks if isinstance(placed.mark, Curve | Points)]
    if not columns:
        return _paths(scene, view, [placed for placed in marks if isinstance(placed.mark, Path)])
    x_axis = view.axes[0]
    places = [x for placed in columns if isinstance(placed.mark, Points) for x in map(float, placed.mark.at)]
    xs = sorted({*x_axis.rows(_ROWS), *(places if len(places) <= _MOST_PLACES else [])})
    cells = [_column(scene, view, placed, xs) for placed in columns]
    rows = [[in_short(x), *row] for x, row in zip(xs, zip(*cells, strict=True), strict=True)]
    return _table(view.words, [x_axis.words, *(placed.mark.words for placed in columns)], rows)


def _paths(scene: Scene, view: View, paths: Sequence[Placed]) -> str:
    """Closed lines, at eight places, none of them on an axis, where a coordinate is 0 but for rounding."""
    if not paths:
        return ""
    drawn = [path.mark.sample(view.axes, path.formulas, scene.start) for path in paths]
    places = range((SAMPLES - 1) // 24, SAMPLES - 1, (SAMPLES - 1) // 8)
    rows = [
        [f"{45 * eighth + 15}°", *(three_digits(line[axis][place]) for line in drawn for axis in ("x", "y"))]
        for eighth, place in enumerate(places)
    ]
    return _table(view.words, ["angle", *(f"{path.mark.words}, {axis}" for path in paths for axis in ("x", "y"))], rows)


def _column(scene: Scene, view: View, placed: Placed, xs: list[float]) -> list[str]:
    if isinstance(placed.mark, Points) and placed.grid is not None:
        value, error = scene.measured(placed.grid)
        found = {float(x): with_error(v, e) for x, v, e in zip(placed.mark.at, value, error, strict=True)}
        return [found.get(x, "") for x in xs]
    return [three_digits(y) for y in placed.formulas["y"](scene.start, **{view.axes[0].variable.name: xs})]


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    titles = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{html.escape(first)}</th>{"".join(f"<td>{html.escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    )
