"""Series of known correlation time, for which the error of independent samples is wrong by a known factor."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from sgdlab.measure import Estimate, mean_of, stationary_mean


def autoregression(coefficient, shape, seed=0):
    """Stationary x' = a x + noise of variance 1: tau = (1 + a) / 2 (1 - a)."""
    noise = np.random.default_rng(seed).standard_normal(shape) * math.sqrt(1 - coefficient**2)
    noise[..., 0] /= math.sqrt(1 - coefficient**2)
    return lfilter([1], [1, -coefficient], noise, axis=-1)


def test_the_result_is_an_estimate_and_frozen():
    estimate = stationary_mean(autoregression(0.0, 1000))
    assert isinstance(estimate, Estimate)
    with pytest.raises(AttributeError):
        estimate.correlation_time = 1.0


def test_white_noise_has_the_error_of_independent_samples():
    series = autoregression(0.0, 100_000)
    estimate = stationary_mean(series)
    assert estimate.value == pytest.approx(series.mean(), rel=1e-14)
    assert estimate.correlation_time == pytest.approx(0.5, rel=0.05)
    assert estimate.effective_samples == pytest.approx(1e5, rel=0.05)
    assert estimate.standard_error == pytest.approx(mean_of(series).standard_error, rel=0.03)


@pytest.mark.parametrize(("coefficient", "length"), [(0.9, 12_000), (0.5, 3000), (-0.5, 3000), (-0.9, 12_000)])
def test_null_control_the_error_of_an_autoregression_is_honest_and_the_naive_one_is_not(coefficient, length):
    trials = 200
    tau = (1 + coefficient) / (2 * (1 - coefficient))
    series = autoregression(coefficient, (trials, length))
    estimates = [stationary_mean(some) for some in series]
    assert np.mean([estimate.correlation_time for estimate in estimates]) == pytest.approx(tau, rel=0.04)
    # The error is known to a tenth, which alone adds 3 % to the variance of the scores.
    scores = np.array([estimate.value / estimate.standard_error for estimate in estimates])
    assert abs(scores.mean()) < 4 / math.sqrt(trials)
    assert abs(scores.var() - 1.03) < 4 * math.sqrt(2 / trials)
    # Errors of independent samples: the scores would have the variance 2 tau, here 19, 3, 1/3 and 1/19.
    assert min(2 * tau, 1 / (2 * tau)) < 1 - 6 * math.sqrt(2 / trials)


def test_the_mean_that_is_subtracted_does_not_make_the_error_too_small():
    trials, length = 6000, 600
    ratios = np.array([length * stationary_mean(x).standard_error ** 2 for x in autoregression(0.0, (trials, length))])
    error = ratios.std() / math.sqrt(trials)
    assert abs(ratios.mean() - 1) < 4 * error
    # The sum runs over some 7 lags of both signs: without the correction it is too small by 7 / 600.
    assert 7 / length > 5 * error


def test_an_oscillation_is_not_cut_where_it_changes_sign():
    # Poles of modulus r and angle w; the variance of the mean is 1 / |A(1)|^2 T.
    r, angle, length = 0.9, 0.8, 10_000
    first, second = 2 * r * math.cos(angle), -(r**2)
    variance = (1 - second) / ((1 + second) * ((1 - second) ** 2 - first**2))
    tau = 1 / (1 - first - second) ** 2 / variance / 2
    noise = np.random.default_rng(0).standard_normal((100, length + 500))
    series = lfilter([1], [1, -first, -second], noise, axis=-1)[:, 500:]
    times = np.array([stationary_mean(some).correlation_time for some in series])
    assert times.mean() == pytest.approx(tau, rel=0.15)
    # Where W >= 5 tau(W) is asked of the sum with its signs, it ends at lag 4, and tau would be 0.11 and not 0.29.
    rho = lfilter([1], [1, -first, -second], np.eye(1, 500)[0])
    rho = np.correlate(rho, rho, "full")[499:] / (rho @ rho)
    sums = np.cumsum(rho) - 0.5
    assert sums[-1] == pytest.approx(tau, rel=1e-6)
    assert sums[np.flatnonzero(np.arange(500) >= 5 * sums)[0]] < 0.5 * tau


def test_pooling_replicas_is_honest_with_the_mean_over_all():
    trials, replicas, length = 200, 8, 1500
    series = autoregression(0.9, (trials, replicas, length), seed=1)
    scores = np.array([e.value / e.standard_error for e in map(stationary_mean, series)])
    assert abs(scores.mean()) < 4 / math.sqrt(trials)
    assert abs(scores.var() - 1.03) < 4 * math.sqrt(2 / trials)


def test_the_error_of_short_pooled_replicas_counts_their_length():
    trials, replicas, length, coefficient = 500, 40, 60, 0.7
    lags = np.arange(1, length)
    exact = (1 + 2 * ((1 - lags / length) * coefficient**lags).sum()) / (replicas * length)
    series = autoregression(coefficient, (trials, replicas, length))
    ratios = np.array([stationary_mean(some).standard_error ** 2 for some in series]) / exact
    # The sum that ends at 5 tau lacks exp(-5) of itself.
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / math.sqrt(trials) + math.exp(-5)
    # For long replicas the variance would be larger, 2 tau / R T.
    assert 1.7 / 0.3 / (replicas * length) > 1.04 * exact


def test_a_single_replica_may_have_its_axis_or_not():
    series = autoregression(0.5, 3000)
    plain, stacked = stationary_mean(series), stationary_mean(series[None])
    assert (plain.value, plain.standard_error) == (stacked.value, stacked.standard_error)


def test_many_replicas_have_the_error_of_their_means():
    series = autoregression(0.98, (60, 20))
    estimate, of_means = stationary_mean(series), mean_of(series.mean(1))
    assert estimate.value == pytest.approx(of_means.value, rel=1e-12)
    assert estimate.standard_error == pytest.approx(of_means.standard_error, rel=1e-12)


def test_replicas_that_never_move_count_once_each():
    # Null control: frozen in time, so that 100 observations say no more than one.
    frozen = np.repeat(np.random.default_rng(0).standard_normal((80, 1)), 100, axis=1)
    estimate = stationary_mean(frozen)
    assert estimate.standard_error == pytest.approx(mean_of(frozen[:, 0]).standard_error, rel=1e-12)
    assert estimate.effective_samples == pytest.approx(80, rel=1e-9)
    assert estimate.correlation_time == pytest.approx(50, rel=1e-9)
    with pytest.raises(ValueError, match="a correlation without end"):
        stationary_mean(frozen[:40])


def test_both_ways_agree_on_the_correlation_time():
    series = autoregression(0.8, (2000, 500))
    tau = 1.8 / (2 * 0.2)
    of_means = stationary_mean(series)
    pooled = stationary_mean(series[:40])
    assert of_means.correlation_time == pytest.approx(tau, rel=0.1)
    assert pooled.correlation_time == pytest.approx(tau, rel=0.1)
    # The variance of a mean over T = 500 is smaller than 2 tau / T by tau_2 / T, about 1 %.
    assert of_means.effective_samples == pytest.approx(2000 * 500 / (2 * tau), rel=0.1)


def test_the_second_moment_of_an_autoregression_has_its_own_correlation_time():
    # Gaussian: the correlation of squares is rho^2, so a becomes a^2, and the variance of x^2 is 2.
    estimate = stationary_mean(autoregression(0.9, 400_000) ** 2)
    tau = (1 + 0.81) / (2 * (1 - 0.81))
    assert abs(estimate.value - 1) < 4 * estimate.standard_error
    assert estimate.correlation_time == pytest.approx(tau, rel=0.08)
    assert estimate.standard_error == pytest.approx(math.sqrt(2 * 2 * tau / 400_000), rel=0.06)


def test_scale_and_shift_pass_through():
    series = autoregression(0.5, (3, 2000))
    before, after = stationary_mean(series), stationary_mean(1e3 * series + 1e6)
    assert after.value == pytest.approx(1e3 * before.value + 1e6, rel=1e-12)
    assert after.standard_error == pytest.approx(1e3 * before.standard_error, rel=1e-8)
    assert after.correlation_time == pytest.approx(before.correlation_time, rel=1e-8)


def test_a_series_that_is_too_short_for_its_correlation_is_refused():
    with pytest.raises(ValueError, match=r"series must have 100 numbers for each lag .* got shape \(1, 1500\)"):
        stationary_mean(autoregression(0.9, 1500))
    drift = np.linspace(0, 1, 5000)
    with pytest.raises(ValueError, match="series must have 100 numbers for each lag"):
        stationary_mean(drift)
    with pytest.raises(ValueError, match="series must have 100 numbers for each lag"):
        stationary_mean(np.tile([1.0, -1.0], 2000))


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (3.0, r"series must be \(T,\) or \(R, T\), at least 2 numbers, got shape \(\)"),
        ([1.0], r"series must be \(T,\) or \(R, T\), at least 2 numbers"),
        (np.zeros((2, 3, 4)), r"series must be \(T,\) or \(R, T\)"),
        (np.zeros((4, 0)), r"series must be \(T,\) or \(R, T\)"),
        ([1.0, np.nan], "series must be finite"),
        (np.full(1000, 0.1), r"series must vary, all its numbers are 0\.1"),
    ],
)
def test_series_that_do_not_serve_are_refused(series, message):
    with pytest.raises(ValueError, match=message):
        stationary_mean(series)
