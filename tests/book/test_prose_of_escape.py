"""Numbers that the prose of the chapters on escape rounds into words, held against what they come from."""

from pathlib import Path

import numpy as np
import pytest

from sgdlab.experiments import double_well_escape, passage_times, transverse_escape
from sgdlab.laws import power_law_escape as laws
from sgdlab.laws.anisotropic_escape import across_the_path
from sgdlab.runs import load

ESCAPE = Path(__file__).parents[2] / "book" / "escape"
KRAMERS = (ESCAPE / "kramers_rate.ipynb").read_text(encoding="utf-8")
PASSAGE = (ESCAPE / "first_passage.ipynb").read_text(encoding="utf-8")


def test_a_floor_ten_times_as_high_is_left_ten_thousand_times_sooner():
    assert "(11/2) to the 5.5 is 12,000" in KRAMERS
    assert round(5.5**5.5, -3) == 12_000


def test_the_times_in_two_dimensions_are_exact_to_four_digits():
    assert "times are exact to four digits" in KRAMERS
    result = transverse_escape.run(transverse_escape.QUICK)
    assert np.abs(result["coarse"] / result["time"] - 1).max() < 1.5e-4


def test_a_flat_direction_costs_the_root_of_the_loss_ratio():
    assert r"up to about $\\sqrt c$ times as long" in KRAMERS
    factors = [across_the_path(0.02, ratio, "double-well")[1] for ratio in (2.0, 4.0, 20.0)]
    np.testing.assert_allclose(1 / np.array(factors), np.sqrt([2.0, 4.0, 20.0]), rtol=0.02)


def test_at_the_critical_dimension_the_corrections_stay_large():
    assert "they are more than twenty percent" in PASSAGE
    law = laws.DISPLAYED_LAWS["passage_time_at_critical_dimension"]
    far = law(learning_rate=0.1, batch_size=1, curvature=1, loss_ratio=1e8)
    assert 0.2 < 1 - laws.mean_first_passage_time(0.1, 1, 1, 22, 1e8) / far < 0.3


def test_in_one_dimension_frozen_noise_is_slower_by_a_factor_of_ten():
    assert "frozen noise is slower by a factor of ten already at c = 2" in PASSAGE
    times = [laws.mean_first_passage_time(0.1, 1, 1, 1, 2.0, noise=noise) for noise in ("frozen", "loss-proportional")]
    assert 9 < times[0] / times[1] < 12


@pytest.mark.parametrize("experiment", [passage_times, double_well_escape])
def test_few_simulated_replicas_were_given_up(experiment):
    name = experiment.__name__.rpartition(".")[2]
    assert load(name, "full").arrays["censored"].max() < 0.01 * experiment.FULL.replicas
