"""The laws of sampling against complete enumeration, and the Gaussian law against a second derivation."""

import itertools
from fractions import Fraction
from math import factorial

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from sgdlab.laws import minibatch_noise as laws
from sgdlab.laws import quantities as q

GRADIENTS = np.random.default_rng(3).normal(size=(6, 3))


def enumerated_covariance(batches):
    means = np.array([GRADIENTS[list(batch)].mean(axis=0) for batch in batches])
    noise = means - GRADIENTS.mean(axis=0)
    return noise.T @ noise / len(means)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4])
def test_with_replacement_equals_the_average_over_all_batches(batch_size):
    exact = enumerated_covariance(list(itertools.product(range(6), repeat=batch_size)))
    np.testing.assert_allclose(laws.minibatch_covariance(GRADIENTS, batch_size), exact, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 5, 6])
def test_without_replacement_equals_the_average_over_all_subsets(batch_size):
    exact = enumerated_covariance(list(itertools.combinations(range(6), batch_size)))
    computed = laws.minibatch_covariance(GRADIENTS, batch_size, replacement=False)
    np.testing.assert_allclose(computed, exact, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_reshuffled_pairs_and_sums_equal_the_average_over_all_orders(batch_size):
    orders = np.array(list(itertools.permutations(range(6))))
    assert len(orders) == factorial(6)
    batches = GRADIENTS[orders].reshape(len(orders), 6 // batch_size, batch_size, 3).mean(axis=2)
    noise = batches - GRADIENTS.mean(axis=0)
    pair = noise[:, 0].T @ noise[:, 1] / len(orders)
    np.testing.assert_allclose(laws.reshuffling_cross_covariance(GRADIENTS), pair, rtol=1e-12, atol=1e-16)
    covariance = np.cov(GRADIENTS.T, bias=True)
    for k in range(1, 6 // batch_size + 1):
        summed = noise[:, :k].sum(axis=1)
        law = laws.epoch_bridge(n_batches=k, batch_size=batch_size, n_samples=6, sample_covariance=covariance)
        np.testing.assert_allclose(law, summed.T @ summed / len(orders), rtol=1e-12, atol=1e-15)


def test_limits():
    one = laws.minibatch_covariance(GRADIENTS, 1)
    np.testing.assert_allclose(laws.minibatch_covariance(GRADIENTS, 1, replacement=False), one)
    np.testing.assert_allclose(laws.minibatch_covariance(GRADIENTS, 6, replacement=False), 0)
    np.testing.assert_allclose(one, np.cov(GRADIENTS.T, bias=True))


def test_batch_sizes_broadcast_and_may_be_real_with_replacement():
    value = laws.minibatch_covariance(GRADIENTS, [[1.0, 2.5], [4.0, 1e6]])
    assert value.shape == (2, 2, 3, 3)
    np.testing.assert_allclose(value[0, 1] * 2.5, value[0, 0])


@given(st.integers(2, 40), st.integers(1, 40), st.floats(-5, 5))
def test_covariance_ignores_a_common_shift_and_scales_with_the_square(n, batch_size, shift):
    gradients = np.random.default_rng(n).normal(size=(n, 2))
    size = min(batch_size, n)
    base = laws.minibatch_covariance(gradients, size, replacement=False)
    np.testing.assert_allclose(laws.minibatch_covariance(gradients + shift, size, False), base, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(laws.minibatch_covariance(3 * gradients, size, False), 9 * base, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: laws.minibatch_covariance(GRADIENTS, 7, replacement=False), "from 1 to N = 6"),
        (lambda: laws.minibatch_covariance(GRADIENTS, 2.5, replacement=False), "whole number from 1 to N = 6"),
        (lambda: laws.minibatch_covariance(GRADIENTS, 0.5), "batch_size must be"),
        (lambda: laws.minibatch_covariance(GRADIENTS, float("nan")), "batch_size must be"),
        (lambda: laws.minibatch_covariance(GRADIENTS[0], 1), r"per_sample_gradients must be an array \(N"),
        (lambda: laws.minibatch_covariance(GRADIENTS * np.nan, 1), "per_sample_gradients must be finite"),
        (lambda: laws.reshuffling_cross_covariance(GRADIENTS[:1]), "per_sample_gradients must be an array"),
        (lambda: laws.decoupled_covariance(loss=-1, hessian=np.eye(2), batch_size=1), "loss must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_decoupled_covariance_is_proportional_to_loss_and_hessian():
    hessian = np.diag([3.0, 1.0])
    value = laws.decoupled_covariance(loss=[0.5, 2.0], hessian=hessian, batch_size=4)
    np.testing.assert_allclose(value, np.array([0.25, 1.0])[:, None, None] * hessian)


def isserlis(indices, covariance):
    """E of a product of centred Gaussians: the sum over all pairings."""
    if not indices:
        return 1
    first, *rest = indices
    return sum(
        covariance[first, second] * isserlis(rest[:k] + rest[k + 1 :], covariance) for k, second in enumerate(rest)
    )


def test_gaussian_regression_covariance_by_pairings():
    """Var of g = x (x.delta - epsilon), every moment of x by Isserlis, for a general 2 x 2 covariance."""
    h11, h12, h22, d1, d2, s2 = sp.symbols("h11 h12 h22 d1 d2 s2")
    H, delta = sp.Matrix([[h11, h12], [h12, h22]]), sp.Matrix([d1, d2])
    gradient = H * delta
    loss = s2 / 2 + (delta.T * H * delta)[0] / 2
    for i, j in itertools.product(range(2), repeat=2):
        fourth = sum(delta[k] * delta[m] * isserlis([i, j, k, m], H) for k, m in itertools.product(range(2), repeat=2))
        exact = fourth + s2 * H[i, j] - gradient[i] * gradient[j]
        assert sp.expand(exact - (2 * loss * H[i, j] + gradient[i] * gradient[j])) == 0
    numbers = {h11: 2, h12: Fraction(1, 2), h22: 1, d1: 1, d2: -2, s2: 3}
    law = laws.gaussian_regression_covariance(
        loss=float(loss.subs(numbers)),
        hessian=np.array(H.subs(numbers), float),
        gradient=np.array(gradient.subs(numbers), float).ravel(),
        batch_size=1,
    )
    np.testing.assert_allclose(law, np.array((2 * loss * H + gradient * gradient.T).subs(numbers), float))


def test_kurtosis_2_is_where_the_decoupled_law_is_exact():
    h, delta, s2 = q.curvature.symbol, q.displacement.symbol, q.noise_variance.symbol
    decoupled = 2 * (s2 / 2 + h * delta**2 / 2) * h / q.batch_size.symbol
    difference = laws.input_kurtosis_variance.expression - decoupled
    assert sp.solve(difference, q.input_kurtosis.symbol) == [2]


def test_ratios_along_the_gradient_follow_from_the_gaussian_law():
    """Isotropic Hessian, |gradient|^2 = 2 h (L - L*)."""
    h, c = q.curvature.symbol, q.loss_ratio.symbol
    loss = c  # in units of L*
    squared_gradient = 2 * h * (loss - 1)
    exact, decoupled = 2 * loss * h + squared_gradient, 2 * loss * h
    assert sp.simplify(exact / decoupled - laws.escape_direction_ratio.expression) == 0
    weighted = loss * h + squared_gradient  # (1/N) sum ell C_f along the gradient, by Isserlis
    assert sp.simplify(weighted / (loss * h) - laws.decoupling_ratio.expression) == 0
