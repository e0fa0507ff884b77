"""The stationary law of the SDE in two dimensions, where everything is elementary, and with unequal curvatures."""

import numpy as np
import pytest

from sgdlab.experiments import student_law as experiment

NOISE = 5.0  # B / (eta h)
SMALL = experiment.Config(
    settings=(
        experiment.Setting("plane", (1.0, 1.0), 1 / NOISE),
        experiment.Setting("anisotropic", (1.0, 3.0), 1 / 10),
    ),
    loss_ratios=(1.5, 2.0),
    time_step=0.04,
    transient=8.0,
    duration=40.0,
    interval=0.8,
    replicas=1000,
    seed=3,
)


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def within_errors(result, name, expected):
    return np.abs(result[name] - expected) < 4 * result[f"{name}_error"]


def test_the_tail_is_a_power_in_two_dimensions(result):
    c = np.array(SMALL.loss_ratios)
    assert within_errors(result, "plane_tail", c**-NOISE).all()
    # Told apart from frozen noise, and from the reading of the noise at the middle of a step.
    assert not within_errors(result, "plane_tail", np.exp(-NOISE * (c - 1))).any()
    assert not within_errors(result, "plane_tail", c ** -(NOISE - 0.5)).any()


def test_means_in_both_times(result):
    assert within_errors(result, "plane_mean", NOISE / (NOISE - 1))
    assert not within_errors(result, "plane_mean", 1 + 1 / NOISE)
    # log c is exponential: at the rate B / (eta h) in t, and at one less in tau.
    assert within_errors(result, "plane_log", 1 / NOISE)
    assert within_errors(result, "plane_clock_log", 1 / (NOISE - 1))
    assert not within_errors(result, "plane_clock_log", 1 / NOISE)


def test_a_capped_mean_is_one_plus_the_integral_of_the_tail(result):
    c = np.array(SMALL.loss_ratios)
    assert within_errors(result, "plane_capped", 1 + (1 - c ** (1 - NOISE)) / (NOISE - 1)).all()


def test_steep_and_flat_directions_are_equally_wide(result):
    load = (1.0 + 3.0) / (2 * 10)
    widths = 2 / 10 / 2 / (1 - load)  # eta L_m / B
    assert within_errors(result, "anisotropic_variances", widths).all()
    assert not within_errors(result, "anisotropic_variances", [widths, widths / 3])[1]
