"""First-passage times whose law is known, censored early enough that a naive mean is badly wrong."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from sgdlab.measure import Estimate, mean_passage_time, passage_time_shape, survival


def rng(seed=0):
    return np.random.default_rng(seed)


def observed(times, limit):
    """Times and flags as of an experiment that ends at `limit`."""
    return np.minimum(times, limit), times > limit


def test_mean_of_four_replicas():
    # Three crossings in 2 + 3 + 5 + 8 = 18 units of observed time.
    estimate = mean_passage_time([2, 3, 8, 5], np.array([False, False, True, False]))
    assert estimate.value == 6
    assert estimate.standard_error == pytest.approx(6 / math.sqrt(3), rel=1e-15)
    assert (estimate.crossed, estimate.censored) == (3, 1)
    assert estimate.lower < 6 < estimate.upper


def test_the_result_is_an_estimate_and_frozen():
    estimate = mean_passage_time([1.0, 2.0], np.zeros(2, dtype=bool))
    assert isinstance(estimate, Estimate)
    with pytest.raises(AttributeError):
        estimate.value = 2.0


def test_null_control_the_mean_over_those_that_crossed_is_wrong():
    mean, limit, replicas = 7.0, 3.5, 40_000
    times, censored = observed(rng().exponential(mean, replicas), limit)
    estimate = mean_passage_time(times, censored)
    assert abs(estimate.value - mean) < 4 * estimate.standard_error
    assert estimate.standard_error == pytest.approx(mean / math.sqrt(replicas * (1 - math.exp(-0.5))), rel=0.02)
    # E(t | t < T) = mean - T / (exp(T / mean) - 1), here 1.60 of 7; the mean of all, censored or not, 2.75.
    naive = times[~censored].mean()
    assert naive == pytest.approx(mean - limit / math.expm1(0.5), rel=0.01)
    assert naive < mean / 4
    assert times.mean() < mean / 2


def test_standard_error_is_honest_under_censoring():
    trials, replicas = 2000, 400
    times, censored = observed(rng().exponential(size=(trials, replicas)), 0.5)
    estimates = [mean_passage_time(t, c) for t, c in zip(times, censored, strict=True)]
    scores = np.array([(e.value - 1) / e.standard_error for e in estimates])
    assert abs(scores.var() - 1) < 4 * math.sqrt(2 / trials)
    # If the censored counted as crossings, the error would be smaller by sqrt(0.39): scores of variance 2.5.
    assert 1 - math.exp(-0.5) < 0.4


def test_each_replica_may_have_its_own_time_of_observation():
    limits = rng(1).uniform(0.1, 3, 40_000)
    estimate = mean_passage_time(*observed(rng().exponential(size=40_000), limits))
    assert abs(estimate.value - 1) < 4 * estimate.standard_error
    assert estimate.standard_error < 0.01


def tail_chances(replicas, limit, trials):
    """How often the 90 % interval lies wholly above and wholly below the mean 1."""
    times, censored = observed(rng(replicas).exponential(size=(trials, replicas)), limit)
    estimates = [mean_passage_time(t, c, confidence=0.9) for t, c in zip(times, censored, strict=True)]
    return np.mean([e.lower > 1 for e in estimates]), np.mean([e.upper < 1 for e in estimates])


@pytest.mark.parametrize("replicas", [1, 4])
def test_the_interval_is_exact_where_all_crossed(replicas):
    trials = 3000
    above, below = tail_chances(replicas, np.inf, trials)
    error = math.sqrt(0.05 * 0.95 / trials)
    assert abs(above - 0.05) < 4 * error
    assert abs(below - 0.05) < 4 * error


@pytest.mark.parametrize(("replicas", "limit"), [(1, 1.0), (4, 0.5), (4, 3.0), (30, 0.5)])
def test_the_interval_keeps_its_level_under_censoring(replicas, limit):
    trials = 2000
    largest = binom.isf(1e-4, trials, 0.05) / trials
    above, below = tail_chances(replicas, limit, trials)
    assert above <= largest
    assert below <= largest


def test_without_a_crossing_a_lower_bound_is_left():
    times = np.full(20, 3.0)
    estimate = mean_passage_time(times, np.ones(20, dtype=bool), confidence=0.9)
    assert estimate.value == estimate.standard_error == estimate.upper == math.inf
    assert (estimate.crossed, estimate.censored) == (0, 20)
    # The mean at which 60 units without a crossing have the chance 5 %.
    assert math.exp(-60 / estimate.lower) == pytest.approx(0.05, rel=1e-12)


def test_the_interval_widens_with_its_level_and_scales_with_the_unit():
    times, censored = observed(rng().exponential(size=30), 1.0)
    narrow, wide = (mean_passage_time(times, censored, confidence=level) for level in (0.5, 0.99))
    assert wide.lower < narrow.lower < narrow.value < narrow.upper < wide.upper
    scaled = mean_passage_time(1e3 * times, censored, confidence=0.5)
    for name in ("value", "standard_error", "lower", "upper"):
        assert getattr(scaled, name) == pytest.approx(1e3 * getattr(narrow, name), rel=1e-12)


def test_survival_by_hand():
    # At 2 one of 5 crosses; at 3 one of 4, another is given up; at 5 both of the last two.
    at, chance = survival([2, 3, 3, 5, 5], np.array([False, False, True, False, False]))
    assert at.tolist() == [2, 3, 5]
    np.testing.assert_allclose(chance.value, [4 / 5, 3 / 5, 0], atol=1e-15)
    greenwood = [1 / (5 * 4), 1 / (5 * 4) + 1 / (4 * 3)]
    np.testing.assert_allclose(chance.standard_error, [0.8 * math.sqrt(greenwood[0]), 0.6 * math.sqrt(greenwood[1]), 0])


def test_survival_without_censoring_is_the_share_left_with_a_binomial_error():
    times = rng().gamma(3.0, size=50)
    at, chance = survival(times, np.zeros(50, dtype=bool))
    share = 1 - np.arange(1, 51) / 50
    np.testing.assert_array_equal(at, np.sort(times))
    np.testing.assert_allclose(chance.value, share, atol=1e-14)
    np.testing.assert_allclose(chance.standard_error, np.sqrt(share * (1 - share) / 50), atol=1e-14)


@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (lambda size: rng().exponential(size=size), lambda t: np.exp(-t)),
        (lambda size: rng().gamma(2.0, size=size), lambda t: (1 + t) * np.exp(-t)),
    ],
    ids=["exponential", "two stages"],
)
def test_survival_under_random_censoring_is_the_law_within_its_errors(draw, law):
    trials, replicas, looked_at = 400, 300, 1.0
    scores, naive = [], []
    for times, limits in zip(draw((trials, replicas)), rng(1).exponential(2.0, (trials, replicas)), strict=True):
        at, chance = survival(*observed(times, limits))
        last = np.searchsorted(at, looked_at) - 1
        scores.append((chance.value[last] - law(looked_at)) / chance.standard_error[last])
        naive.append((np.minimum(times, limits) > looked_at).mean())
    assert abs(np.mean(scores)) < 4 / math.sqrt(trials)
    assert abs(np.var(scores) - 1) < 4 * math.sqrt(2 / trials)
    # The share that is still observed counts the censored as crossed.
    assert np.mean(naive) < 0.7 * law(looked_at)


def test_survival_without_a_crossing_is_empty():
    at, chance = survival([1.0, 2.0], np.ones(2, dtype=bool))
    assert at.shape == chance.value.shape == (0,)


@pytest.mark.parametrize("shape", [0.6, 1.0, 2.5])
def test_shape_of_weibull_times_is_honest_under_censoring(shape):
    trials, replicas = 500, 300
    times, censored = observed(rng().weibull(shape, (trials, replicas)), 0.7)
    estimates = [passage_time_shape(t, c) for t, c in zip(times, censored, strict=True)]
    scores = np.array([(e.value - shape) / e.standard_error for e in estimates])
    # The estimate leans upwards by about 1.4 / crossings of itself, a tenth of its error here.
    assert abs(scores.mean()) < 4 / math.sqrt(trials) + 0.1
    assert abs(scores.var() - 1) < 4 * math.sqrt(2 / trials)


def test_shape_without_censoring_has_the_known_error():
    estimate = passage_time_shape(rng().exponential(size=20_000), np.zeros(20_000, dtype=bool))
    assert abs(estimate.value - 1) < 4 * estimate.standard_error
    assert estimate.standard_error == pytest.approx(math.sqrt(6 / math.pi**2 / 20_000), rel=0.03)


def test_shape_tells_other_laws_from_the_exponential():
    early, late = rng().exponential(0.1, 1000), rng(1).exponential(2.0, 1000)
    mixed = passage_time_shape(*observed(np.concatenate([early, late]), 1.0))
    staged = passage_time_shape(*observed(rng().gamma(2.0, size=1000), 1.0))
    assert mixed.value < 1 - 5 * mixed.standard_error
    assert staged.value > 1 + 5 * staged.standard_error


def test_shape_does_not_see_the_unit():
    times, censored = observed(rng().exponential(size=50), 1.0)
    small, large = (passage_time_shape(unit * times, censored) for unit in (1e-200, 1e200))
    assert large.value == pytest.approx(small.value, rel=1e-9)
    assert large.standard_error == pytest.approx(small.standard_error, rel=1e-9)


@pytest.mark.parametrize("call", [mean_passage_time, survival, passage_time_shape])
@pytest.mark.parametrize("times", [[], [[1.0]], [0.0, 1.0], [1.0, np.nan], [1.0, np.inf]])
def test_times_outside_their_range_are_refused(call, times):
    with pytest.raises(ValueError, match=r"times must be positive finite numbers \(R,\), R at least 1"):
        call(times, np.zeros(np.shape(times), dtype=bool))


@pytest.mark.parametrize("call", [mean_passage_time, survival, passage_time_shape])
@pytest.mark.parametrize("censored", [np.zeros(3, dtype=bool), np.zeros(2), False])
def test_flags_of_another_kind_are_refused(call, censored):
    with pytest.raises(ValueError, match=r"censored must be truth values of shape \(2,\)"):
        call([1.0, 2.0], censored)


def test_other_arguments_outside_their_range_are_refused():
    for confidence in (0, 1, 95):
        with pytest.raises(ValueError, match=f"confidence must be between 0 and 1, got {confidence}"):
            mean_passage_time([1.0], np.zeros(1, dtype=bool), confidence=confidence)
    for times, censored in (([1.0, 2.0], [False, True]), ([2.0, 2.0, 1.0], [False, False, True])):
        with pytest.raises(ValueError, match="at least 2 crossings, one of them before the longest time"):
            passage_time_shape(times, np.array(censored))
