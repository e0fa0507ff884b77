"""The propagator of distance and velocity in one eigendirection, under the underdamped Langevin equation of SGD."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.damped_oscillator import DampedOscillator
from sgdlab.laws.law import as_result
from sgdlab.laws.modes import check_curvature, two_by_two
from sgdlab.laws.phase_space import damping_rate, natural_frequency_law, propagator_21


def natural_frequency(
    curvature: ArrayLike, learning_rate: ArrayLike, momentum: ArrayLike, weight_decay: ArrayLike = 0.0
) -> Any:
    """The frequency omega that an eigendirection would oscillate at without friction, per unit of t = eta x steps.

    Args:
        curvature: h >= 0.
        learning_rate, momentum, weight_decay: eta, beta, lambda; everything broadcasts.

    Returns:
        float64 of the broadcast shape, a float where there are no axes.

    Raises:
        ValueError: names the argument and its range.

    Source: in the form of Kunin et al. 2024, as in the authors' code; law `natural_frequency`.
    """
    pull = check_curvature(curvature) + q.weight_decay.check(weight_decay)  # h and lambda enter by their sum
    restored = pull > 0
    frequency = natural_frequency_law(
        curvature=np.where(restored, pull, 1.0), learning_rate=learning_rate, momentum=momentum, weight_decay=0.0
    )
    return as_result(np.where(restored, frequency, 0.0))


def oscillator(curvature: ArrayLike, learning_rate: ArrayLike, momentum: ArrayLike, weight_decay: ArrayLike) -> Any:
    """The damped oscillator of an eigendirection: a `DampedOscillator` of the broadcast shape."""
    frequency = natural_frequency(curvature, learning_rate, momentum, weight_decay)
    return DampedOscillator.of(damping_rate(learning_rate=learning_rate, momentum=momentum), frequency)


def propagator(
    time: ArrayLike,
    curvature: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    weight_decay: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """What time makes of the mean of (distance, velocity) along an eigendirection: oscillating, critical, overdamped.

    Args:
        time: t = eta x steps >= 0.
        curvature: h >= 0.
        learning_rate, momentum, weight_decay: eta, beta, lambda; everything broadcasts.

    Returns:
        (..., 2, 2) float64; columns are the starts (1, 0) and (0, 1). Units: that of a velocity is loss/parameter.

    Raises:
        ValueError: names the argument and its range.

    Source: in the form of Kunin et al. 2024, as in the authors' code; laws `propagator_11` to `propagator_22`.
    """
    t = q.time.check(time)
    first, impulse, last = oscillator(curvature, learning_rate, momentum, weight_decay).propagator(t)
    back = propagator_21(
        natural_frequency=natural_frequency(curvature, learning_rate, momentum, weight_decay), propagator_12=impulse
    )
    return two_by_two(first, impulse, back, last)
