"""The experiments of the chapter on the stochastic differential equation, small, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import discrete_moments, noise_readings, reshuffled_toy, stability, weak_order
from sgdlab.laws import power_law_escape as laws

MOMENTS = replace(
    discrete_moments.QUICK,
    settings=(discrete_moments.Setting(0.2, 1, (1.0,) * 4), discrete_moments.Setting(0.4, 2, (1.5, 0.5))),
    divergent=discrete_moments.Setting(0.4, 1, (1.0,) * 6),
    growth_steps=4,
    growth_replicas=20_000,
    replicas=300,
    transient=100,
    steps=400,
    record_every=10,
    final_replicas=4000,
    final_steps=60,
)


@pytest.fixture(scope="module")
def moments():
    return discrete_moments.run(MOMENTS)


def test_the_mean_loss_is_the_exact_one_and_not_that_of_the_equation(moments):
    for setting, ratio, error in zip(
        MOMENTS.settings, moments["mean_loss_ratio"], moments["mean_loss_ratio_error"], strict=True
    ):
        given = setting.learning_rate, setting.batch_size, setting.spectrum
        assert abs(ratio - laws.mean_loss_ratio(*given)) < 4 * error
        assert abs(ratio - laws.mean_loss_ratio(*given, "continuous")) > 6 * error


def test_variances_of_modes_and_growth(moments):
    setting = MOMENTS.settings[-1]
    mean_loss = 0.5 * laws.mean_loss_ratio(setting.learning_rate, setting.batch_size, setting.spectrum)
    law = laws.mode_variance_discrete(
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        curvature=setting.spectrum,
        mean_loss=mean_loss,
    )
    assert (np.abs(moments["mode_variance"] - law) < 4 * moments["mode_variance_error"]).all()
    last = MOMENTS.divergent
    growth = laws.mean_square_growth(
        learning_rate=last.learning_rate, batch_size=last.batch_size, curvature=1, dimension=len(last.spectrum)
    )
    assert growth > 1
    assert abs(moments["growth"] - growth) < 4 * moments["growth_error"] < 0.1


def test_given_samples_and_thermal_noise(moments):
    problem = discrete_moments.given_samples(MOMENTS)
    moment = laws.stationary_second_moment(
        problem.inputs.numpy(), problem.targets.numpy(), MOMENTS.given.learning_rate, MOMENTS.given.batch_size
    )
    excess = np.trace(problem.hessian().numpy() @ moment) / 2
    exact = 1 + excess / float(problem.loss(problem.minimum()))
    assert abs(moments["given_ratio"] - exact) < 4 * moments["given_ratio_error"] < 0.05
    strength, time_step = MOMENTS.thermal
    curvatures = np.array(MOMENTS.settings[-1].spectrum)
    law = strength / curvatures / (1 - curvatures * time_step / 2)  # of the finite time step, exact
    assert (np.abs(moments["thermal_variance"] - law) < 4 * moments["thermal_variance_error"]).all()
    assert (4 * moments["thermal_variance_error"] < 0.5 * law).all()


def test_the_weak_order_is_one():
    config = replace(weak_order.QUICK, learning_rates=(0.1, 0.25), replicas=20_000)
    result = weak_order.run(config)
    rates = np.array(config.learning_rates)
    for power, name in enumerate(("mean", "square")):
        exact = weak_order.moments(config, "sgd")[power] - weak_order.moments(config, "sde")[power]
        exact = exact / config.start ** (power + 1)
        assert (np.abs(result[f"{name}_deviation"] - exact) < 4 * result[f"{name}_deviation_error"]).all()
        for key, fit in (("order", weak_order.order), ("coefficient", weak_order.coefficient)):
            assert abs(result[f"{name}_{key}"] - fit(rates, exact)) < 4 * result[f"{name}_{key}_error"]
        assert abs(result[f"{name}_order"] - 1) < 0.3


def test_fits_are_exact_on_powers_of_the_learning_rate():
    rates = np.array([0.01, 0.1, 0.3])
    assert weak_order.order(rates, -3 * rates**2) == pytest.approx(2)
    assert weak_order.coefficient(rates, 0.5 * rates - 2 * rates**2) == pytest.approx(0.5)


def test_lyapunov_exponents_by_simulation():
    config = replace(stability.QUICK, steps=200, replicas=400, record_every=50)
    result = stability.run(config)
    exact = laws.lyapunov_exponent(config.learning_rate, config.batch_size, config.dimensions)
    assert (np.abs(result["lyapunov"] - exact) < 4 * result["lyapunov_error"]).all()
    assert result["step"].tolist() == [50, 100, 150, 200]
    assert result["median"].shape == result["mean"].shape == (2, 4)
    assert (result["mean"] > result["median"]).all()


def test_the_almost_sure_dimension_is_a_root_beyond_the_mean_square():
    for rate, size in ((0.1, 1), (0.5, 4)):
        edge = stability.almost_sure_dimension(rate, size)
        assert laws.lyapunov_exponent(rate, size, edge) == pytest.approx(0, abs=1e-5)
        assert edge > laws.mean_loss_dimension_discrete(learning_rate=rate, batch_size=size, curvature=1)
    assert 18 < stability.almost_sure_dimension(0.1, 1) < 19
    assert np.isnan(stability.almost_sure_dimension(4.0, 1))
    line = stability.almost_sure_line((0.1, 4.0), 1)
    assert line.value[0] == stability.almost_sure_dimension(0.1, 1)
    assert np.isnan(line.value[1])


def test_one_step_of_a_reading_evaluates_the_noise_where_it_says():
    x, noise = np.array([[2.0]]), np.array([0.3])
    strength = np.sqrt(5 / 2)
    ends = 2.0 + strength * 0.3
    for alpha, at in ((0.0, 2.0), (1.0, ends), (0.5, (2.0 + ends) / 2)):
        moved = noise_readings.step(x, noise, np.array([[alpha]]), 2.0, 0.01)
        assert moved[0, 0] == pytest.approx(2.0 - 0.02 + np.sqrt((1 + at**2) / 2) * 0.3)


def test_readings_differ_as_their_exponents():
    config = replace(noise_readings.QUICK, replicas=600, transient=4, duration=8, time_step=0.02)
    result = noise_readings.run(config)
    law = laws.excess_share_alpha_rule(
        learning_rate=1, batch_size=config.noise_ratio, curvature=1, dimension=1, ito_parameter=result["alpha"]
    )
    bias = np.abs(result["share"] - result["share_coarse"])
    assert (np.abs(result["share"] - law) < 4 * result["share_error"] + bias).all()
    # The same random numbers: neighbouring readings are told apart far better than each by itself.
    assert (np.diff(result["share"]) > 0.02).all()
    assert result["density"].shape == (3, 60)


def test_an_epoch_breathes():
    config = replace(reshuffled_toy.QUICK, n_samples=12, batch_size=2, learning_rate=0.1, replicas=4000, epochs=10)
    result = reshuffled_toy.run(config)
    given = {"batch_size": 2, "contraction": 0.9, "centre_variance": result["centre_variance"]}
    law = laws.reshuffled_epoch_variance(**given, n_samples=12, n_batches=result["batch"])
    assert (np.abs(result["reshuffled"] - law) < 4 * result["reshuffled_error"]).all()
    white = laws.independent_batches_variance(**given)
    assert (np.abs(result["with_replacement"] - white) < 4 * result["with_replacement_error"]).all()
    assert (result["reshuffled"] + 10 * result["reshuffled_error"] < white).all()
