"""Checkers for the chapter on the modified loss and its currents."""

from collections.abc import Callable

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.limiting_dynamics import position_variance_langevin


def check_phase_space_width(answer: Callable[..., float]) -> Check:
    """Check `answer(curvature, learning_rate, momentum, batch_size, noise_variance, weight_decay)`: of the position."""
    settings = [
        (1.0, 0.1, 0.0, 1, 1.0, 0.0),
        (0.2, 0.1, 0.9, 8, 1.0, 0.0),
        (0.3, 0.05, 0.5, 4, 2.0, 0.3),
        (5.0, 0.02, 0.99, 64, 0.1, 0.01),
    ]
    names = ("curvature", "learning_rate", "momentum", "batch_size", "noise_variance", "weight_decay")

    def scaled(factor: Callable[..., float]) -> Callable[..., float]:
        return lambda **case: float(position_variance_langevin(**case)) * factor(**case)

    return check_numbers(
        answer,
        position_variance_langevin,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is a heat bath: its noise does not grow with the curvature.": scaled(
                lambda curvature, **_: 1 / curvature
            ),
            "That is without weight decay.": scaled(
                lambda curvature, weight_decay, **_: (curvature + weight_decay) / curvature
            ),
            "The momentum enters by 1 - beta here; 1 - beta^2 belongs to the velocity.": scaled(
                lambda momentum, **_: 1 / (1 + momentum)
            ),
            "That is without momentum.": scaled(lambda momentum, **_: 1 - momentum),
            "The noise of a batch is that of a sample, divided by B.": scaled(lambda batch_size, **_: batch_size),
        },
    )


def check_areal_velocity(answer: Callable[..., float]) -> Check:
    """Check `answer(curvatures, noise, learning_rate, momentum)`: area swept in the plane in a unit of time.

    The reader's function gets the Hessian's two eigenvalues (2,) and the covariance of the minibatch gradient (2, 2) in
    the Hessian's eigenbasis; there is no weight decay.
    """
    cases = [
        ([4.0, 1.0], [[1.0, 0.5], [0.5, 2.0]], 0.1, 0.9),
        ([1.0, 3.0], [[1.0, 0.5], [0.5, 1.0]], 0.05, 0.5),
        ([2.0, 0.1], [[1.0, -0.3], [-0.3, 0.2]], 0.2, 0.0),
        ([2.0, 0.1], [[1.0, 0.0], [0.0, 0.2]], 0.2, 0.9),
    ]
    inputs = [{"case": float(number)} for number in range(1, len(cases) + 1)]

    def at(function: Callable[..., float]) -> Callable[..., float]:
        def of_case(case: float) -> float:
            curvatures, noise, learning_rate, momentum = cases[int(case) - 1]
            return function(np.array(curvatures), np.array(noise), learning_rate, momentum)

        return of_case

    def without_inertia(curvatures: np.ndarray, noise: np.ndarray, learning_rate: float, momentum: float) -> float:
        first, second = curvatures
        return float((first - second) / (first + second) * learning_rate * noise[0, 1] / (2 * (1 - momentum) ** 2))

    return check_numbers(
        at(answer),
        at(_areal_velocity),
        inputs,
        {
            "The sign: counter-clockwise is positive, from the first axis to the second.": at(
                lambda *arguments: -_areal_velocity(*arguments)
            ),
            "That is without inertia.": at(without_inertia),
            "Half of it: the area of a triangle is half of what its sides span.": at(
                lambda *arguments: 2 * _areal_velocity(*arguments)
            ),
            "That is the covariance of the positions.": at(lambda *arguments: float(_stationary(*arguments)[0, 1])),
        },
    )


def _areal_velocity(curvatures: np.ndarray, noise: np.ndarray, learning_rate: float, momentum: float) -> float:
    covariance = _stationary(curvatures, noise, learning_rate, momentum)
    return float(covariance[0, 3] - covariance[1, 2]) / 2


def _stationary(curvatures: np.ndarray, noise: np.ndarray, learning_rate: float, momentum: float) -> np.ndarray:
    """Covariance (4, 4) of two distances and two velocities, by SciPy: A C + C A^T = 2 D."""
    mass, zero, one = learning_rate * (1 + momentum) / 2, np.zeros((2, 2)), np.eye(2)
    drift = np.block([[zero, -one], [np.diag(curvatures) / mass, (1 - momentum) / mass * one]])
    strength = np.block([[zero, zero], [zero, learning_rate * noise / mass**2]])
    return np.asarray(solve_continuous_lyapunov(drift, strength))
