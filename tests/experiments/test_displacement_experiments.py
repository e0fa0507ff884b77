"""The experiments of the chapter on anomalous diffusion, small, against closed forms and null controls."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.experiments import (
    drift_exponents,
    regression_displacement,
    regression_from_rest,
    spectrum_exponents,
    stationary_displacement,
)
from sgdlab.experiments._additive_chain import Chain, power_law_curvatures
from sgdlab.experiments._regression_minimum import minimum
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.problems import gaussian_design

CHAIN = Chain(np.array([0.02, 0.3, 2.0]), learning_rate=0.4, momentum=0.6, batch_size=4, noise_variance=1.3)


def generator(seed=0):
    return np.random.default_rng(seed)


# The chain.


def test_a_step_without_noise_is_the_heavy_ball():
    quiet = replace(CHAIN, noise_variance=0.0)
    x, w = np.array([[1.0, -2.0, 0.5]]), np.array([[0.3, 0.0, -1.0]])
    velocity = 0.6 * w - CHAIN.curvatures * x
    expected = x + 0.4 * velocity
    quiet.step(x, w, generator())
    np.testing.assert_allclose(w, velocity)
    np.testing.assert_allclose(x, expected)


def test_the_noise_has_the_covariance_of_the_minimum():
    x, w = np.zeros((40_000, 3)), np.zeros((40_000, 3))
    CHAIN.step(x, w, generator(1))
    np.testing.assert_allclose(w.var(0), 1.3 * CHAIN.curvatures / 4, rtol=4 * (2 / 40_000) ** 0.5)
    np.testing.assert_allclose(x, 0.4 * w)


def test_the_stationary_law_is_stationary():
    """Variances and covariance before and after 40 steps: a wrong covariance of distance and velocity would show."""
    rng = generator(2)
    x, w = CHAIN.stationary(20_000, rng)
    exact = laws.stationary_covariance(*CHAIN.setting, model="discrete")
    for _ in range(2):
        found = np.stack([(x * x).mean(0), (x * w).mean(0), (w * w).mean(0)], axis=1)
        scale = np.sqrt(exact[:, 0, 0] * exact[:, 1, 1])
        theory = np.stack([exact[:, 0, 0], exact[:, 0, 1], exact[:, 1, 1]], axis=1)
        size = np.stack([exact[:, 0, 0], scale, exact[:, 1, 1]], axis=1)
        assert (np.abs(found - theory) < 4.5 * (2 / 20_000) ** 0.5 * size).all()
        for _ in range(40):
            CHAIN.step(x, w, rng)


def test_displacements_are_the_law_s_and_not_the_equation_s():
    lags = np.array([1, 3, 12, 60])
    squares = CHAIN.squared_displacements(*CHAIN.stationary(20_000, generator(4)), lags, generator(5))
    mean, error = squares.mean(0), squares.std(0) / 20_000**0.5
    exact = laws.global_displacement(lags, *CHAIN.setting, model="discrete")
    assert (np.abs(mean - exact) < 4 * error).all()
    assert abs(mean[0] - laws.global_displacement(1, *CHAIN.setting)) > 10 * error[0]


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_the_displacement_from_rest_is_that_of_the_laws(momentum):
    moving = replace(CHAIN, momentum=momentum, curvatures=np.array([0.02, 0.3]))
    origin = np.array([1.5, -0.7])
    drift, noise = moving.displacement_from_rest(origin, 30)
    for j in (1, 2, 30):
        left = []
        for h in moving.curvatures:
            sum_of_roots = 1 + momentum - 0.4 * h
            if sum_of_roots**2 > 4 * momentum:
                root = (sum_of_roots + np.sqrt(sum_of_roots**2 - 4 * momentum)) / 2
                left.append(laws.decay_from_rest_overdamped(momentum=momentum, contraction=root, steps=j))
            else:
                angle = np.arccos(sum_of_roots / 2 / momentum**0.5)
                left.append(laws.decay_from_rest_ringing(momentum=momentum, angle_per_step=angle, steps=j))
        np.testing.assert_allclose(drift[j - 1], (origin**2 * (1 - np.array(left)) ** 2).sum(), rtol=1e-10)
    # The noise of one step; and, long after, the stationary variance.
    np.testing.assert_allclose(noise[0], 0.16 * 1.3 * moving.curvatures.sum() / 4)
    late = replace(moving, curvatures=np.array([0.3])).displacement_from_rest(np.zeros(1), 600)[1][-1]
    variance = laws.stationary_covariance(0.3, 0.4, momentum, 4, 1.3, model="discrete")[0, 0]
    np.testing.assert_allclose(late, variance, rtol=1e-10)


def test_eigenvalues_are_quantiles_of_the_density():
    """Between two of them lies the same integral of h^-a."""
    curvatures = power_law_curvatures(1.5, 1e-3, 10.0, 40)
    np.testing.assert_allclose(curvatures, (1000**0.5 - (1000**0.5 - 0.1**0.5) * (np.arange(40) + 0.5) / 40) ** -2.0)
    np.testing.assert_allclose(np.diff(power_law_curvatures(0.0, 1.0, 5.0, 4)), 1.0)
    for wrong in ((1.0, 0.1, 1.0), (1.5, 0.0, 1.0), (1.5, 2.0, 1.0)):
        with pytest.raises(ValueError, match="must"):
            power_law_curvatures(*wrong, 4)


# The experiments.


def test_stationary_displacements_and_velocities():
    config = replace(
        stationary_displacement.QUICK,
        replicas=300,
        origins=1,
        steps=60,
        lags=(10, 100),
        pairs=40_000,
        correlation_lags=(1, 5),
    )
    result = stationary_displacement.run(config)
    assert (np.abs(result["drifted"] - 1) < 4 * result["drifted_error"]).all()
    for row, momentum in enumerate(config.momenta):
        setting = stationary_displacement.chain(config, momentum).setting
        exact = laws.global_displacement(config.lags, *setting, model="discrete")
        assert (np.abs(result["displacement"][row] - exact) < 4 * result["displacement_error"][row]).all()
        step = laws.local_displacement(*setting, model="discrete")
        assert abs(result["step"][row] - step) < 4 * result["step_error"][row] < 0.15 * step
        first = momentum - config.rate / 2
        fifth = [1.0, first]
        for _ in range(4):
            fifth.append((1 + momentum - config.rate) * fifth[-1] - momentum * fifth[-2])
        assert (np.abs(result["correlation"][row] - [first, fifth[-1]]) < 4 * result["correlation_error"][row]).all()
    assert result["correlation"][0, 0] < -4 * result["correlation_error"][0, 0]


def test_a_spectrum_makes_its_exponent_and_one_eigenvalue_none():
    config = replace(
        spectrum_exponents.QUICK, modes=100, replicas=100, exponents=(1.25, 1.75), lags=(30, 300), window=(30, 300)
    )
    result = spectrum_exponents.run(config)
    assert (np.abs(result["exponent"] - result["exact_exponent"]) < 4 * result["exponent_error"]).all()
    assert (result["exponent_error"] < 0.03).all()
    assert np.diff(result["exact_exponent"]) > 0.3
    # Null control: a spectrum without width is confined, and its exponent is 0.
    narrow = spectrum_exponents.run(replace(config, smallest=0.999, exponents=(1.5,)))
    assert abs(narrow["exponent"][0]) < 4 * narrow["exponent_error"][0] < 0.05


def test_drift_lifts_the_exponent_and_its_absence_does_not():
    config = replace(drift_exponents.QUICK, replicas=60, batch_sizes=(8, 512))
    result = drift_exponents.run(config)
    for name in ("exponent", "spread_exponent"):
        assert (np.abs(result[name] - result[f"exact_{name}"]) < 4 * result[f"{name}_error"]).all()
    assert result["exponent"][1, 1] - 1 > 10 * result["exponent_error"][1, 1]
    assert (result["exact_spread_exponent"] < 0.3).all()
    # Null control: from the minimum there is no drift, and all that moves is the spread.
    still = drift_exponents.run(replace(config, distance=0.0, batch_sizes=(8,)))
    assert abs(still["exponent"][0, 1] - result["exact_spread_exponent"][0]) < 4 * still["exponent_error"][0, 1]


REGRESSION = replace(
    regression_displacement.QUICK,
    learning_rates=(0.001,),
    batch_sizes=(),
    momenta=(0.0,),
    replicas=8,
    steps=300,
    lags=(1, 56, 112),
    window=(56, 112),
)


def test_steps_of_a_regression_are_those_of_the_measured_trace():
    result = regression_displacement.run(REGRESSION)
    settings = regression_displacement.settings(REGRESSION)
    assert [s.sampling for s in settings] == ["with-replacement", "reshuffled", "with-replacement", "with-replacement"]
    for row in (0, 2, 3):
        setting = settings[row]
        law = laws.local_displacement_langevin(
            learning_rate=setting.learning_rate,
            batch_size=setting.batch_size,
            momentum=setting.momentum,
            noise_variance=1.0,
            hessian_trace=result["sample_trace"],
        )
        load = setting.learning_rate * result["hessian_trace"] / (2 * setting.batch_size * (1 - setting.momentum))
        bound = result["exact_displacement"][row, 0] - law + load * law
        assert abs(result["displacement"][row, 0] - law) < 4 * result["displacement_error"][row, 0] + bound < 0.2 * law
    # Over two epochs reshuffled batches lead nowhere, independent ones do.
    independent, reshuffled = result["displacement"][:2, -1]
    assert reshuffled + 4 * result["displacement_error"][1, -1] < independent / 2
    assert result["exponent"][0] > 0.2 > result["exponent"][1]


def test_the_minimum_and_its_exact_displacement():
    """For noise that is proportional to the Hessian the matrices give what the laws of one mode do."""
    regression = gaussian_design(50, [1.0, 0.3, 0.1], 0.5, 3)
    at = minimum(regression)
    gradients = regression.sample_gradients(torch.from_numpy(at.point)).numpy()
    np.testing.assert_allclose(np.trace(at.covariance), (gradients**2).sum(1).mean(), rtol=1e-12)
    np.testing.assert_allclose(at.curvatures, np.linalg.eigvalsh(regression.hessian().numpy())[::-1])
    aligned = replace(at, covariance=0.7 * np.diag(at.curvatures))
    setting = regression_displacement.Setting(0.2, 5, 0.7)
    lags = np.array([1, 4, 33])
    stationary, moved = regression_displacement.exact(aligned, setting, lags)
    place = (at.curvatures, 0.2, 0.7, 5, 0.7)
    np.testing.assert_allclose(moved, laws.global_displacement(lags, *place, model="discrete"), rtol=1e-10)
    np.testing.assert_allclose(np.diag(stationary), laws.stationary_covariance(*place, model="discrete")[:, 0, 0])


def test_from_rest_the_moments_of_noise_along_the_axes_are_those_of_the_chain():
    at = minimum(gaussian_design(50, [1.0, 0.3, 0.1], 0.5, 3))
    setting = regression_displacement.Setting(0.2, 5, 0.7)
    aligned = replace(at, covariance=0.7 * np.diag(at.curvatures))
    step, displacement = regression_from_rest.exact(aligned, setting, 400)
    moving = Chain(at.curvatures, 0.2, 0.7, 5, 0.7)
    np.testing.assert_allclose(displacement, moving.displacement_from_rest(np.zeros(3), 400)[1], rtol=1e-10)
    # At last, with any noise, the stationary step; at first, that of the noise alone.
    step, _ = regression_from_rest.exact(at, setting, 3000)
    np.testing.assert_allclose(step[-1], regression_displacement.exact(at, setting, np.array([1]))[1][0], rtol=1e-8)
    np.testing.assert_allclose(step[0], 0.04 * np.trace(at.covariance) / 5)


def test_from_rest_steps_grow():
    config = replace(regression_from_rest.QUICK, steps=40, replicas=60, momenta=(0.9,))
    result = regression_from_rest.run(config)
    for name in ("step", "displacement"):
        at = np.array([0, 9, 39])
        deviation = np.abs(result[name] - result[f"exact_{name}"])[0, at]
        assert (deviation < 4 * result[f"{name}_error"][0, at]).all()
    assert abs(result["exponent"] - result["exact_exponent"]) < 4 * result["exponent_error"]
    assert result["step"][0, 0] + 4 * result["step_error"][0, 0] < result["step"][0, 39]
