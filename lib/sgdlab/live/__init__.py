"""Live figures: one spec, made here, drawn by one script in a notebook and in the built book."""

from sgdlab.live.axes import Axis
from sgdlab.live.controls import Choice, Slider
from sgdlab.live.explorer import Explorer, explore
from sgdlab.live.formula import angle
from sgdlab.live.marks import Bar, Curve, Handle, Heat, Landscape, Marker, Path, Points, Swarm, Trace, ellipse
from sgdlab.live.simulation import Simulation, standard_normal
from sgdlab.live.views import Bars, Plot, Question

__all__ = [
    "Axis",
    "Bar",
    "Bars",
    "Choice",
    "Curve",
    "Explorer",
    "Handle",
    "Heat",
    "Landscape",
    "Marker",
    "Path",
    "Plot",
    "Points",
    "Question",
    "Simulation",
    "Slider",
    "Swarm",
    "Trace",
    "angle",
    "ellipse",
    "explore",
    "standard_normal",
]
