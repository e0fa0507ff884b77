"""The linear system of given data: against enumerated batches, fresh Gaussian inputs, and its own divergence."""

import itertools

import numpy as np
import pytest

from sgdlab.laws.power_law_escape import mean_loss_ratio, stationary_second_moment

RNG = np.random.default_rng(3)
INPUTS, TARGETS = RNG.normal(size=(5, 2)), RNG.normal(size=5)


def after_a_step(moment, batches, learning_rate):
    """Mean of delta delta^T after one step from the second moment M and mean 0, over the given batches."""
    minimum = np.linalg.lstsq(INPUTS, TARGETS, rcond=None)[0]
    residuals = TARGETS - INPUTS @ minimum
    total = np.zeros_like(moment)
    for batch in batches:
        x, r = INPUTS[list(batch)], residuals[list(batch)]
        step, kick = np.eye(2) - learning_rate * x.T @ x / len(x), learning_rate * x.T @ r / len(x)
        total += step @ moment @ step.T + np.outer(kick, kick)
    return total / len(batches)


@pytest.mark.parametrize(
    ("replacement", "batches"),
    [(True, list(itertools.product(range(5), repeat=2))), (False, list(itertools.combinations(range(5), 2)))],
)
def test_the_moment_is_the_fixed_point_of_all_batches(replacement, batches):
    moment = stationary_second_moment(INPUTS, TARGETS, 0.2, 2, replacement)
    np.testing.assert_allclose(after_a_step(moment, batches, 0.2), moment, rtol=1e-10, atol=1e-14)


def test_many_samples_are_fresh_ones():
    inputs, residuals = RNG.normal(size=(40_000, 2)), RNG.normal(size=40_000)
    moment = stationary_second_moment(inputs, residuals, 0.2, 1)
    assert 1 + np.trace(moment) == pytest.approx(mean_loss_ratio(0.2, 1, [1.0, 1.0]), rel=0.03)


def test_the_whole_data_set_has_no_noise_and_a_large_step_no_moment():
    np.testing.assert_allclose(stationary_second_moment(INPUTS, TARGETS, 0.2, 5, replacement=False), 0, atol=1e-15)
    assert np.isinf(stationary_second_moment(INPUTS, TARGETS, 3.0, 1)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": INPUTS[:, 0]}, r"inputs must be finite numbers \(N >= 2, d\) of rank d, got shape \(5,\)"),
        ({"inputs": np.ones((5, 2))}, "of rank d"),
        ({"targets": TARGETS[1:]}, r"targets must be finite numbers \(5,\), got shape \(4,\)"),
        ({"learning_rate": 0.0}, "learning_rate must be"),
        ({"batch_size": 6, "replacement": False}, "batch_size must be at most the 5 samples"),
    ],
)
def test_arguments(change, message):
    arguments = {"inputs": INPUTS, "targets": TARGETS, "learning_rate": 0.2, "batch_size": 1} | change
    with pytest.raises(ValueError, match=message):
        stationary_second_moment(**arguments)
