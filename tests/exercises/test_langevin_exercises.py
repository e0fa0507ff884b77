import numpy as np
import pytest

from sgdlab.exercises import check_ringing_period, check_spread


def period(relative_learning_rate, momentum):
    """From the roots of the two-step recursion."""
    roots = np.roots([1, -(1 + momentum - relative_learning_rate), momentum]).astype(complex)
    turn = abs(np.angle(roots[0]))
    return 2 * np.pi / turn if roots[0].imag else np.inf


def spread(steps, relative_learning_rate, momentum):
    """By the covariance of distance and step, step by step."""
    M = np.array([[1 - relative_learning_rate, momentum], [-relative_learning_rate, momentum]])
    covariance = np.zeros((2, 2))
    for _ in range(int(steps)):
        covariance = M @ covariance @ M.T + 1
    return covariance[0, 0]


@pytest.mark.parametrize(("check", "answer"), [(check_ringing_period, period), (check_spread, spread)])
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right


def undamped(relative_learning_rate, momentum):
    return 2 * np.pi / np.sqrt(2 * relative_learning_rate / (1 + momentum))


def of_the_equation(relative_learning_rate, momentum):
    square = 2 * relative_learning_rate / (1 + momentum) - ((1 - momentum) / (1 + momentum)) ** 2
    return 2 * np.pi / np.sqrt(square) if square > 0 else np.inf


def of_the_equation_spread(steps, relative_learning_rate, momentum):
    """M_11 of the page in steps, by the propagator of an oscillating mode; the first setting oscillates."""
    damping, square = (1 - momentum) / (1 + momentum), 2 * relative_learning_rate / (1 + momentum)
    turn = np.sqrt(square - damping**2)
    impulse = np.exp(-damping * steps) * np.sin(turn * steps) / turn
    first = np.exp(-damping * steps) * np.cos(turn * steps) + damping * impulse
    stationary = 1 / (2 * (1 - momentum) * relative_learning_rate)
    return stationary * (1 - first**2 - square * impulse**2)


def one_kick(steps, relative_learning_rate, momentum):
    M = np.array([[1 - relative_learning_rate, momentum], [-relative_learning_rate, momentum]])
    return sum((np.linalg.matrix_power(M, i) @ [1, 1])[0] for i in range(int(steps))) ** 2


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_ringing_period, undamped, "without friction"),
        (check_ringing_period, of_the_equation, "Langevin equation"),
        (check_spread, of_the_equation_spread, "Langevin equation"),
        (check_spread, one_kick, "independent"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)


def test_between_the_two_onsets_only_the_equation_rings():
    """At 0.002632 and momentum 0.9 the equation oscillates and SGD does not: the last setting tells them apart."""

    def between(relative_learning_rate, momentum):
        return (
            of_the_equation(relative_learning_rate, momentum)
            if relative_learning_rate < 0.00264
            else period(relative_learning_rate, momentum)
        )

    assert "0.002632" in repr(check_ringing_period(between))
