"""Checkers for the chapter on the exponents of real networks."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.displacement_laws import flat_exponent_heavy_ball, flat_exponent_langevin

Array = NDArray[np.float64]

# Replicas, parameters, and the length of the mean displacement.
_CASES = ((2, 3, 1.0), (4, 50, 0.5), (8, 200, 0.0), (3, 1, 2.0))


def check_inertial_exponent(answer: Callable[..., float]) -> Check:
    """Check `answer(momentum, steps)`: the late exponent of a free walk from rest, to first order in 1 / steps."""
    settings = [(0.0, 10), (0.5, 100), (0.9, 300), (0.99, 7000)]

    def truth(momentum: float, steps: float) -> float:
        return 1 + momentum * (2 + momentum) / ((1 - momentum**2) * steps)

    return check_numbers(
        answer,
        truth,
        [{"momentum": beta, "steps": steps} for beta, steps in settings],
        {
            "That is the walk whose velocity is stationary at the start; this one starts at rest.": (
                flat_exponent_heavy_ball
            ),
            "That is the Langevin equation in its stationary state.": flat_exponent_langevin,
            "That is the excess alone; the exponent of a free walk tends to 1.": (
                lambda momentum, steps: truth(momentum, steps) - 1
            ),
        },
    )


def check_drift(answer: Callable[[Array], float]) -> Check:
    """Check `answer(displacements)`: an unbiased estimate of |E Delta|^2 from those of R replicas, (R, P)."""
    draw = np.random.default_rng(1)
    for replicas, parameters, length in _CASES:
        common = np.full(parameters, length / parameters**0.5)
        displacements = common + draw.standard_normal((replicas, parameters))
        at = f"at {replicas} replicas of {parameters} parameters"
        try:
            given = float(answer(displacements.copy()))
        except Exception as error:  # the reader's code may raise anything
            return Check(False, f"{at}\nyour function raised {type(error).__name__}: {error}")
        plain = float((displacements.mean(0) ** 2).sum())
        noise = float(displacements.var(0, ddof=1).sum())
        if np.isclose(given, plain - noise / replicas, rtol=1e-9, atol=1e-12):
            continue
        hint = ""
        if np.isclose(given, plain):
            hint = "That is the square of the mean: it holds 1/R of the noise."
        elif np.isclose(given, plain - noise):
            hint = "The mean of R replicas holds 1/R of the noise, not all of it."
        elif np.isclose(given, plain - noise * (replicas - 1) / replicas**2):
            hint = "The variance of few replicas is too small by (R - 1) / R."
        return Check(False, f"{at}\nyour function gives {given:.6g}. {hint}".rstrip())
    return Check(True, f"your function holds in all {len(_CASES)} cases.")
