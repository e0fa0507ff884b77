"""Each estimator against data whose answer is known, with one on which a naive error is wrong."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgdlab.measure import Estimate, covariance_of, jackknife, mean_of, variance_of

TRIALS = 4000


def coverage(estimate, truth):
    """Mean and variance of (value - truth) / standard_error over independent trials: 0 and 1 for an honest error."""
    score = (estimate.value - truth) / estimate.standard_error
    return score.mean(), score.var()


def rng(seed=0):
    return np.random.default_rng(seed)


def test_an_estimate_is_floats_or_arrays_in_double_precision():
    single = Estimate(np.float32(1.5), 0)
    assert type(single.value) is type(single.standard_error) is float
    many = Estimate([1, 2], np.zeros(2, dtype=np.float32))
    assert many.value.dtype == many.standard_error.dtype == np.float64
    with pytest.raises(ValueError, match="standard_error must have the shape of value"):
        Estimate([1.0, 2.0], 0.1)
    with pytest.raises(ValueError, match="standard_error must not be negative"):
        Estimate(1.0, -0.1)
    with pytest.raises(AttributeError):
        single.value = 2.0


def test_an_estimate_keeps_its_own_numbers():
    values = np.ones(3)
    estimate = Estimate(values, np.zeros(3))
    values[:] = 7
    assert estimate.value.tolist() == [1.0, 1.0, 1.0]


def test_mean_of_four_numbers():
    estimate = mean_of([1.0, 2.0, 3.0, 6.0])
    assert estimate.value == 3.0
    # Squares of deviations 4 + 1 + 0 + 9 = 14, over 3, over 4.
    assert estimate.standard_error == pytest.approx(math.sqrt(14 / 12), rel=1e-15)


def test_error_of_a_mean_is_honest_for_skewed_samples():
    bias, spread = coverage(mean_of(rng().exponential(size=(400, TRIALS))), 1.0)
    assert abs(spread - 1) < 0.1
    # The studentised mean of skewed samples leans by half the skewness over sqrt(M): here -1/20.
    assert abs(bias + 0.05) < 4 / math.sqrt(TRIALS)


def test_variance_of_four_numbers():
    estimate = variance_of([-1.0, -1.0, 1.0, 1.0])
    # s^2 = 4/3, m4 = 1: (1 - (16/9) / 3) / 4.
    assert estimate.value == pytest.approx(4 / 3, rel=1e-15)
    assert estimate.standard_error == pytest.approx(math.sqrt((1 - 16 / 27) / 4), rel=1e-14)


@pytest.mark.parametrize(
    ("name", "draw", "kurtosis"),
    [
        ("normal", lambda size: rng().standard_normal(size), 3.0),
        ("uniform", lambda size: rng().uniform(-math.sqrt(3), math.sqrt(3), size), 1.8),
        ("Laplace", lambda size: rng().laplace(scale=math.sqrt(0.5), size=size), 6.0),
    ],
)
def test_error_of_a_variance_is_honest_for_each_distribution(name, draw, kurtosis):
    m = 1000
    estimate = variance_of(draw((m, TRIALS)))
    assert abs(estimate.value.mean() - 1) < 4 * math.sqrt((kurtosis - 1) / m / TRIALS)
    spread = estimate.value.std()
    assert estimate.standard_error.mean() == pytest.approx(spread, rel=0.05)
    # The formula for Gaussian samples, s^2 sqrt(2 / (M - 1)), is wrong for the others.
    naive = math.sqrt(2 / (m - 1))
    assert (abs(naive / spread - 1) < 0.05) == (name == "normal")


def test_variance_of_equal_sizes_has_the_smallest_error():
    # Rademacher samples: m4 = m2^2, so the error is of order 1/M and not 1/sqrt(M).
    signs = np.tile([-1.0, 1.0], 5000)
    assert variance_of(signs).standard_error < 2 / 10_000


@pytest.mark.parametrize("correlation", [0.0, 0.6, -1.0])
def test_error_of_a_covariance_is_honest(correlation):
    m = 1000
    x, other = rng().standard_normal((2, m, TRIALS))
    y = correlation * x + math.sqrt(1 - correlation**2) * other
    estimate = covariance_of(x, y)
    # Isserlis: the variance of x y is 1 + rho^2; leaving rho out is wrong.
    spread = math.sqrt((1 + correlation**2) / m)
    assert abs(estimate.value.mean() - correlation) < 4 * spread / math.sqrt(TRIALS)
    assert estimate.value.std() == pytest.approx(spread, rel=0.05)
    assert estimate.standard_error.mean() == pytest.approx(spread, rel=0.02)


def test_covariance_with_itself_is_the_variance():
    x = rng().standard_normal((50, 3))
    np.testing.assert_allclose(covariance_of(x, x).value, variance_of(x).value, rtol=1e-13)
    np.testing.assert_allclose(variance_of(x).value, np.var(x, axis=0, ddof=1), rtol=1e-13)
    np.testing.assert_allclose(covariance_of(x[:, 0], x[:, 1]).value, np.cov(x[:, 0], x[:, 1])[0, 1], rtol=1e-12)


@settings(deadline=None)
@given(st.floats(0.1, 10), st.floats(-10, 10), st.integers(0, 1000))
def test_estimates_scale_with_the_samples_and_do_not_see_a_shift(scale, shift, seed):
    x = rng(seed).standard_normal(20)
    for function, power in ((mean_of, 1), (variance_of, 2)):
        before, after = function(x), function(scale * x + shift)
        assert after.standard_error == pytest.approx(scale**power * before.standard_error, rel=1e-8)
    assert mean_of(scale * x + shift).value == pytest.approx(scale * mean_of(x).value + shift, rel=1e-9, abs=1e-9)
    assert variance_of(scale * x + shift).value == pytest.approx(scale**2 * variance_of(x).value, rel=1e-9)


@pytest.mark.parametrize("function", [mean_of, variance_of, lambda x, axis=0: covariance_of(x, x, axis)])
def test_axis_holds_the_samples(function):
    x = rng().standard_normal((4, 7, 5))
    for axis, moved in ((1, np.moveaxis(x, 1, 0)), (-1, np.moveaxis(x, 2, 0))):
        np.testing.assert_allclose(function(x, axis=axis).value, function(moved).value)
        np.testing.assert_allclose(function(x, axis=axis).standard_error, function(moved).standard_error)
    for wrong in (np.zeros((1, 3)), np.float64(1.0)):
        with pytest.raises(ValueError, match="samples must have at least 2 along axis 0"):
            function(wrong)
    with pytest.raises(ValueError, match="axis 3"):
        function(x, axis=3)


def test_covariance_of_unequal_shapes_is_refused():
    with pytest.raises(ValueError, match=r"x and y must have one shape, got \(3,\) and \(4,\)"):
        covariance_of(np.zeros(3), np.zeros(4))


def test_jackknife_of_a_mean_by_single_samples_is_the_mean():
    x = rng().standard_normal((30, 2))
    ours, exact = jackknife(lambda x: x.mean(0), x, blocks=30), mean_of(x)
    np.testing.assert_allclose(ours.value, exact.value, rtol=1e-14)
    np.testing.assert_allclose(ours.standard_error, exact.standard_error, rtol=1e-12)


def test_jackknife_error_of_a_ratio_is_honest():
    m, trials = 200, 500
    scores = []
    for seed in range(trials):
        samples = rng(seed).normal([2.0, 4.0], size=(m, 2))
        estimate = jackknife(lambda pairs: pairs[:, 0].mean() / pairs[:, 1].mean(), samples, blocks=40)
        scores.append((estimate.value - 0.5) / estimate.standard_error)
    assert abs(np.mean(scores)) < 4 / math.sqrt(trials)
    # 40 blocks: the error itself is a t of 39 degrees, of variance 39/37.
    assert abs(np.var(scores) - 39 / 37) < 4 * math.sqrt(2 / trials) * 39 / 37


def test_jackknife_by_blocks_counts_correlation():
    # Each number ten times: the naive error of the mean is too small by sqrt(10).
    x = np.repeat(rng().standard_normal(400), 10)
    honest = mean_of(x[::10]).standard_error
    assert jackknife(np.mean, x, blocks=400).standard_error == pytest.approx(honest, rel=1e-10)
    assert mean_of(x).standard_error == pytest.approx(honest / math.sqrt(10), rel=0.01)


def test_jackknife_takes_blocks_of_unequal_lengths_and_array_statistics():
    x = rng().standard_normal((103, 3))
    estimate = jackknife(lambda x: x.mean(0), x, blocks=10)
    assert estimate.value.shape == estimate.standard_error.shape == (3,)
    np.testing.assert_allclose(estimate.value, x.mean(0), rtol=1e-13)


@pytest.mark.parametrize("blocks", [1, 11])
def test_jackknife_refuses_blocks_outside_their_range(blocks):
    with pytest.raises(ValueError, match=f"blocks must be from 2 to the 10 samples, got {blocks}"):
        jackknife(np.mean, np.zeros(10), blocks=blocks)
