from dataclasses import replace

import numpy as np

from sgdlab.experiments import counted_dimension as experiment
from sgdlab.experiments._passage_slope import mean_times
from sgdlab.laws.passage_times import mean_first_passage_time


def test_with_equal_eigenvalues_the_times_are_the_exact_ones():
    config = replace(
        experiment.QUICK, curvature_ratio=1.0, loss_ratios=(2.0, 4.0), replicas=400, time=60.0, time_step=0.02
    )
    result = experiment.run(config)
    measured = config.time_step * mean_times(result["steps"], result["censored"])
    law = mean_first_passage_time(1 / config.noise, 1, 1, 1 + config.n_flat, np.array(config.loss_ratios))
    # A bias of the time between two looks, and the errors of 400 exponential times.
    assert np.abs(measured / law - 1).max() < 4 / 20 + 0.1
    assert not result["censored"].any()


def test_the_same_seed_gives_the_same_result():
    config = replace(experiment.QUICK, replicas=3, time=5.0)
    one, two = experiment.run(config), experiment.run(config)
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert one["steps"].shape == (3, len(config.loss_ratios))
    assert (one["steps"][one["censored"]] == round(5.0 / config.time_step)).all()
