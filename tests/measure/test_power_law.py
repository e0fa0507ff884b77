"""Exponents of samples whose law is known: Student's t, Pareto's, and Gaussian ones that have no exponent at all."""

import math

import numpy as np
import pytest
from scipy.stats import t as student

from sgdlab.measure import power_law_exponent, power_law_exponent_and_scale, stationary_mean, tail_index


def rng(seed=0):
    return np.random.default_rng(seed)


def power_law(exponent, scale, size, seed=0):
    """Samples of P(x) ~ (1 + x^2 / s^2)^(-phi): Student's t of 2 phi - 1 degrees of freedom, of scale s / sqrt(nu)."""
    nu = 2 * exponent - 1
    return scale / math.sqrt(nu) * rng(seed).standard_t(nu, size)


def log_likelihood(samples, exponent, scale):
    nu = 2 * exponent - 1
    return student.logpdf(samples, nu, scale=scale / math.sqrt(nu)).mean()


def pooled_gaussians(decades, coordinates=200, each=1000):
    """Gaussian coordinates of log-normal scales, pooled into one sample, and the same with equal scales."""
    gaussians = rng().standard_normal((coordinates, each))
    scales = 10 ** (decades * rng(1).standard_normal(coordinates))
    return (scales[:, None] * gaussians).ravel(), gaussians.ravel()


def test_the_exponent_has_the_largest_likelihood():
    samples = power_law(2.0, 3.0, 500)
    best = power_law_exponent(samples, 3.0).value
    at_best = log_likelihood(samples, best, 3.0)
    for step in (1e-3, 0.1):
        assert log_likelihood(samples, best + step, 3.0) < at_best
        assert log_likelihood(samples, best - step, 3.0) < at_best


@pytest.mark.parametrize("exponent", [0.8, 3.0, 11.0])
def test_exponent_of_exact_samples_is_honest(exponent):
    trials, size = 600, 1000
    estimates = [power_law_exponent(x, 0.5) for x in power_law(exponent, 0.5, (trials, size))]
    scores = np.array([(e.value - exponent) / e.standard_error for e in estimates])
    # The estimate leans upwards by about 1 / M of itself, some hundredths of its error.
    assert abs(scores.mean()) < 4 / math.sqrt(trials) + 0.05
    assert abs(scores.var() - 1) < 4 * math.sqrt(2 / trials)


def test_the_cauchy_density_has_the_exponent_one():
    # phi = 1: the mean of log(1 + x^2) is log 4, its variance pi^2 / 3.
    samples = rng().standard_cauchy(100_000)
    estimate = power_law_exponent(samples, 1.0)
    assert abs(estimate.value - 1) < 4 * estimate.standard_error
    assert estimate.standard_error == pytest.approx(math.sqrt(3 / math.pi**2 / 1e5), rel=0.02)
    # One number whose logarithm is log 4 gives exactly 1.
    assert power_law_exponent([math.sqrt(3), -math.sqrt(3)], 1.0).value == pytest.approx(1, rel=1e-12)


def test_a_wrong_scale_is_a_wrong_exponent():
    estimate = power_law_exponent(power_law(3.0, 1.0, 20_000), 1.2)
    assert estimate.value - 3 > 10 * estimate.standard_error


@pytest.mark.parametrize("exponent", [1.0, 3.0])
def test_exponent_and_scale_are_honest_together(exponent):
    trials, size, scale = 250, 2000, 4.0
    fits = [power_law_exponent_and_scale(x) for x in power_law(exponent, scale, (trials, size))]
    for part, truth in ((0, exponent), (1, scale)):
        scores = np.array([(fit[part].value - truth) / fit[part].standard_error for fit in fits])
        assert abs(scores.mean()) < 4 / math.sqrt(trials) + 0.1
        assert abs(scores.var() - 1) < 4 * math.sqrt(2 / trials)
    # Not knowing the scale costs much: the error of phi alone would be too small.
    known = power_law_exponent(power_law(exponent, scale, size), scale).standard_error
    assert np.mean([fit[0].standard_error for fit in fits]) > 1.5 * known


def test_exponent_and_scale_have_the_largest_likelihood_and_scale_with_the_samples():
    samples = power_law(2.0, 3.0, 500)
    exponent, scale = (fit.value for fit in power_law_exponent_and_scale(samples))
    at_best = log_likelihood(samples, exponent, scale)
    for change in (0.99, 1.01):
        assert log_likelihood(samples, change * exponent, scale) < at_best
        assert log_likelihood(samples, exponent, change * scale) < at_best
    larger = power_law_exponent_and_scale(1e6 * samples)
    assert larger[0].value == pytest.approx(exponent, rel=1e-6)
    assert larger[1].value == pytest.approx(1e6 * scale, rel=1e-6)


def test_correlated_samples_are_worth_fewer():
    # Each sample 25 times: the naive error is too small by 5.
    single = power_law(3.0, 1.0, 2000)
    repeated = np.repeat(single, 25)
    honest = power_law_exponent(single, 1.0)
    worth = stationary_mean(np.log1p(repeated**2)).effective_samples
    assert worth == pytest.approx(2000, rel=0.2)
    counted = power_law_exponent(repeated, 1.0, effective_samples=2000)
    assert counted.value == pytest.approx(honest.value, rel=1e-10)
    assert counted.standard_error == pytest.approx(honest.standard_error, rel=1e-10)
    assert power_law_exponent(repeated, 1.0).standard_error == pytest.approx(honest.standard_error / 5, rel=1e-10)
    for ours, one in zip(
        power_law_exponent_and_scale(repeated, effective_samples=2000),
        power_law_exponent_and_scale(single),
        strict=True,
    ):
        assert ours.standard_error == pytest.approx(one.standard_error, rel=1e-6)


def test_null_control_gaussian_samples_have_an_exponent_that_is_their_variance():
    # phi = 3/2 + s^2 / 2v, up to the next order in v / s^2, without any tail.
    for variance in (0.01, 0.02):
        estimate = power_law_exponent(math.sqrt(variance) * rng().standard_normal(200_000), 1.0)
        expected = 1.5 + 1 / (2 * variance)
        assert abs(estimate.value - expected) < 4 * estimate.standard_error
        assert 4 * estimate.standard_error < 0.02 * expected


def test_null_control_a_free_scale_refuses_what_has_no_tail():
    with pytest.raises(ValueError, match="samples must have tails heavier than those of a Gaussian"):
        power_law_exponent_and_scale(rng().uniform(-1, 1, 1000))
    # Gaussian samples have a kurtosis below 3 in about half of all cases; in the others the error shows it.
    refused = 0
    for seed in range(20):
        try:
            exponent, _ = power_law_exponent_and_scale(rng(seed).standard_normal(1000))
        except ValueError:
            refused += 1
        else:
            assert exponent.standard_error > exponent.value / 4
    assert 4 <= refused <= 18


def test_tail_index_of_four_sizes():
    # Logarithms 3, 2, 1 above that of the fourth: the mean 2.
    samples = [1.0, -math.exp(1), math.exp(2), -math.exp(3), 0.1]
    estimate = tail_index(samples, 3)
    assert estimate.value == pytest.approx(0.5, rel=1e-12)
    assert estimate.standard_error == pytest.approx(0.5 / math.sqrt(3), rel=1e-12)


@pytest.mark.parametrize("index", [0.7, 2.5])
def test_tail_index_of_a_pareto_law_is_honest(index):
    trials, tail = 600, 300
    estimates = [tail_index(x, tail) for x in 1 + rng().pareto(index, (trials, 2000))]
    # Of 1 / index the estimate has no bias: the score is taken there.
    scores = np.array([(1 / e.value - 1 / index) * index * math.sqrt(tail) for e in estimates])
    assert abs(scores.mean()) < 4 / math.sqrt(trials)
    assert abs(scores.var() - 1) < 4 * math.sqrt(2 / trials)
    relative = [e.standard_error / e.value for e in estimates]
    np.testing.assert_allclose(relative, 1 / math.sqrt(tail), rtol=1e-12)


def test_tail_index_and_exponent_agree_on_a_power_law():
    samples = power_law(1.5, 1.0, 400_000)
    index, exponent = tail_index(samples, 1000), power_law_exponent(samples, 1.0)
    # alpha = 2 phi - 1 = 2, up to a bias of order (tail / samples)^(2 / alpha).
    assert abs(index.value - 2) < 4 * index.standard_error
    assert abs(index.value - (2 * exponent.value - 1)) < 4 * index.standard_error


def test_null_control_gaussian_samples_have_no_tail_index():
    indices = [tail_index(rng().standard_normal(400_000), tail) for tail in (40_000, 4000, 400)]
    # The logarithmic slope of the Gaussian tail, y^2 + 1 to first order, grows without end.
    assert indices[0].value < indices[1].value - 10 * indices[1].standard_error
    assert indices[1].value < indices[2].value - 5 * indices[2].standard_error


def test_null_control_pooled_gaussians_of_several_scales_show_a_spurious_tail():
    # Scales over a decade: 1 % of the samples show an index near 1 with an error of 2 %, and no sample is heavy-tailed.
    tail = 2000
    pooled, equal = pooled_gaussians(1.0)
    spurious = tail_index(pooled, tail)
    assert spurious.value < 1.5
    assert spurious.standard_error < 0.05
    assert tail_index(equal, tail).value > 8
    # The wider the scales, the heavier the tail seems; the likelihood of the whole density is deceived as well.
    indices = [tail_index(pooled_gaussians(decades)[0], tail).value for decades in (0.0, 0.25, 0.5, 1.0)]
    assert np.diff(indices).max() < -0.5
    exponent, _ = power_law_exponent_and_scale(pooled[::10])
    assert exponent.value < 1
    assert exponent.standard_error < 0.01


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: power_law_exponent(x, 0.0), "scale must be a finite number > 0, got 0.0"),
        (lambda x: power_law_exponent(x, math.inf), "scale must be a finite number > 0, got inf"),
        (lambda x: power_law_exponent(x, 1.0, effective_samples=0), "effective_samples must be a finite number > 0"),
        (lambda x: power_law_exponent_and_scale(x, effective_samples=-1), "effective_samples must be a finite number"),
        (lambda x: power_law_exponent(x[None], 1.0), r"samples must be finite numbers \(M,\), M at least 2"),
        (lambda x: power_law_exponent(0 * x, 1.0), "samples must be finite numbers .* not all 0"),
        (lambda x: power_law_exponent_and_scale(x / 0), "samples must be finite numbers"),
        (lambda x: tail_index(x[:1], 1), "samples must be finite numbers"),
        (lambda x: tail_index(x, 0), "tail must be from 1 to 4, got 0"),
        (lambda x: tail_index(x, 5), "tail must be from 1 to 4, got 5"),
        (lambda x: tail_index(np.ones(5), 2), "samples must be spread beyond the tail's beginning, got 1.0 to 1.0"),
        (lambda x: tail_index(x * [0, 0, 0, 1, 1], 3), "samples must be spread beyond the tail's beginning, got 0.0"),
    ],
)
def test_arguments_outside_their_range_are_refused(call, message):
    with np.errstate(divide="ignore"), pytest.raises(ValueError, match=message):
        call(np.arange(1.0, 6.0))
