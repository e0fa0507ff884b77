"""What the chapter on the log-loss SDE says in words, held against its stored result."""

import re
from pathlib import Path

import numpy as np
import pytest

from sgdlab.experiments.stationary_law import FULL
from sgdlab.laws import power_law_escape as laws
from sgdlab.runs import load

PAGE = (Path(__file__).parents[2] / "book" / "escape" / "log_loss_sde.ipynb").read_text(encoding="utf-8")
CHAPTER = re.sub(r'\s*\\n",\s*"|\s+', " ", PAGE)
RESULT = load("stationary_law", "full").arrays
RATES, SIZES = np.array([(s.learning_rate, s.batch_size) for s in FULL.settings]).T
PUBLISHED = laws.stationary_exponent(learning_rate=RATES, batch_size=SIZES, curvature=RESULT["curvature"])


def says(words):
    assert words in CHAPTER


def test_the_relative_gap_is_one_percent_at_most_at_the_smallest_rate():
    says(r"one percent at most for $\\eta=0.01$")
    gap = (SIZES + 1) / 2 / PUBLISHED
    assert gap[RATES == 0.01].max() < 0.01


def test_the_slight_deviation_is_a_factor_of_two():
    says("the slight deviation is a factor of two")
    np.testing.assert_allclose((PUBLISHED / RESULT["likelihood"])[RATES == 1], 2, rtol=0.02)


def test_but_for_the_noisiest_settings_gaussian_numbers_do_not_stand_apart():
    says("but for the noisiest settings")
    error = np.hypot(RESULT["gaussian_error"], RESULT["likelihood_error"])
    apart = np.abs(RESULT["gaussian"] - RESULT["likelihood"]) > 4 * error
    assert [(r, s) for r, s, differs in zip(RATES, SIZES, apart, strict=True) if differs] == [(1.0, 4), (1.0, 10)]


def test_a_histogram_gives_lower_exponents():
    says("lower by up to some percent, in Gaussian numbers too")
    ratio = RESULT["histogram"] / RESULT["likelihood"]
    assert 0.95 < ratio.min() < 0.98
    assert ratio.max() < 1.005
    assert (RESULT["gaussian_histogram"] < RESULT["gaussian"]).all()


def test_the_fourth_moment_is_wrong_in_both_directions():
    says("Eq. (17) is wrong in both directions")
    published = laws.excess_kurtosis_of_index(tail_index=2 * PUBLISHED - 1)
    measured, error = RESULT["excess_kurtosis"], RESULT["excess_kurtosis_error"]
    at = [(rate, size) for rate, size in zip(RATES, SIZES, strict=True)]
    assert measured[at.index((0.1, 1))] + 4 * error[at.index((0.1, 1))] < published[at.index((0.1, 1))] / 4
    for setting in [(1.0, 10), (1.0, 30), (1.0, 100)]:
        row = at.index(setting)
        assert measured[row] - 4 * error[row] > published[row]


@pytest.mark.parametrize("row", range(len(FULL.settings)))
def test_every_setting_tells_the_two_formulas_apart(row):
    says("at full size all ten settings can tell")
    assert abs(PUBLISHED[row] - RESULT["likelihood"][row]) > 4 * RESULT["likelihood_error"][row]
    assert 4 * RESULT["likelihood_error"][row] < (SIZES[row] + 1) / 4
