"""The experiments on true minibatch noise, small: simulation against the chain's equation, and null controls."""

from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import excess_kurtosis, kesten_slope, passage_exponents, three_point_inputs, weak_noise_passage
from sgdlab.laws import power_law_escape as laws


def test_simulated_times_are_those_of_the_chain_and_not_of_the_wrong_noise():
    setting = weak_noise_passage.Setting(0.1, 1, 1, (1.2, 1.4, 1.5, 1.6))
    result = weak_noise_passage.run(weak_noise_passage.Config((setting,), replicas=1200, cells=8, seed=3))
    assert (np.abs(result["time"] - result["exact"]) < 4 * result["time_error"]).all()
    assert result["censored"].sum() == 0
    # Power: at the last ratio the diffusions and the other Gaussian steps lie at least 10 standard errors away.
    rivals = np.concatenate([result["gaussian"][0, -1], result["diffusion"][0, -1, 1:]])
    assert (np.abs(rivals - result["time"][0, -1]) > 7 * result["time_error"][0, -1]).all()


def test_in_several_dimensions_too():
    setting = weak_noise_passage.Setting(0.1, 1, 3, (1.3, 1.6, 1.8, 2.0))
    result = weak_noise_passage.run(weak_noise_passage.Config((setting,), replicas=1500, cells=24, seed=4))
    assert (np.abs(result["time"] - result["exact"]) < 4 * result["time_error"] + 0.03 * result["exact"]).all()
    assert (result["gaussian"] == 0).all()


def test_the_kurtosis_is_the_exact_one_and_that_of_three_points_is_zero():
    result = excess_kurtosis.run(replace(excess_kurtosis.QUICK, replicas=1000, records=400))
    for i, (rate, size, kind) in enumerate(excess_kurtosis.QUICK.settings):
        exact = laws.excess_kurtosis_discrete(learning_rate=rate, batch_size=size, curvature=1) if kind is None else 0
        assert abs(result["kurtosis"][i] - exact) < 4 * result["kurtosis_error"][i]
        assert 4 * result["kurtosis_error"][i] < 0.1  # the paper's equation has 0.35
    width = laws.given_inputs_variance(learning_rate=0.1, noise_variance=1, batch_size=1, batch_step=0.2)
    assert abs(result["variance"][2] - width) < 4 * result["variance_error"][2] < 0.05 * width


def test_the_slope_in_ten_dimensions():
    config = replace(kesten_slope.QUICK, replicas=300, cells=24, largest_ratio=8.0)
    result = kesten_slope.run(config)
    exact = np.exp(np.interp(np.log(config.loss_ratios), np.log(result["ratio"]), np.log(result["exact"][0])))
    assert (np.abs(result["time"] - exact) < 4 * result["time_error"] + 0.05 * exact).all()
    diffusion = laws.mean_first_passage_time(0.1, 1, 1, 10, config.loss_ratios[-1])
    assert result["time"][-1] > 2 * diffusion


def test_the_exponents_come_closer_to_the_barrier():
    config = passage_exponents.Config(learning_rates=(0.2, 0.1, 0.05), loss_ratios=(1.5, 3.0), resolution=2)
    result = passage_exponents.run(config)
    rates = result["learning_rate"][:-1, None]
    found = rates * (np.diff(result["log_time"], axis=0) + np.log(2) / 2)
    away = np.abs(found - laws.minibatch_barrier(config.loss_ratios))
    assert (away[1] < away[0]).all()
    assert (away[1] < 0.01).all()


@pytest.mark.parametrize("kurtosis", [1.0, 2.0, 4.0])
def test_three_point_inputs_leave_a_gaussian(kurtosis):
    found = three_point_inputs.relative_density(kurtosis)
    rate = three_point_inputs.LEARNING_RATE
    variance = laws.given_inputs_variance(
        learning_rate=rate, noise_variance=1, batch_size=1, batch_step=rate * kurtosis
    )
    # The mean of a Gaussian over a bin, relative to the bin at the minimum: with the bin's own spread.
    spread = np.exp(-(np.array(three_point_inputs.LOSS_RATIOS) - 1) / (2 * variance))
    assert found.value[0] == 1
    assert found.standard_error[0] == 0
    assert (np.abs(found.value - spread) < 5 * found.standard_error + 0.06 * spread)[:7].all()
