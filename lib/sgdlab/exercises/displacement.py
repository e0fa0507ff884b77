"""Checkers for the chapter on anomalous diffusion."""

import math
from collections.abc import Callable

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws import limiting_dynamics as laws


def check_step_displacement(answer: Callable[..., float]) -> Check:
    """Check `answer(learning_rate, momentum, batch_size, noise_variance, curvature, weight_decay)`.

    The exact stationary mean square of a step of SGD along one eigendirection, under additive noise.
    """
    settings = [
        (0.1, 0.9, 8, 1.0, 1.0, 0.0),
        (0.5, 0.0, 1, 0.3, 2.0, 0.1),
        (0.05, 0.99, 32, 2.0, 0.4, 0.05),
        (1.0, 0.5, 4, 1.0, 1.5, 0.0),
    ]
    names = ("learning_rate", "momentum", "batch_size", "noise_variance", "curvature", "weight_decay")

    def arguments(
        learning_rate: float,
        momentum: float,
        batch_size: float,
        noise_variance: float,
        curvature: float,
        weight_decay: float,
    ) -> tuple[list[float], float, float, float, float, float]:
        return [curvature], learning_rate, momentum, batch_size, noise_variance, weight_decay

    def truth(**case: float) -> float:
        return float(laws.local_displacement(*arguments(**case), model="discrete"))

    def langevin(**case: float) -> float:
        return float(laws.local_displacement(*arguments(**case)))

    def literal(**case: float) -> float:
        return float(laws.global_displacement(1, *arguments(**case)))

    def decay_forgotten(**case: float) -> float:
        return truth(**{**case, "weight_decay": 0.0})

    def twice_the_variance(**case: float) -> float:
        variance = laws.stationary_covariance(*arguments(**case), model="discrete")[0, 0, 0]
        return float(2 * variance)

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is learning rate times velocity of the Langevin equation; steps are finite.": langevin,
            "That is how far the Langevin equation moves in the time of one step.": literal,
            "Weight decay has no part in the leading term, but in the relative learning rate.": decay_forgotten,
            "That is the displacement after many steps: successive iterates are correlated.": twice_the_variance,
        },
    )


def check_two_curvature_exponent(answer: Callable[..., float]) -> Check:
    """Check `answer(first_curvature, second_curvature, effective_time)`.

    The running exponent of two overdamped directions of equal variance, without weight decay.
    """
    settings = [(1.0, 0.01, 10.0), (2.0, 0.5, 0.1), (1.0, 1e-4, 300.0), (3.0, 0.3, 4.0)]
    names = ("first_curvature", "second_curvature", "effective_time")

    def growth(relaxations: list[float]) -> float:
        return sum(x * math.exp(-x) for x in relaxations)

    def covered(relaxations: list[float]) -> float:
        return sum(-math.expm1(-x) for x in relaxations)

    def relaxations(first_curvature: float, second_curvature: float, effective_time: float) -> list[float]:
        return [first_curvature * effective_time, second_curvature * effective_time]

    def truth(**case: float) -> float:
        both = relaxations(**case)
        return growth(both) / covered(both)

    def mean_of_exponents(**case: float) -> float:
        return sum(growth([x]) / covered([x]) for x in relaxations(**case)) / 2

    def slope_without_time(**case: float) -> float:
        return truth(**case) / case["effective_time"]

    def inverted(**case: float) -> float:
        return 1 / truth(**case)

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is the mean of two exponents; displacements add, and then comes the logarithm.": mean_of_exponents,
            "d log R / d log t is t times the derivative of log R.": slope_without_time,
            "That is the inverse.": inverted,
        },
    )
