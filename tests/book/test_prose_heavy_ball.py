"""Numbers that the chapter on the iterates rounds into words, held against laws and stored results."""

import json
from pathlib import Path

import numpy as np

from sgdlab.experiments import heavy_ball_variances, multiplicative_load, reshuffled_modes
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.runs import load

PAGE = Path(__file__).parents[2] / "book" / "limiting" / "discrete_heavy_ball.ipynb"
CELLS = json.loads(PAGE.read_text(encoding="utf-8"))["cells"]
CHAPTER = " ".join(" ".join("".join(cell["source"]).split()) for cell in CELLS)
CAPTIONS = " ".join(cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "") for cell in CELLS)


def test_the_opening_figure():
    assert "Momentum 0.9, and eta times the sharp curvature is 3.04, where 3.8 is the edge" in CHAPTER
    assert "five times that of the equation, along the flat one it is 1.03 times that" in CHAPTER
    sharp, flat = laws.discreteness_factor(relative_learning_rate=np.array([3.04, 3.04 / 30]), momentum=0.9)
    assert laws.stability_edge_heavy_ball(momentum=0.9) == 3.8
    np.testing.assert_allclose(sharp, 5, rtol=1e-12)
    np.testing.assert_allclose(flat, 1.03, atol=5e-3)


def test_the_ratio_of_the_two_corrections():
    assert r"$\frac{19\,h_{tr}}{Bh}$" in CHAPTER
    setting = {"learning_rate": 1e-7, "momentum": 0.9}
    load_ = laws.load_small_learning_rate(**setting, hessian_trace=3.0, batch_size=2)
    factor = laws.discreteness_factor(relative_learning_rate=1e-7 * 1.5, momentum=0.9)
    np.testing.assert_allclose(load_ / (factor - 1), 19 * 3.0 / (2 * 1.5), rtol=1e-6)


def test_a_model_without_mass_decays_four_hundred_times_too_fast():
    assert "decays four hundred times too fast" in CHAPTER
    np.testing.assert_allclose(0.02 / (1 - 0.99) / laws.damping_per_step(momentum=0.99), 400, rtol=0.01)


def test_a_single_direction_without_variance_at_learning_rate_0_2():
    assert "At the learning rate 0.2 the sharpest direction alone has $q_h>1$" in CHAPTER
    wild = multiplicative_load.FULL.wild
    feedback = laws.mode_feedback(
        learning_rate=wild.learning_rate, momentum=wild.momentum, batch_size=wild.batch_size, curvature=1
    )
    assert feedback > 1
    assert feedback / (1 - feedback) < 0


def excess(row):
    case = reshuffled_modes.FULL.cases[row]
    full, h = load("reshuffled_modes", "full").arrays, np.array(reshuffled_modes.FULL.spectrum)
    closed = laws.reshuffled_variance_ratio(
        h[-1], case.learning_rate, reshuffled_modes.FULL.momentum, case.n_samples, case.batch_size
    )
    above, error = full["ratio"][row, -1] - closed, full["ratio_error"][row, -1]
    return above, error, (h * full["reshuffled"][row]).sum()


def test_the_excess_of_the_reshuffled_variance_is_a_constant_share_of_what_makes_it():
    assert "the last column hardly changes while the excess falls by orders of magnitude" in CHAPTER
    cases = [(0, 0.1), (2, 0.05), (3, 0.02), (6, 0.005)]
    for row, rate in cases:
        assert reshuffled_modes.FULL.cases[row] == reshuffled_modes.Case(64, 8, rate)
        above, error, source = excess(row)
        assert abs(above / source - 0.28) < 0.04 + 2 * error / source
    assert excess(0)[0] > 100 * excess(6)[0]
    assert all(excess(row)[0] > 5 * excess(row)[1] for row, _ in cases[:3])


def test_epochs_four_times_as_long():
    assert "The law's factors are nearly the same. SGD's are not: with batches of two" in CHAPTER
    h = np.array(reshuffled_modes.FULL.spectrum)
    more, smaller = (laws.reshuffled_variance_ratio(h, 0.1, 0.9, n, b) for n, b in ((256, 8), (64, 2)))
    np.testing.assert_allclose(more, smaller, rtol=0.02)
    ratio = load("reshuffled_modes", "full").arrays["ratio"]
    assert ratio[5, -1] > 1.4 * ratio[4, -1]


def test_stored_settings_are_those_of_the_page():
    assert heavy_ball_variances.FULL.settings == heavy_ball_variances.QUICK.settings
    assert heavy_ball_variances.FULL.modes == heavy_ball_variances.QUICK.modes
    assert reshuffled_modes.FULL.cases[: len(reshuffled_modes.QUICK.cases)] == reshuffled_modes.QUICK.cases
    assert multiplicative_load.FULL.settings == multiplicative_load.QUICK.settings
    assert f"{heavy_ball_variances.FULL.mode_replicas:,} replicas (stored)" in CAPTIONS
    assert f"{reshuffled_modes.FULL.replicas:,} replicas of each setting" in CAPTIONS
