"""Checkers for the chapters on Kramers' rate and on first passage."""

import math
from collections.abc import Callable

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.power_law_escape import escape_rate, mean_first_passage_time


def check_escape_rate(answer: Callable[..., float]) -> Check:
    """Check `answer(learning_rate, batch_size, curvature, saddle_curvature, loss_ratio)`, one dimension."""
    settings = [
        (0.1, 1, 1.0, -1.0, 2.0),
        (0.2, 4, 2.0, -0.5, 3.0),
        (0.05, 2, 0.3, -4.0, 1.1),
        (1.0, 8, 1.0, -1.0, 20.0),
    ]
    names = ("learning_rate", "batch_size", "curvature", "saddle_curvature", "loss_ratio")

    def truth(**case: float) -> float:
        determinants = case["curvature"] / -case["saddle_curvature"]
        return float(escape_rate(**case, dimension=1, determinant_ratio=determinants))

    def clock_of_the_saddle(**case: float) -> float:
        return truth(**case) * case["loss_ratio"]

    def thermal(**case: float) -> float:
        attempts = math.sqrt(case["curvature"] * -case["saddle_curvature"]) / (2 * math.pi)
        weak = case["batch_size"] / (case["learning_rate"] * case["curvature"])
        return attempts * math.exp(-weak * (case["loss_ratio"] - 1))

    def curvature_of_the_loss(**case: float) -> float:
        return truth(**case) * math.sqrt(case["loss_ratio"])

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is the rate of a thermal particle with the noise of the minimum: the barrier is log c.": thermal,
            "At the saddle the curvature of log L is h^s / (c L*), not h^s / L*.": curvature_of_the_loss,
            "The clock runs at the speed L* of the minimum, where the replicas are, not c L*.": clock_of_the_saddle,
        },
    )


def check_passage_time(answer: Callable[..., float]) -> Check:
    """Check `answer(learning_rate, batch_size, curvature, loss_ratio)`: the passage time in n = 2 dimensions.

    B / (eta h) is a whole number in all settings.
    """
    settings = [(0.5, 1, 1.0, 3.0), (0.1, 1, 1.0, 2.0), (0.25, 1, 2.0, 10.0), (0.125, 2, 4.0, 1.5), (0.5, 4, 0.5, 1.2)]
    names = ("learning_rate", "batch_size", "curvature", "loss_ratio")

    def truth(learning_rate: float, batch_size: float, curvature: float, loss_ratio: float) -> float:
        return float(mean_first_passage_time(learning_rate, batch_size, curvature, 2, loss_ratio))

    def in_steps(**case: float) -> float:
        return truth(**case) / case["learning_rate"]

    def largest_term(**case: float) -> float:
        weak = case["batch_size"] / (case["learning_rate"] * case["curvature"])
        return float(case["loss_ratio"] ** weak / (2 * case["curvature"] * weak))

    def without_start(**case: float) -> float:
        weak = round(case["batch_size"] / (case["learning_rate"] * case["curvature"]))
        terms = (case["loss_ratio"] ** k / k for k in range(1, weak + 1))
        return sum(terms) / (2 * case["curvature"])

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is the time in steps; here it is counted in eta times steps.": in_steps,
            "That is the last term of the sum, right for large c.": largest_term,
            "At c = 1 the time must be 0.": without_start,
        },
    )
