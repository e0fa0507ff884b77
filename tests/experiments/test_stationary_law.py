"""Figure 3a in small: both fits against laws whose exponent is known, SGD against the exact variance of its data."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from sgdlab.experiments import stationary_law as experiment
from sgdlab.experiments._histogram_fit import histogram_exponent
from sgdlab.laws import power_law_escape as laws
from sgdlab.measure import power_law_exponent
from sgdlab.problems import gaussian_design

SMALL = replace(
    experiment.QUICK,
    settings=(experiment.Setting(1.0, 10, data_sets=6), experiment.Setting(0.2, 1, data_sets=1)),
    n_samples=5_000,
    kept=4_000,
    every=20,
    bins=40,
)


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def student(exponent, count, seed):
    """Numbers with the density (1 + x^2)^-exponent."""
    index = 2 * exponent - 1
    return scipy.stats.t(index).rvs(count, random_state=seed) / np.sqrt(index)


@pytest.mark.parametrize("exponent", [3.0, 20.0])
def test_both_fits_find_a_power_law_where_there_is_one(exponent):
    x = np.abs(student(exponent, 100_000, seed=1))
    likelihood = power_law_exponent(x, 1.0)
    assert abs(likelihood.value - exponent) < 4 * likelihood.standard_error
    # A histogram has a bias of its own: bins of finite width, and logarithms of counts.
    assert histogram_exponent(x, 60).value == pytest.approx(exponent, rel=0.05)


def test_the_likelihood_finds_the_exponent_of_the_variance_in_gaussian_numbers():
    variance = 0.01  # in units of 2 L* / h
    x = np.random.default_rng(2).normal(0, np.sqrt(variance), 100_000)
    expected = laws.exponent_of_variance(mode_variance=variance, curvature=1.0, minimum_loss=0.5)
    fit = power_law_exponent(x, 1.0)
    assert expected == 51.5
    assert abs(fit.value - expected) < 4 * fit.standard_error
    assert fit.standard_error < 0.01 * expected


def test_the_exponent_of_given_data_is_that_of_fresh_samples_when_there_are_many():
    problem = gaussian_design(100_000, [1.0], 1.0, seed=3)
    for rate, size in [(0.1, 1), (1.0, 10)]:
        curvature = float(problem.hessian())
        law = laws.fitted_exponent(learning_rate=rate, batch_size=size, curvature=curvature)
        # Four times its scatter from data set to data set, 2 / sqrt(N).
        assert experiment.data_exponent(problem, rate, size) == pytest.approx(law, rel=8 / np.sqrt(100_000))


def test_sgd_is_where_its_variance_says_and_not_where_the_published_law_says(result):
    rates, sizes = np.array([1.0, 0.2]), np.array([10, 1])
    # What a law that is no power law adds to the fit: at most 3/2 v.
    bias = 1.5 / (2 * result["exact"] - 3)
    error = np.hypot(result["likelihood_error"], result["exact_error"])
    assert (np.abs(result["likelihood"] - result["exact"]) < 4 * error + bias).all()
    published = laws.stationary_exponent(learning_rate=rates, batch_size=sizes, curvature=result["curvature"])
    assert ((published - result["likelihood"]) > 4 * error + bias).all()


def test_gaussian_numbers_of_the_same_variance_pass_for_the_same_power_law(result):
    error = np.hypot(result["likelihood_error"], result["gaussian_error"])
    assert (np.abs(result["gaussian"] - result["likelihood"]) < 4 * error).all()


def test_of_several_data_sets_the_error_is_their_scatter(result):
    # One run of 4,000 samples errs by the share sqrt(2 / 4000), and by 2 / sqrt(N) from its data; six runs by less.
    alone = np.hypot(np.sqrt(2 / 4000), 2 / np.sqrt(5000))
    assert 0.3 < result["likelihood_error"][0] / (alone * result["likelihood"][0] / np.sqrt(6)) < 2
    assert result["exact_error"][1] == 0


def test_a_live_figure_gets_the_settings_of_its_learning_rate(monkeypatch):
    count = len(experiment.QUICK.settings)
    known = {"likelihood": np.arange(count) + 0.5, "likelihood_error": np.full(count, 0.1)}
    monkeypatch.setattr(experiment, "quick", lambda seed: known)
    points = experiment.fitted("likelihood", (1, 4, 100))(0.01, 0)
    np.testing.assert_equal(points.value, [0.5, 1.5, np.nan])
    np.testing.assert_equal(experiment.fitted("likelihood", (1, 100))(1.0).value, [np.nan, 9.5])
