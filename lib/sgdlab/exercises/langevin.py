"""Checkers for the exercises on SGD with momentum as a Langevin equation."""

from collections.abc import Callable

import numpy as np

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.damped_oscillator import DampedOscillator
from sgdlab.laws.limiting_dynamics import DISPLAYED_LAWS, damping_rate, natural_frequency, oscillation_onset_heavy_ball


def check_ringing_period(answer: Callable[..., float]) -> Check:
    """Check `answer(relative_learning_rate, momentum)`: the period, in steps, of SGD's oscillation along one mode.

    `inf` is the right answer below the onset of oscillation.
    """
    settings = [(0.5, 0.9), (0.01, 0.99), (0.002, 0.9), (2.0, 0.5), (0.5, 0.0), (0.002632, 0.9)]
    angle = DISPLAYED_LAWS["angle_per_step"]

    def truth(relative_learning_rate: float, momentum: float) -> float:
        if relative_learning_rate <= oscillation_onset_heavy_ball(momentum=momentum):
            return np.inf
        return float(2 * np.pi / angle(relative_learning_rate=relative_learning_rate, momentum=momentum))

    def undamped(relative_learning_rate: float, momentum: float) -> float:
        return float(2 * np.pi / natural_frequency(relative_learning_rate, 1.0, momentum))

    def of_the_equation(relative_learning_rate: float, momentum: float) -> float:
        frequency = natural_frequency(relative_learning_rate, 1.0, momentum)
        damping = damping_rate(learning_rate=1.0, momentum=momentum)
        turn = DISPLAYED_LAWS["oscillation_frequency"](damping_rate=damping, natural_frequency=frequency)
        return float(2 * np.pi / turn) if turn > 0 else np.inf

    return check_numbers(
        answer,
        truth,
        [dict(zip(("relative_learning_rate", "momentum"), setting, strict=True)) for setting in settings],
        {
            "That is the natural frequency's, without friction and with small steps.": undamped,
            "That is the period of the Langevin equation; count in steps of SGD.": of_the_equation,
        },
    )


def check_spread(answer: Callable[..., float]) -> Check:
    """Check `answer(steps, relative_learning_rate, momentum)`: the variance of SGD's distance after a known start.

    It is in units of the variance of a single kick, that of eta times the noise of one minibatch gradient.
    """
    settings = [(1, 0.5, 0.9), (2, 0.5, 0.9), (20, 0.01, 0.99), (7, 0.3, 0.0), (50, 2.0, 0.5), (300, 0.1, 0.9)]

    def responses(steps: float, relative_learning_rate: float, momentum: float) -> list[float]:
        """What a kick of 1 has done to the distance after 0, 1, ... steps."""
        found = [1.0, 1 + momentum - relative_learning_rate]
        while len(found) < steps:
            found.append((1 + momentum - relative_learning_rate) * found[-1] - momentum * found[-2])
        return found[: round(steps)]

    def truth(steps: float, relative_learning_rate: float, momentum: float) -> float:
        return float(sum(response**2 for response in responses(steps, relative_learning_rate, momentum)))

    def one_kick(steps: float, relative_learning_rate: float, momentum: float) -> float:
        return float(sum(responses(steps, relative_learning_rate, momentum)) ** 2)

    def of_the_equation(steps: float, relative_learning_rate: float, momentum: float) -> float:
        damping = damping_rate(learning_rate=1.0, momentum=momentum)
        mode = DampedOscillator.of(damping, natural_frequency(relative_learning_rate, 1.0, momentum))
        return float(mode.variance_growth(steps)) / (2 * (1 - momentum) * relative_learning_rate)

    return check_numbers(
        answer,
        truth,
        [dict(zip(("steps", "relative_learning_rate", "momentum"), setting, strict=True)) for setting in settings],
        {
            "That is the law of the Langevin equation; add up what each kick has left.": of_the_equation,
            "The kicks are independent: square what each has left, then add.": one_kick,
        },
    )
