"""What true minibatch noise does: laws against definitions, the barrier against a grid, times against closed forms."""

import numpy as np
import pytest
import sympy as sp

from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q
from sgdlab.laws.discrete_passage import discrete_passage_time
from sgdlab.laws.killed_chains import mean_steps, panels
from sgdlab.laws.quasi_potential import large_batches, minibatch_barrier
from sgdlab.laws.radial_passage import radial_passage_times
from sgdlab.laws.true_noise import one_batch_barrier_of


def test_the_variance_given_the_inputs_is_that_of_the_autoregression():
    a, steps = 0.3, np.arange(2000)
    kicks = 0.2 * a * 1.5 / 4  # eta a sigma^2 / B
    variance = laws.given_inputs_variance(learning_rate=0.2, noise_variance=1.5, batch_size=4, batch_step=a)
    assert variance == pytest.approx(np.sum(kicks * (1 - a) ** (2.0 * steps)), rel=1e-12)


def brute_force_barrier(u, batches, sizes):
    """The least cost over a grid of large batches."""
    v, cost = np.ones(1), np.zeros(1)
    for _ in range(batches):
        v, cost = (
            ((1 - sizes) ** 2 * v[:, None] + 2 * sizes).ravel(),
            (cost[:, None] + sizes / 2).ravel(),
        )
    return (cost + u / v).min()


@pytest.mark.parametrize("c", [1.2, 1.9, 2.2, 3.0, 10.0, 23.0, 26.0, 100.0, 300.0])
def test_the_barrier_is_the_minimum_over_large_batches(c):
    sizes = np.linspace(0, 8, 1601)
    least = min(brute_force_barrier(c - 1, m, sizes) for m in (1, 2))
    assert minibatch_barrier(c) == pytest.approx(least, abs=2e-4)


def test_the_barrier_is_the_climb_up_to_two_and_has_a_kink_there():
    np.testing.assert_allclose(minibatch_barrier([1, 1.5, 2]), [0, 0.5, 1], atol=1e-12)
    assert large_batches([1.0, 2.0, 2.01, 24.2, 24.4, 330, 340]).tolist() == [0, 0, 1, 1, 2, 2, 3]
    below, above = ((minibatch_barrier(2 + s * 1e-4) - 1) / (s * 1e-4) for s in (-1, 1))
    assert (below, above) == pytest.approx((1, 0.5), abs=1e-3)


def test_far_out_the_barrier_grows_by_half_of_kestens_constant():
    kesten = laws.DISPLAYED_LAWS["tail_index_weak_noise"](learning_rate=1, batch_size=1, curvature=1) / 2
    log_period = 2 * np.log(1 / float(sp.LambertW(sp.exp(-1))))  # what one more batch multiplies c by
    far = minibatch_barrier([1e5, 1e5 * np.exp(log_period)])
    assert np.diff(far)[0] / log_period == pytest.approx(kesten, rel=3e-3)


def test_one_batch_has_a_closed_form():
    c = q.loss_ratio.symbol
    closed = sp.lambdify(c, one_batch_barrier_of(c), "numpy")
    a = np.linspace(1.001, 4.3, 20)
    ratios = laws.one_batch_loss_ratio(batch_step=a)
    np.testing.assert_allclose(closed(ratios), laws.one_batch_barrier(batch_step=a, curvature=1), rtol=1e-12)
    np.testing.assert_allclose(minibatch_barrier(ratios), closed(ratios), rtol=1e-9)


def test_the_barrier_needs_a_loss_ratio_in_its_range():
    with pytest.raises(ValueError, match="loss_ratio"):
        minibatch_barrier(0.5)
    with pytest.raises(ValueError, match="at most 1e"):
        minibatch_barrier(1e9)


def test_panels_integrate_polynomials():
    x, weights = panels(np.array([0.0, 1.0, 3.0]), 4)
    assert weights @ x**7 == pytest.approx(3**8 / 8)


def test_a_rare_exit_has_all_its_digits():
    """A walk on 0, 1, ..., J that goes up with probability p, down with 1 - p (at 0 it stays): closed form."""
    p, J = 0.01, 60
    between, leaving = np.diag(np.full(J - 1, p), 1) + np.diag(np.full(J - 1, 1 - p), -1), np.zeros(J)
    between[0, 0], leaving[-1] = 1 - p, p
    r = sp.Rational(99)
    exact = sum((r ** (j + 1) - 1) / (r - 1) for j in range(J)) / sp.Rational(1, 100)
    assert mean_steps(between, leaving) == pytest.approx(float(exact), rel=1e-12)
    assert exact > 1e100


def test_a_barrier_within_one_step_is_passed_in_one():
    assert discrete_passage_time(0.5, 1, 1 + 1e-8) == pytest.approx(0.5, rel=2e-3)


def test_small_steps_of_gaussian_noise_approach_the_diffusion_with_the_known_overshoot():
    """Siegmund's 0.5826: the barrier acts as one further out by that many standard deviations of a step."""
    rate, c = 0.02, 1.1
    moved = 1 + (np.sqrt(c - 1) + 0.5826 * rate) ** 2 * (1 - rate / 2)
    expected = laws.mean_first_passage_time(rate, 1, 1, 1, moved, "frozen")
    assert discrete_passage_time(rate, 1, c, "frozen") == pytest.approx(expected, rel=0.01)
    assert expected > 1.2 * laws.mean_first_passage_time(rate, 1, 1, 1, c, "frozen")


def test_the_exponent_of_sgd_is_the_barrier():
    """Two learning rates at c = 3: far from c - 1 = 2, and from log 3 = 1.099."""
    times = [discrete_passage_time(rate, 1, 3.0, resolution=2) for rate in (0.1, 0.05)]
    assert 0.1 * (np.log(times[1] / times[0]) + np.log(2) / 2) == pytest.approx(minibatch_barrier(3.0), abs=0.005)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"learning_rate": 1.0}, "learning_rate must be below 1"),
        ({"batch_size": 0}, "batch_size"),
        ({"loss_ratio": 1.0}, "loss_ratio must be above 1"),
        ({"noise": "white"}, "noise must be one of"),
    ],
)
def test_bad_arguments_of_the_line(arguments, words):
    with pytest.raises(ValueError, match=words):
        discrete_passage_time(**({"learning_rate": 0.1, "batch_size": 1, "loss_ratio": 2.0} | arguments))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"dimension": 1}, "dimension must be at least 2"),
        ({"largest_ratio": 1.0}, "largest_ratio"),
        ({"cells": 1}, "cells must be at least 2"),
    ],
)
def test_bad_arguments_of_the_radius(arguments, words):
    given = {"learning_rate": 0.1, "dimension": 3, "largest_ratio": 2.0, "cells": 4} | arguments
    with pytest.raises(ValueError, match=words):
        radial_passage_times(**given)
