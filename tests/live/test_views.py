import math

import pytest
import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.live import Axis, Bar, Bars, Curve, Handle, Heat, Plot, Points, Question, Simulation, Slider, Trace, explore

X, Y = Axis(q.displacement, -1, 1), Axis(q.margin, -1, 1)
x = sp.Symbol("x", real=True)


def drawn(*marks, axes=(X, Y)):
    return explore("try", Plot(*axes, *marks, words="v"), sliders=[Slider(q.batch_size, start=8)], alt="a")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Plot(X, Y, Curve(1, "c"), words=" "), "Plot needs words"),
        (lambda: Plot(X, Y, words="v"), 'Plot "v" is empty'),
        (lambda: Plot(X, Curve(1, "c"), words="v"), 'Plot "v": an Axis is needed'),
        (lambda: Plot(X, Y, Bar(1, "b"), words="v"), 'Plot "v": a Bar cannot stand in it'),
        (lambda: Bars(Y, Curve(1, "c"), words="v"), 'Bars "v": a Curve cannot stand in it'),
        (lambda: Plot(X, Y, Curve(1, ""), words="v"), 'Plot "v": a Curve without words'),
        (lambda: Plot(X, Y, Curve(1, "c"), Curve(2, "c"), words="v"), r"each mark needs its own words, got \['c'\]"),
        (lambda: Question("?", ["a"], 0, why=""), "options must be at least 2"),
        (lambda: Question("?", ["a", "b"], 2, why=""), "answer must be from 0 to 1, got 2"),
        (lambda: Points(len, "p", at=[]), 'Points "p": at must be places on the x axis, ascending'),
        (lambda: Points(len, "p", at=[2, 1]), 'Points "p": at must be'),
        (lambda: Heat(1, "h", 1, 1), 'Heat "h": low must be below high'),
        (lambda: Heat(1, "h", 0, math.inf), 'Heat "h": low must be below high, both finite'),
        (lambda: Heat(1, "h", 0, 1, logarithmic=True), 'Heat "h": low must be > 0'),
        (lambda: drawn(Heat(1, "h", 0, 1), axes=(X, X)), 'Heat "h": both axes are of one quantity'),
        (lambda: drawn(Heat(1, "h", 0, 1), axes=(X, Axis("y", 0, 1))), 'Heat "h": axis "y" has words alone'),
        (
            lambda: Trace(Simulation({x: 0}, {x: x}, replicas=1, steps=3), x, "t"),
            'Trace "t": its simulation has no clock',
        ),
        (
            lambda: drawn(Handle("batch_size", "loss", "drag")),
            "Handle \"drag\": no slider is named 'loss'; there are batch_size",
        ),
    ],
)
def test_what_is_wrong_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
