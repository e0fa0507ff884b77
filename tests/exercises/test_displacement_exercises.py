import math

import pytest

from sgdlab.exercises import check_step_displacement, check_two_curvature_exponent


def step(learning_rate, momentum, batch_size, noise_variance, curvature, weight_decay):
    rate = learning_rate * (curvature + weight_decay)
    noise = learning_rate**2 * noise_variance * curvature / (batch_size * (1 - momentum**2))
    return noise / (1 - rate / (2 * (1 + momentum)))


def langevin(learning_rate, momentum, batch_size, noise_variance, curvature, weight_decay):
    return learning_rate**2 * noise_variance * curvature / (batch_size * (1 - momentum**2))


def covered_by_the_equation(learning_rate, momentum, batch_size, noise_variance, curvature, weight_decay):
    h = curvature + weight_decay
    variance = learning_rate * noise_variance * curvature / (2 * batch_size * (1 - momentum) * h)
    gamma = (1 - momentum) / (learning_rate * (1 + momentum))
    split = complex(gamma**2 - 2 * h / (learning_rate * (1 + momentum))) ** 0.5
    t = learning_rate
    slow, fast = gamma - split, gamma + split
    first = (fast * math.e ** (-slow * t) - slow * math.e ** (-fast * t)) / (fast - slow)
    return 2 * variance * (1 - first.real)


def plateau(learning_rate, momentum, batch_size, noise_variance, curvature, weight_decay):
    rate = learning_rate * (curvature + weight_decay)
    displacement = step(learning_rate, momentum, batch_size, noise_variance, curvature, weight_decay)
    return displacement * (1 + momentum) / rate


def exponent(first_curvature, second_curvature, effective_time):
    both = [first_curvature * effective_time, second_curvature * effective_time]
    return sum(x * math.exp(-x) for x in both) / sum(1 - math.exp(-x) for x in both)


def mean_exponent(first_curvature, second_curvature, effective_time):
    return (
        sum(
            x * math.exp(-x) / (1 - math.exp(-x))
            for x in (first_curvature * effective_time, second_curvature * effective_time)
        )
        / 2
    )


@pytest.mark.parametrize(
    ("check", "answer"), [(check_step_displacement, step), (check_two_curvature_exponent, exponent)]
)
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_step_displacement, langevin, "velocity of the Langevin equation"),
        (check_step_displacement, covered_by_the_equation, "in the time of one step"),
        (check_step_displacement, plateau, "after many steps"),
        (check_step_displacement, lambda **c: step(**{**c, "weight_decay": 0}), "Weight decay has no part"),
        (check_two_curvature_exponent, mean_exponent, "mean of two exponents"),
        (check_two_curvature_exponent, lambda **c: exponent(**c) / c["effective_time"], "d log R / d log t"),
        (check_two_curvature_exponent, lambda **c: 1 / exponent(**c), "the inverse"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)
