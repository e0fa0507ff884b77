"""A simulation for live figures: SGD with Gaussian noise in double wells, until it reaches the other minimum."""

from collections.abc import Mapping
from typing import Any

import sympy as sp

from sgdlab.laws import minibatch_noise as laws
from sgdlab.laws import quantities as q
from sgdlab.live.simulation import Simulation, standard_normal

_SPREAD = sp.Rational(1, 12)  # of the start


def state(name: str) -> tuple[Any, Any]:
    """The states of the double well `name`: the position, and 1 once the minimum at +1 has been reached, before 0."""
    position, gone = sp.symbols(f"x_{name} gone_{name}", real=True)
    return position, gone


def escapes(
    losses: Mapping[str, Any], strengths: Mapping[str, Any], *, wall: Any, replicas: int, duration: int
) -> Simulation:
    """Steps of SGD in double wells with minima at -1 and +1, started near -1; all get the same random numbers.

    The noise of a step is Gaussian, of the variance of the law `decoupled_covariance`. A replica that has reached +1 is
    not let back beyond 0. One step is one unit of time.

    Args:
        losses: by name, an expression of `quantities.position`.
        strengths: by name, the loss L that sets the noise: the landscape's own where noise is proportional to the loss.
        wall: no replica goes beyond +-wall.
        replicas, duration: as in `Simulation`.
    """
    x, eta = q.position.symbol, q.learning_rate.symbol
    factor = laws.decoupled_covariance.expression.as_coeff_matrices()[0]
    start: dict[Any, Any] = {}
    step: dict[Any, Any] = {}
    for name, loss in losses.items():
        position, gone = state(name)
        variance = loss.diff(x, 2).subs(x, 1) * factor.subs(q.loss.symbol, strengths[name])
        moved = (x - eta * loss.diff(x) + eta * sp.sqrt(variance) * standard_normal(1)).subs(x, position)
        start |= {position: -1 + _SPREAD * standard_normal(1), gone: 0}
        step |= {
            position: sp.Min(wall, sp.Max(-wall * (1 - gone), moved)),
            gone: sp.Piecewise((1, moved >= 1), (gone, True)),
        }
    return Simulation(start=start, step=step, replicas=replicas, duration=duration, frames=duration)
