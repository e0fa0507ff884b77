import dataclasses

import numpy as np
import pytest

from sgdlab.experiments import engines


@pytest.fixture(scope="module")
def measured():
    return engines.run(dataclasses.replace(engines.QUICK, replicas=4000, steps=4, passages=500))


def test_from_the_minimum_the_first_step_goes_as_far_as_the_noise(measured):
    # One step from the minimum: eta^2 P sigma^2 / B.
    c = engines.QUICK
    expected = c.learning_rate**2 * c.dimension * c.noise_variance / c.batch_size
    assert (np.abs(measured["distance"][:, 0] - expected) < 4 * measured["distance_error"][:, 0]).all()
    assert (4 * measured["distance_error"][:, 0] < 0.1 * expected).all()
    assert measured["distance"].shape == measured["distance_error"].shape == (2, 4)


def test_the_engines_draw_different_numbers_and_pass_at_the_same_time(measured):
    assert (measured["distance"][0] != measured["distance"][1]).all()
    difference = np.diff(measured["passage"])[0]
    assert 0 < abs(difference) < 4 * np.hypot(*measured["passage_error"])
