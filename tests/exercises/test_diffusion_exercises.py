import math

import numpy as np
import pytest

from sgdlab.exercises import check_mean_loss, check_reshuffled_variance


def mean_loss(learning_rate, batch_size, dimension):
    room = 2 * batch_size - learning_rate * (batch_size + 1)
    if room <= 0 or dimension * learning_rate >= room:
        return math.inf
    return 1 / (1 - dimension * learning_rate / room)


def variance_by_sums(contraction, n_samples, batch_size):
    """Weights of the batches of one epoch, and of all epochs before it."""
    batches = round(n_samples / batch_size)
    w = (1 - contraction) * contraction ** np.arange(batches)
    return (batches * w @ w - w.sum() ** 2) / (n_samples - 1) / (1 - contraction ** (2 * batches))


@pytest.mark.parametrize(
    ("check", "answer"), [(check_mean_loss, mean_loss), (check_reshuffled_variance, variance_by_sums)]
)
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right


def of_equation_12(learning_rate, batch_size, dimension):
    return 1 / (1 - dimension * learning_rate / (2 * batch_size))


def of_equation_4(learning_rate, batch_size, dimension):
    return 1 / (1 - dimension * learning_rate / (2 * batch_size - learning_rate))


def unguarded(learning_rate, batch_size, dimension):
    return 1 / (1 - dimension * learning_rate / (2 * batch_size - learning_rate * (batch_size + 1)))


def independent(contraction, n_samples, batch_size):
    return (1 - contraction) / (1 + contraction) / batch_size


def one_epoch(contraction, n_samples, batch_size):
    whole = 1 - contraction ** (2 * n_samples / batch_size)
    return variance_by_sums(contraction, n_samples, batch_size) * whole


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_mean_loss, of_equation_12, "equation (12)"),
        (check_mean_loss, of_equation_4, "equation (4)"),
        (check_mean_loss, unguarded, "return inf there"),
        (check_reshuffled_variance, independent, "with replacement"),
        (check_reshuffled_variance, one_epoch, "earlier epochs"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)
