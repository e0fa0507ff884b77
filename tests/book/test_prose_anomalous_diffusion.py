"""What the chapter on anomalous diffusion says in words, held against its laws and its stored results."""

import re
from pathlib import Path

import numpy as np
import pytest

from sgdlab.experiments import drift_exponents, regression_displacement, stationary_displacement
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.runs import load

PAGE = (Path(__file__).parents[2] / "book" / "limiting" / "anomalous_diffusion.ipynb").read_text(encoding="utf-8")
CHAPTER = re.sub(r'\s*\\n",\s*"|\s+', " ", PAGE)
DIGITS = load("regression_displacement", "full").arrays


def says(words):
    assert words in CHAPTER


def forty(momentum, steps):
    """Exact displacement of the forty directions, that of the Langevin equation, and the sum."""
    setting = stationary_displacement.chain(stationary_displacement.QUICK, momentum).setting
    exact = laws.global_displacement(steps, *setting, model="discrete")
    return exact, laws.global_displacement(steps, *setting), laws.summed_displacement(steps, *setting)


def test_the_exponent_of_the_first_figure_is_near_one_half_for_decades():
    says("yet the exponent is close to one half for decades")
    says("From step 100 to step 10,000, what is the slope")
    eigenvalues = np.array([1.0, 0.17, 0.028, 0.0046, 0.00077, 0.00013, 0.00002])
    for steps in np.geomspace(100, 10_000, 9):
        moved = growth = 0.0
        for h in eigenvalues:
            matrix = laws.propagator(0.05 * steps, h, 0.05, 0.5)
            frequency = laws.natural_frequency(h, 0.05, 0.5)
            growth += h**-0.5 * 0.05 * steps * frequency**2 * matrix[0, 1]
            moved += h**-0.5 * (1 - matrix[0, 0])
        assert 0.42 < growth / moved < 0.58


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_langevin_equation_is_too_small_at_first(momentum):
    says("The Langevin equation is too small at first, and within two percent after a hundred steps")
    for steps in (100, 300, 1000):
        exact, model, _ = forty(momentum, steps)
        assert 0.98 < model / exact < 1
    exact, model, _ = forty(momentum, 1)
    assert model / exact < 0.95


def test_the_sum_is_wrong_by_factors_without_momentum():
    says("without momentum it is wrong by a factor of two after a hundred steps")
    says("by more than four after a thousand")
    ratios = [forty(0.0, steps)[2] / forty(0.0, steps)[0] for steps in (100, 1000)]
    assert ratios[0] == pytest.approx(2, rel=0.05)
    assert ratios[1] > 4


def test_three_formulas_within_two_percent():
    says("from ten to a hundred steps, the three formulas agree within two percent")
    for steps in (10, 30, 100):
        exact, model, total = forty(0.9, steps)
        assert max(abs(model / exact - 1), abs(total / exact - 1)) < 0.02


def test_the_sum_at_momentum_nine_tenths():
    says("it is off by a few percent after a thousand steps")
    exact, _, total = forty(0.9, 1000)
    assert 1.03 < total / exact < 1.06


def test_the_first_correlation_of_the_equation_is_positive_below_one_half():
    says(r"says the opposite for $\\eta_h<\\frac12$")
    below, above = (laws.propagator(1.0, rate, 1.0, 0.0)[1, 1] for rate in (0.49, 0.51))
    assert below > 0 > above


def test_drift_from_equal_distances_has_the_exponent_of_the_spectrum():
    says("the drift has the same exponent")
    h = np.geomspace(1e-9, 1.0, 4001)
    for density in (1.5, 2.5):
        moved = [(h ** (1 - density) * np.expm1(-h * time) ** 2).sum() for time in (1e4, 1.1e4)]
        assert np.log(moved[1] / moved[0]) / np.log(1.1) == pytest.approx(density - 1, abs=0.02)


def test_the_trained_start():
    says("at the two larger ones it is above 1")
    config = drift_exponents.QUICK
    first, last = config.window
    found = []
    for size in config.batch_sizes:
        moving = drift_exponents.chain(config, size)
        drift, noise = moving.displacement_from_rest(drift_exponents.start(config), last)
        slope = np.log((drift + noise)[[first - 1, last - 1]])
        found.append(np.diff(slope)[0] / np.log(last / first))
    assert found[0] < 1 < found[1] < found[2]
    assert len(found) == 3


def test_steps_of_the_regression():
    says("All deviations are upwards")
    says("the largest is that of the largest learning rate")
    settings = regression_displacement.settings(regression_displacement.FULL)
    ratios = np.array(
        [
            moved
            / laws.local_displacement_langevin(
                learning_rate=s.learning_rate,
                batch_size=s.batch_size,
                momentum=s.momentum,
                noise_variance=1.0,
                hessian_trace=DIGITS["sample_trace"],
            )
            for s, moved in zip(settings, DIGITS["displacement"][:, 0], strict=True)
            if s.sampling == "with-replacement"
        ]
    )
    assert (ratios > 1).all()
    assert settings[1 + ratios.argmax()].learning_rate == max(s.learning_rate for s in settings)


def test_exponents_of_the_regression():
    says("At the base its exponent is nearly one half")
    says("the exponent falls to almost zero")
    assert DIGITS["exponent"][0] == pytest.approx(0.5, abs=0.02)
    assert abs(DIGITS["exponent"][1]) < 0.02
    assert np.ptp(DIGITS["exponent"][7:12]) < 8 * DIGITS["exponent_error"][7:12].max()


def test_two_curvatures_need_a_factor_of_a_hundred():
    says("A factor of 100 is about enough")

    def lowest(flat):
        times = np.geomspace(1, 1.3 / flat, 300)
        x = np.outer(times, [1, flat])
        return ((x * np.exp(-x)).sum(1) / -np.expm1(-x).sum(1)).min()

    assert lowest(0.01) < 0.1 < lowest(0.02)
