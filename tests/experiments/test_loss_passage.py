from dataclasses import replace

import numpy as np

from sgdlab.experiments import loss_passage
from sgdlab.laws.power_law_escape import mean_first_passage_time


def test_near_the_minimum_sgd_is_a_diffusion_seen_at_steps():
    """There all noises are alike. Seen at steps only, the boundary is farther by 0.5826 standard deviations of a step.

    Without this shift the times would be 10 to 30 % too short.
    """
    rate, ratios = 0.02, (1.02, 1.05)
    config = replace(loss_passage.FULL, curves=((2, ratios),), data_sets=2, learning_rate=rate, replicas=1000)
    result = loss_passage.run(config)
    assert result["time"].shape == result["time_error"].shape == result["censored"].shape == (1, 2, 2)
    assert not result["censored"].any()
    seen = 1 + (np.sqrt(np.array(ratios) - 1) + 0.5826 * rate) ** 2
    exact = mean_first_passage_time(rate, 1, 1, 2, seen)
    assert (np.abs(result["time"][0].mean(0) / exact - 1) < 0.1).all()


def test_times_grow_with_the_ratio_and_censoring_is_counted():
    config = replace(loss_passage.FULL, curves=((5, (1.5, 4.0)),), data_sets=1, replicas=50, max_steps=2000)
    result = loss_passage.run(config)
    assert result["time"][0, 0, 1] > 4 * result["time"][0, 0, 0]
    assert result["censored"][0, 0, 0] == 0
    assert result["censored"][0, 0, 1] > 10
    assert 1 < result["curvature"][0, 0] < 1.1
