"""The irreversible process of the plane, and equipartition on linear regression."""

from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import irreversible_ou, linear_equipartition
from sgdlab.laws import limiting_dynamics as laws

SMALL = replace(irreversible_ou.QUICK, path_places=2000, steps=800, replicas=300)
LINEAR = replace(linear_equipartition.QUICK, n_samples=64, components=3, sharpest=(0.05,), batch_size=8, replicas=60)


@pytest.fixture(scope="module")
def flow():
    return irreversible_ou.run(SMALL)


def test_the_position_sweeps_area_as_the_law_says(flow):
    vectors = irreversible_ou.eigenvectors(SMALL)
    crossed = (vectors @ np.diag(SMALL.diffusion) @ vectors.T)[0, 1]
    law = laws.circulation_overdamped(first_curvature=4, second_curvature=1, cross_diffusion=crossed)
    assert law == pytest.approx(-0.9)
    assert flow["swept_exact"] == pytest.approx(law, rel=0.02)
    assert abs(flow["swept"] - flow["swept_exact"]) < 4 * flow["swept_error"] < 0.3
    short = irreversible_ou.run(replace(SMALL, time_step=1e-5, steps=2, replicas=2, path_places=2))
    assert short["swept_exact"] == pytest.approx(law, rel=1e-4)


def test_replicas_stay_in_the_stationary_law(flow):
    exact = irreversible_ou.stationary_covariance(SMALL)
    assert (np.abs(flow["variance"] - np.diag(exact)) < 4 * flow["variance_error"]).all()
    assert abs(flow["covariance"] - exact[0, 1]) < 4 * flow["covariance_error"]
    assert flow["path"].shape == (2000, 2)
    np.testing.assert_allclose(flow["path"][0], SMALL.start)


def test_noise_with_the_axes_of_the_bowl_does_not_circulate():
    null = irreversible_ou.run(replace(irreversible_ou.COMMUTING, path_places=2, steps=800, replicas=300))
    assert null["swept_exact"] == pytest.approx(0, abs=1e-12)
    assert abs(null["swept"]) < 4 * null["swept_error"] < 0.3
    assert (irreversible_ou.current_velocity(irreversible_ou.COMMUTING, np.ones((3, 2))) == 0).all()


def test_the_current_follows_contours_and_sweeps_the_same_area():
    places = np.random.default_rng(0).normal(size=(50, 2))
    exact = irreversible_ou.stationary_covariance(SMALL)
    away, moved = places - np.array(SMALL.minimum), irreversible_ou.current_velocity(SMALL, places)
    along = np.einsum("ni,ij,nj->n", moved, np.linalg.inv(exact), away)
    np.testing.assert_allclose(along, 0, atol=1e-12)
    turn = np.linalg.lstsq(away, moved, rcond=None)[0].T  # moved = turn @ away
    assert np.trace(turn) == pytest.approx(0, abs=1e-12)
    lagged = exact @ turn.T
    assert (lagged[0, 1] - lagged[1, 0]) / 2 == pytest.approx(-0.9)


@pytest.fixture(scope="module")
def linear():
    return linear_equipartition.run(LINEAR)


def ratio(linear, name, sampling):
    return linear_equipartition.equipartition_ratio(
        linear[name][0, sampling], linear["square_velocity"][0, sampling], linear["learning_rate"][0], LINEAR.momentum
    )


def test_equipartition_of_independent_batches(linear):
    found = ratio(linear, "virial", 0)
    assert abs(found.value - 1) < 4 * found.standard_error < 0.3


def test_reshuffled_epochs_break_it_as_additive_noise_predicts(linear):
    place = {"learning_rate": linear["learning_rate"][0], "momentum": LINEAR.momentum, "n_samples": 64, "batch_size": 8}
    factor = laws.discreteness_factor(
        relative_learning_rate=place["learning_rate"] * linear["curvature"], momentum=LINEAR.momentum
    )
    parts = [
        linear["noise"] * factor * laws.reshuffled_variance_ratio(linear["curvature"], **place, coordinate=coordinate)
        for coordinate in ("position", "velocity")
    ]
    law = parts[0].sum() / parts[1].sum()
    found = ratio(linear, "virial", 1)
    assert law < 0.5
    assert abs(found.value - law) < 4 * found.standard_error + 0.1 * law  # noise of second order


def test_the_gradient_of_the_batch_cannot_tell(linear):
    for sampling in (0, 1):
        found = ratio(linear, "virial_batch", sampling)
        assert abs(found.value - 1) < 4 * found.standard_error + 0.02


def test_axes_are_the_eigenvectors(linear):
    regression = linear_equipartition.problem(LINEAR)
    hessian = regression.hessian().numpy()
    np.testing.assert_allclose(hessian, np.diag(linear["curvature"]), atol=1e-9 * linear["curvature"][0])
    assert linear["virial"].shape == (1, 2, 60, 3)
