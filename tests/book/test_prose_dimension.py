"""Numbers that the chapter on the effective dimension rounds into words, held against the stored results."""

from pathlib import Path

import numpy as np

from sgdlab.experiments import network_escape, preferred_dimension
from sgdlab.experiments._passage_slope import passage_slope
from sgdlab.experiments._valley_grid import valley_grid
from sgdlab.runs import load

CHAPTER = (Path(__file__).parents[2] / "book" / "escape" / "effective_dimension.ipynb").read_text(encoding="utf-8")
SPECTRUM, ESCAPE = load("parity_spectrum", "full").arrays, load("network_escape", "full").arrays
NOISE = np.array([size / rate for rate, size in network_escape.FULL.settings])


def slopes(kind):
    """Of all minima and settings."""
    steps, censored = ESCAPE["steps" + kind], ESCAPE["censored" + kind]
    return np.array(
        [
            [
                passage_slope(steps[m, s], censored[m, s], ESCAPE["loss_ratio"], 1 / rate).value
                for s, (rate, _) in enumerate(network_escape.FULL.settings)
            ]
            for m in range(len(steps))
        ]
    ).mean(0)


def test_both_stored_experiments_stand_at_the_same_minima():
    np.testing.assert_allclose(ESCAPE["loss"], SPECTRUM["loss"][:, 1], rtol=1e-6)
    np.testing.assert_allclose(ESCAPE["curvature"], SPECTRUM["hessian"][:, 1, 0], rtol=1e-3)


def test_the_equation_describes_the_escape_to_within_about_one():
    assert "to within about one in its exponent" in CHAPTER
    assert 0.3 < np.abs(slopes("") - slopes("_loss_proportional")).max() < 1.2
    assert (slopes("_frozen") - slopes("")).min() > 3


def test_neither_reading_gives_the_slopes():
    assert "too small by two to four, and at the strongest noise just below zero" in CHAPTER
    by_ratio = NOISE + 1 - SPECTRUM["participation_ratio"].mean() / 2
    assert (slopes("") - by_ratio).min() > 2
    assert (slopes("") - by_ratio).max() < 4
    assert -0.2 < by_ratio.min() < 0
    assert "negative at every setting" in CHAPTER
    assert (NOISE + 1 - SPECTRUM["entropy"].min() / 2 < 0).all()


def test_at_equal_noise_the_smaller_step_comes_closer():
    assert "the smaller step comes closer" in CHAPTER
    gap = np.abs(slopes("") - slopes("_loss_proportional"))
    settings = list(network_escape.FULL.settings)
    for large, small in [((0.4, 3), (0.267, 2)), ((0.4, 4), (0.2, 2))]:
        assert gap[settings.index(small)] < gap[settings.index(large)]


def test_at_four_times_the_loss_the_preference_of_sgd_is_stronger_by_about_a_half():
    assert "a stronger one at $c=4$, by about a half" in CHAPTER
    ratios = load("preferred_dimension", "full").arrays["ratio"]
    for setting, ratio in zip(preferred_dimension.FULL.settings, ratios, strict=True):
        if setting.dynamics == "sgd" and setting.loss_ratio == 4:
            excess = ratio / valley_grid(1 / setting.learning_rate, setting.loss_ratio, setting.dimension)[0]
            assert 1.3 < excess < 1.7
