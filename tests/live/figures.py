"""A figure with every kind of mark, for the tests of what is made from it."""

import numpy as np
import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.live import (
    Axis,
    Bar,
    Bars,
    Choice,
    Curve,
    Handle,
    Heat,
    Marker,
    Path,
    Plot,
    Points,
    Question,
    Simulation,
    Slider,
    Swarm,
    Trace,
    angle,
    explore,
    standard_normal,
)
from sgdlab.measure import Estimate

B, k, delta, margin = (quantity.symbol for quantity in (q.batch_size, q.n_batches, q.displacement, q.margin))
x = sp.Symbol("x", real=True)
N = 80
NOISE = Choice("noise", "noise", ["thermal", "of the loss"])
EPOCH = sp.Piecewise((k * (N - k * B) / (B * (N - 1)), k * B <= N), (sp.nan, True))


def sgd(batch_size, seed):
    places = np.array([2.0, 4.0, 8.0])
    return Estimate(places / batch_size * (1 + 0.05 * np.random.default_rng(seed).standard_normal(3)), places / 100)


def everything(**changes):
    """`explore` with a figure of all marks; `changes` to its arguments."""
    walk = Simulation(
        {x: -1},
        {x: x - 0.16 * x * (x**2 - 1) + sp.sqrt(0.04 + 0.02 * NOISE.symbol) * standard_normal(1)},
        replicas=120,
        time_step=0.05,
        duration=10,
    )
    views = (
        Bars(
            Axis("variance", 0, 2),
            Bar(1 / B, "with replacement", measured=lambda batch_size: Estimate(1 / batch_size, 0.05)),
            Bar(EPOCH, "reshuffled", undefined="an epoch has no more batches"),
            words="One sum",
        ),
        Plot(
            Axis(q.n_batches, 0, 16),
            Axis(q.variance, 0, 4),
            Curve(k / B, "with replacement"),
            Curve(EPOCH, "reshuffled", dashed=True, undefined="an epoch has no more batches"),
            Points(sgd, "SGD", at=[2, 4, 8]),
            Marker(k, EPOCH, "here"),
            words="Against time",
        ),
        Plot(
            Axis(q.displacement, -1.8, 1.8),
            Axis("loss", 0, 3),
            Curve((delta**2 - 1) ** 2, "loss"),
            Swarm(walk, x, (x**2 - 1) ** 2, "replicas"),
            words="Two valleys",
        ),
        Plot(Axis("time", 0, 10), Axis("x", -1, 1), Trace(walk, x * B / B, "replicas"), words="Mean"),
        Plot(
            Axis(q.displacement, -2, 2),
            Axis(q.margin, 1, 100, logarithmic=True),
            Heat(delta**2 + sp.log(margin), "loss", 0.1, 10, logarithmic=True),
            Path(sp.cos(angle) * B / 8, 10 + sp.sin(angle), "reshuffled"),
            Handle("n_batches", "batch_size", "drag me"),
            words="Map",
        ),
    )
    arguments = {
        "name": "everything",
        "views": views,
        "sliders": [Slider(q.batch_size, values=[1, 2, 4, 10], start=4), Slider(q.n_batches, 1, 16, start=6), NOISE],
        "alt": 'Bars & "lines" <b>',
        "surprises": [({"batch_size": 10, "noise": "of the loss"}, "Nothing is left.")],
        "question": Question("Which?", ["this", "that"], 1, why="So it is."),
    } | changes
    name, views = arguments.pop("name"), arguments.pop("views")
    return explore(name, *views, **arguments)
