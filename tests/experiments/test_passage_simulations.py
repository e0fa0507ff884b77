"""Simulated passages of SDE (12) and exact backward equations, against closed forms, and a control that must fail."""

from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import anisotropic_passage, double_well_escape, passage_times, transverse_escape
from sgdlab.experiments._collocation import at_centre, chebyshev, even
from sgdlab.laws.power_law_escape import double_well_passage_time, mean_first_passage_time

COMMON = {"learning_rate": 0.5, "batch_size": 1, "max_time": 60.0, "replicas": 3000, "seed": 5}


def within(found, expected, errors=4.0, bias=0.01):
    """Whether an estimate lies within so many standard errors, and a bias of the time step, of the truth."""
    return abs(found.value - expected) < errors * found.standard_error + bias * expected


@pytest.mark.parametrize(("dimension", "loss_ratio"), [(1, 2.0), (3, 3.0), (8, 4.0)])
def test_simulated_times_are_the_exact_ones(dimension, loss_ratio):
    """Error 1.8 %; the noise of the minimum everywhere would be 30 % to a factor of 100 off."""
    found = passage_times.quadratic_passage(np.ones(dimension), loss_ratio, time_step=0.01, **COMMON)
    exact = mean_first_passage_time(0.5, 1, 1, dimension, loss_ratio)
    assert within(found, exact)
    assert not within(found, mean_first_passage_time(0.5, 1, 1, dimension, loss_ratio, noise="frozen"))


def test_times_scale_with_the_curvature():
    """Twice the curvature and half the learning rate: half the time, with the same random numbers."""
    one = passage_times.quadratic_passage([1.0], 2.0, time_step=0.02, **COMMON)
    two = passage_times.quadratic_passage(
        [2.0], 2.0, time_step=0.01, **(COMMON | {"learning_rate": 0.25, "max_time": 30.0})
    )
    assert two.value == pytest.approx(one.value / 2, rel=1e-9)


def test_a_coarse_step_without_the_bridge_would_be_seen(monkeypatch):
    """The bridge makes the bias of a large step small: two steps differ by less than the missed crossings would."""
    found = [
        passage_times.quadratic_passage([1.0], 1.5, time_step=step, **(COMMON | {"replicas": 20_000})).value
        for step in (0.01, 0.08)
    ]
    exact = mean_first_passage_time(0.5, 1, 1, 1, 1.5)
    missed = 0.5826 * np.sqrt(2 * 0.08 / 0.5) * exact / 2  # half of what the root of the step would make
    assert abs(found[1] - found[0]) < missed / 2


def test_replicas_that_are_given_up_are_counted():
    found = passage_times.quadratic_passage([1.0], 4.0, time_step=0.05, **(COMMON | {"max_time": 3.0}))
    assert found.censored > 700
    assert found.crossed + found.censored == 3000
    assert found.value > 3.0


def test_the_double_well_is_crossed_in_the_exact_time():
    exact = double_well_passage_time(1 / 16, 1, 2.0)
    found = double_well_escape.double_well_passage(
        2.0, 0.0, learning_rate=1 / 16, batch_size=1, time_step=0.005, max_time=10 * exact, replicas=2000, seed=3
    )
    assert within(found, exact)


def test_a_direction_across_speeds_it_up():
    """Against the backward equation in two dimensions; one dimension is 8 % slower, the theorem 27 % faster."""
    exact = transverse_escape.passage_time(2.0, 0.25, 4.0, 50, 16)
    found = double_well_escape.double_well_passage(
        2.0, 2.0, learning_rate=1 / 32, batch_size=1, time_step=0.004, max_time=10 * exact, replicas=2500, seed=4
    )
    assert within(found, exact, errors=3.5)
    assert exact < 0.95 * double_well_passage_time(1 / 32, 1, 2.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time_step": 2.5}, "time_step must be above 0 and below 2"),
        ({"time_step": 0.0}, "time_step must be above 0"),
        ({"max_time": 0.0}, "max_time must be"),
        ({"replicas": 0}, "replicas must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be"),
    ],
)
def test_arguments_outside_their_ranges_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        passage_times.quadratic_passage([1.0], 2.0, **({"time_step": 0.1} | COMMON | change))
    with pytest.raises(ValueError, match=message.replace("below 2", "below 0.125")):
        double_well_escape.double_well_passage(2.0, 0.0, **({"time_step": 0.1} | COMMON | {"time_step": 0.1} | change))


@pytest.mark.parametrize("experiment", [passage_times, double_well_escape, anisotropic_passage])
def test_runs_have_a_time_for_each_setting(experiment):
    config = replace(experiment.QUICK, replicas=20, time_step=0.1, coarsening=2)
    result = experiment.run(config)
    count = len(getattr(config, "settings", None) or config.noises)
    for name in ("time", "time_error", "coarse_time", "coarse_time_error"):
        assert result[name].shape == (count,)
        assert (result[name] > 0).all()
    assert (result["time"] != result["coarse_time"]).all()


# The backward equations.


def test_chebyshev_differentiates_polynomials():
    x, matrix = chebyshev(9, -1.0, 3.0)
    np.testing.assert_allclose(matrix @ x**5, 5 * x**4, atol=1e-9)
    y, first, second = even(6, 2.0)
    np.testing.assert_allclose(first @ y**6, 6 * y**5, atol=1e-8)
    np.testing.assert_allclose(second @ y**6, 30 * y**4, atol=1e-7)
    assert at_centre(6) @ (3 + y**2 - y**4) == pytest.approx(3)


@pytest.mark.parametrize(("loss_ratio", "noise"), [(1.5, 3.0), (2.0, 10.0), (6.0, 4.0)])
def test_equal_curvatures_have_the_closed_form(loss_ratio, noise):
    time = anisotropic_passage.passage_time(1.0, loss_ratio, noise)
    assert time == pytest.approx(mean_first_passage_time(1 / noise, 1, 1, 2, loss_ratio), rel=1e-8)


def test_a_flat_second_direction_leaves_one_dimension():
    time = anisotropic_passage.passage_time(1e-4, 2.0, 4.0)
    assert time == pytest.approx(mean_first_passage_time(0.25, 1, 1, 1, 2.0), rel=1e-3)


def test_the_generator_is_that_of_the_coordinates():
    """sum_i h_i (-w_i d_i + (h_i / noise) L d_i^2) of w_1^4 + 3 w_1^2 w_2^2, worked out by hand."""
    ratio, noise, radius = 0.3, 5.0, 0.7
    cosine, first = chebyshev(8, -1.0, 1.0)
    one, two = radius**2 * (1 + cosine) / 2, radius**2 * (1 - cosine) / 2  # squares of the coordinates
    function = one**2 + 3 * one * two
    loss = 0.5 + radius**2 / 2
    expected = -(4 * one**2 + 6 * one * two) - ratio * 6 * one * two
    expected += loss / noise * (12 * one + 6 * two + ratio**2 * 6 * one)
    same = np.eye(8)
    found = anisotropic_passage._generator(
        ratio, noise, 2 * loss / radius**2, cosine[:, None], 4 * same, 12 * same, first, first @ first, 4 * first
    )
    np.testing.assert_allclose(found @ function, expected, rtol=1e-9)


@pytest.mark.parametrize("noise", [2.0, 7.0, 40.0])
def test_the_growth_exponent_of_equal_curvatures_is_the_papers(noise):
    assert anisotropic_passage.growth_exponent(1.0, noise) == pytest.approx(noise, abs=1e-8)


def test_the_growth_exponent_is_the_local_slope_far_out():
    times = [anisotropic_passage.passage_time(0.5, c, 3.0) for c in (100.0, 200.0)]
    assert np.log2(times[1] / times[0]) == pytest.approx(anisotropic_passage.growth_exponent(0.5, 3.0), abs=0.02)


def test_the_two_dimensional_well_is_resolved():
    config = replace(transverse_escape.QUICK, curvature_ratios=(0.25,), noises=(8.0, 12.0))
    result = transverse_escape.run(config)
    np.testing.assert_allclose(result["time"], result["coarse"], rtol=1e-4)
