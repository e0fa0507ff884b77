from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import _valley_grid, _valley_journeys
from sgdlab.experiments import preferred_dimension as experiment
from sgdlab.laws.effective_dimension import valley_ratio, valley_ratio_frozen

SMALL = experiment.Setting("loss-proportional", 2.0, 3, 0.2, 1, 0.05, 2000.0, 60)


def test_on_a_fine_grid_the_times_are_those_of_a_coarse_one():
    coarse, fine = (np.array(_valley_grid.valley_grid(5.0, 2.0, 3, *cells)) for cells in ((140, 90), (200, 130)))
    np.testing.assert_allclose(coarse, fine, rtol=2e-3)


def test_in_the_long_run_as_many_go_as_come_back():
    ratio, out, back = _valley_grid.valley_grid(10.0, 2.0, 3)
    assert back / out == pytest.approx(ratio, rel=0.01)


@pytest.mark.parametrize(("loss_ratio", "dimension"), [(2.0, 2), (4.0, 2), (2.0, 3), (4.0, 3)])
def test_the_grid_tends_to_the_law(loss_ratio, dimension):
    law = valley_ratio(loss_ratio=loss_ratio, dimension=dimension)
    ratio, _, _ = _valley_grid.valley_grid(10.0, loss_ratio, dimension)
    assert ratio == pytest.approx(law, rel=0.03)
    assert abs(law / valley_ratio_frozen(dimension=dimension) - 1) > 0.25


def test_simulation_and_grid_agree_in_all_three_numbers():
    result = experiment.run(experiment.Config((SMALL,), seed=2))
    ratio, _, _ = _valley_grid.valley_grid(5.0, 2.0, 3)
    assert abs(result["ratio"][0] - ratio) < 4 * result["ratio_error"][0] + 0.05 * ratio
    assert result["journeys"][0] > 500
    # As many journeys out as back, and the time between them is what the rates are taken from.
    balance = result["rate_round"] / result["rate_flat"] / result["ratio"]
    assert balance[0] == pytest.approx(1, abs=0.2)


def test_frozen_noise_forgets_the_loss_ratio():
    frozen = replace(SMALL, dynamics="frozen", time=8000.0)
    result = experiment.run(experiment.Config((frozen,), seed=1))
    law = valley_ratio_frozen(dimension=3)
    assert abs(result["ratio"][0] - law) < 4 * result["ratio_error"][0] + 0.1 * law
    assert result["ratio"][0] + 4 * result["ratio_error"][0] < valley_ratio(loss_ratio=2.0, dimension=3)


def test_the_minibatch_gradient_is_that_of_its_loss():
    """Mean over many samples against the derivative of the loss in the module's docstring."""
    radius, x = 0.7, 0.9
    z, gradient, features = np.array([0.4, -1.1, 0.3]), np.zeros(3), np.zeros(3)
    states = np.empty((1, 4), np.uint64)
    experiment._valley_journeys.seed_stream(states, 0, np.uint64(1), 0)
    size = 400_000
    slope = _valley_journeys._minibatch(x, z, gradient, features, radius, size, states)

    def loss(x, z):
        t = x / radius
        return radius**2 * (1 - np.cos(t)) + np.cos(t / 4) ** 2 * z @ z / 2

    step = 1e-5
    assert slope == pytest.approx((loss(x + step, z) - loss(x - step, z)) / (2 * step), abs=5 * 4 / size**0.5)
    across = np.cos(x / radius / 4) ** 2 * z
    np.testing.assert_allclose(gradient, across, atol=5 * 4 / size**0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dynamics": "thermal"}, "dynamics must be one of"),
        ({"loss_ratio": 1.0}, "loss_ratio must be above 1"),
        ({"dimension": 1}, "dimension must be at least 2"),
        ({"dynamics": "sgd"}, "time_step must be the learning rate"),
    ],
)
def test_bad_settings_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        experiment.simulate(replace(SMALL, **change), seed=1)
