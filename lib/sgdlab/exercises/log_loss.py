"""Checkers for the chapter on the log-loss SDE."""

from collections.abc import Callable

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.power_law_escape import fitted_exponent, stationary_exponent


def check_log_loss_drift(answer: Callable[..., float]) -> Check:
    """Check `answer(displacement, curvature, minimum_loss)`: the drift per unit of tau on a parabola."""
    settings = [(0.0, 1.0, 1.0), (2.0, 1.0, 0.5), (-1.5, 3.0, 0.2), (10.0, 0.5, 4.0)]
    names = ("displacement", "curvature", "minimum_loss")

    def force(displacement: float, curvature: float, minimum_loss: float) -> float:
        return -curvature * displacement

    def truth(displacement: float, curvature: float, minimum_loss: float) -> float:
        loss = minimum_loss + curvature * displacement**2 / 2
        return force(displacement, curvature, minimum_loss) / loss

    def frozen(displacement: float, curvature: float, minimum_loss: float) -> float:
        return force(displacement, curvature, minimum_loss) / minimum_loss

    return check_numbers(
        answer,
        truth,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is the drift per unit of t.": force,
            "That is the drift if the clock runs as it does at the minimum.": frozen,
            "The sign: the drift leads down.": lambda **case: -truth(**case),
        },
    )


def check_fitted_exponent(answer: Callable[..., float]) -> Check:
    """Check `answer(learning_rate, batch_size, curvature)`: the exponent that fits SGD's stationary variance."""
    settings = [(0.1, 1, 1.0), (1.0, 10, 1.0), (0.5, 4, 0.5), (0.01, 100, 2.0)]
    names = ("learning_rate", "batch_size", "curvature")

    def thermal(learning_rate: float, batch_size: float, curvature: float) -> float:
        return 1.5 + batch_size / (learning_rate * curvature)

    return check_numbers(
        answer,
        fitted_exponent,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is the stochastic differential equation; SGD takes finite steps.": stationary_exponent,
            "That is the variance of noise that does not grow with the loss.": thermal,
        },
    )
