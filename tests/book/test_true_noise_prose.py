"""Words of the chapter on true minibatch noise, held against the stored results and the laws."""

from pathlib import Path

import numpy as np
import pytest

from sgdlab.laws import power_law_escape as laws
from sgdlab.runs import load

CHAPTER = (Path(__file__).parents[2] / "book" / "escape" / "true_minibatch_noise.ipynb").read_text(encoding="utf-8")


def test_frozen_steps_stay_within_about_a_tenth_of_sgd():
    assert "stay within about a tenth of one" in CHAPTER
    weak = load("weak_noise_passage", "full").arrays
    frozen = weak["gaussian"][:2, :, 0] / weak["exact"][:2]
    assert 0.08 < np.abs(frozen - 1).max() < 0.12


def test_no_replica_was_given_up():
    assert "hardly any was given up" in CHAPTER
    assert load("weak_noise_passage", "full").arrays["censored"].sum() == 0
    assert load("kesten_slope", "full").arrays["censored"].sum() / 4000 < 0.05


def test_up_to_two_the_barrier_is_that_of_thermal_noise():
    assert "the barrier is $c-1$ within 0.003" in CHAPTER
    result = load("passage_exponents", "full").arrays
    rate, ratios = result["learning_rate"][-2], result["loss_ratio"]
    found = rate * (np.diff(result["log_time"][-2:], axis=0)[0] + np.log(2) / 2)
    assert np.abs(found - (ratios - 1))[ratios <= 2].max() < 0.003
    assert np.abs(found - (ratios - 1))[ratios > 2].min() > 0.1


def test_the_indices_cross_twice_and_part_at_both_ends():
    assert "between $n=5$ and 10 and between 16 and 17" in CHAPTER
    assert "at $n=1$ by a fifth, at $n=18$ by a factor of two" in CHAPTER
    ratio = {
        n: laws.tail_index(0.1, 1, n, "loss-proportional") / laws.tail_index(0.1, 1, n, "discrete")
        for n in (1, 5, 10, 16, 17, 18)
    }
    assert ratio[5] > 1 > ratio[10]
    assert ratio[16] < 1 < ratio[17]
    assert (ratio[1], ratio[18]) == pytest.approx((1.2, 2), rel=0.02)


def test_in_nineteen_dimensions_there_is_no_stationary_law():
    assert "At $n=19$ SGD has no stationary law at all" in CHAPTER
    assert laws.lyapunov_exponent(0.1, 1, 18) < 0 < laws.lyapunov_exponent(0.1, 1, 19)


def test_the_slope_in_ten_dimensions_stays_near_six_where_one_measures():
    assert "stays near 6 between $c=5$ and 15" in CHAPTER
    result = load("kesten_slope", "full").arrays
    ratio, times = result["ratio"], result["exact"][-1]
    slope = np.diff(np.log(times)) / np.diff(np.log(ratio))
    middle = np.sqrt(ratio[1:] * ratio[:-1])
    assert np.abs(slope[(middle > 5) & (middle < 15)] - 6).max() < 0.25
    assert slope[(middle > 1.6) & (middle < 3)].max() < 5
    assert (slope[middle > 200] > 6.3).all()


def test_each_large_batch_is_worth_a_factor_of_about_thirteen():
    assert "each factor of about 13 in $c$ takes one more large batch" in CHAPTER
    assert "8.4 and 10 for $n=2$" in CHAPTER
    ratios = np.geomspace(1e4, 1e7, 200)
    thresholds = ratios[1:][np.diff(laws.large_batches(ratios)) > 0]
    assert len(thresholds) >= 2
    assert np.exp(np.diff(np.log(thresholds))) == pytest.approx([13] * (len(thresholds) - 1), rel=0.08)
    assert laws.kesten_index(0.1, 1, 2) / 2 == pytest.approx(8.4, abs=0.05)
