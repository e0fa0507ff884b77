import math

import numpy as np
import pytest

from sgdlab.exercises import check_critical_batch_size, check_reshuffled_ratio
from sgdlab.laws.limiting_dynamics import multiplicative_load


def feedback(learning_rate, momentum):
    return learning_rate * (1 + momentum) / ((1 - momentum) * (2 * (1 + momentum) - learning_rate))


def smallest(learning_rate, momentum, dimension):
    """By trial: the first batch size whose load is below 1."""
    size = 1
    while multiplicative_load(np.ones(int(dimension)), learning_rate, momentum, size) >= 1:
        size += 1
    return size


def by_covariances(relative_learning_rate, momentum, n_samples, batch_size):
    """Spread of n successive stationary iterates about their mean, from powers of the recursion's matrix."""
    n = round(n_samples / batch_size)
    r = [1.0, 1 - relative_learning_rate / (1 + momentum)]
    while len(r) < n:
        r.append((1 + momentum - relative_learning_rate) * r[-1] - momentum * r[-2])
    correlation = np.array([[r[abs(i - j)] for j in range(n)] for i in range(n)])
    return n_samples / (n_samples - 1) * (1 - correlation.mean())


@pytest.mark.parametrize(
    ("check", "answer"), [(check_critical_batch_size, smallest), (check_reshuffled_ratio, by_covariances)]
)
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right


def alone(learning_rate, momentum, dimension):
    return math.floor(feedback(learning_rate, momentum)) + 1


def small_steps(learning_rate, momentum, dimension):
    return math.floor(learning_rate * dimension / (2 * (1 - momentum))) + 1


def fed_once(learning_rate, momentum, dimension):
    return math.floor(dimension * feedback(learning_rate, momentum)) + 1


def not_whole(learning_rate, momentum, dimension):
    return (dimension + 1) * feedback(learning_rate, momentum)


def without_finite_data(relative_learning_rate, momentum, n_samples, batch_size):
    whole = by_covariances(relative_learning_rate, momentum, n_samples, batch_size)
    return whole * (n_samples - 1) / n_samples


def pairs_once(relative_learning_rate, momentum, n_samples, batch_size):
    n = n_samples / batch_size
    share = 1 - without_finite_data(relative_learning_rate, momentum, n_samples, batch_size)
    return n_samples / (n_samples - 1) * (1 - (share + 1 / n) / 2)


def all_lags_alike(relative_learning_rate, momentum, n_samples, batch_size):
    n = round(n_samples / batch_size)
    r = [1.0, 1 - relative_learning_rate / (1 + momentum)]
    while len(r) < n:
        r.append((1 + momentum - relative_learning_rate) * r[-1] - momentum * r[-2])
    return n_samples / (n_samples - 1) * (1 - (1 + 2 * sum(r[1:n])) / n)


def lost(relative_learning_rate, momentum, n_samples, batch_size):
    return 1 - without_finite_data(relative_learning_rate, momentum, n_samples, batch_size)


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_critical_batch_size, alone, "let them feed each other"),
        (check_critical_batch_size, small_steps, "small learning rates"),
        (check_critical_batch_size, fed_once, "also feeds itself"),
        (check_critical_batch_size, not_whole, "whole number of samples"),
        (check_reshuffled_ratio, without_finite_data, "N / (N - 1) is missing"),
        (check_reshuffled_ratio, pairs_once, "counts twice"),
        (check_reshuffled_ratio, all_lags_alike, "only n - j pairs"),
        (check_reshuffled_ratio, lost, "share that is lost"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)
