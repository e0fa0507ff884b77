"""What the chapter on the modified loss says in words, held against its stored result."""

from pathlib import Path

import numpy as np

from sgdlab.experiments.network_phase_space import FULL, isotropy_ratio, spread_exponent
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.runs import load

PAGE = (Path(__file__).parents[2] / "book" / "limiting" / "modified_loss.ipynb").read_text(encoding="utf-8")
CHAPTER = " ".join(PAGE.replace('\\n",', "").replace('"', "").split())
RESULT = load("network_phase_space", "full").arrays


def spread():
    return laws.position_variance_langevin(
        curvature=RESULT["eigenvalue"],
        noise_variance=RESULT["noise"] / RESULT["eigenvalue"],
        learning_rate=RESULT["learning_rate"],
        weight_decay=FULL.minimum.weight_decay,
        momentum=FULL.momentum,
        batch_size=FULL.batch_size,
    )


def test_the_cloud_is_nearly_round_while_the_curvature_varies():
    assert "varies by a factor of forty on MNIST" in CHAPTER
    assert 35 < RESULT["eigenvalue"][0] / RESULT["eigenvalue"][-1] < 50
    assert "by ten percent or so between the sharper and the flatter half" in CHAPTER
    found = isotropy_ratio(RESULT["midpoint"][0]).value
    assert 0.05 < 1 - found < 0.15
    assert "A heat bath would make it vary by a factor of three to four." in CHAPTER
    bath = isotropy_ratio(np.stack([1 / RESULT["eigenvalue"]] * 2)).value
    assert 2.5 < 1 / bath < 4.5


def test_the_scale_is_right_up_to_fifteen_percent():
    assert "up to the five to fifteen percent that a law made for a bowl leaves out" in CHAPTER
    assert 0.04 < (RESULT["midpoint"][0].mean(0) / spread()).mean() - 1 < 0.16


def test_reshuffled_epochs_of_a_hundred_batches_have_a_small_effect_on_thirty_directions():
    assert "the effect on them is small" in CHAPTER
    assert FULL.minimum.n_samples / FULL.batch_size == 100
    found = spread_exponent(RESULT["midpoint"][1], RESULT["eigenvalue"])
    assert found.value < 0.2
    independent = spread_exponent(RESULT["midpoint"][0], RESULT["eigenvalue"])
    assert found.value - independent.value > 4 * (found.standard_error + independent.standard_error)


def test_with_independent_batches_the_two_sides_agree_and_reshuffled_they_do_not():
    assert "With independent batches the two sides agree." in CHAPTER
    independent, reshuffled = RESULT["virial"].mean(1) / RESULT["kinetic"].mean(1)
    assert abs(independent - 1) < 0.03
    assert reshuffled < 0.9
    np.testing.assert_allclose(RESULT["virial_batch"].mean(1) / RESULT["kinetic"].mean(1), 1, atol=0.025)
