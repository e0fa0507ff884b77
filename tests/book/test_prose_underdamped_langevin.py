"""Numbers that the prose on the underdamped Langevin equation rounds into words, held against what they come from."""

from pathlib import Path

import numpy as np

from sgdlab.laws import limiting_dynamics as laws

CHAPTER = (Path(__file__).parents[2] / "book" / "limiting" / "underdamped_langevin.ipynb").read_text(encoding="utf-8")


def test_the_decay_time_at_momentum_095_and_its_half():
    assert "39 at momentum 0.95" in CHAPTER
    assert "falls by half every 27 steps" in CHAPTER
    np.testing.assert_allclose(1 / laws.damping_rate(learning_rate=1, momentum=0.95), 39)
    np.testing.assert_allclose(np.log(2) / laws.damping_per_step(momentum=0.95), 27, atol=0.5)


def test_both_valleys_of_the_opening_ring_and_the_steep_one_ten_times_as_fast():
    assert "ten times as fast. Where does it come to rest first?" in CHAPTER
    flat, steep = (laws.natural_frequency(y, 1, 0.95) for y in (0.01, 1.0))
    np.testing.assert_allclose(steep / flat, 10)
    turn = laws.DISPLAYED_LAWS["angle_per_step"](relative_learning_rate=np.array([0.01, 1.0]), momentum=0.95)
    assert 10 < turn[1] / turn[0] < 11
    assert laws.oscillation_onset_heavy_ball(momentum=0.95) < 0.01


def test_the_damping_is_off_by_a_thousandth_at_09_and_four_percent_at_05():
    assert "a thousandth at 0.9, four percent at 0.5, everything at 0" in CHAPTER
    error = [1 - laws.damping_rate(learning_rate=1, momentum=b) / laws.damping_per_step(momentum=b) for b in (0.9, 0.5)]
    np.testing.assert_allclose(error, [0.001, 0.04], rtol=0.1)


def test_the_spread_of_random_acceleration_lasts_some_dozen_steps():
    assert "for some dozen steps" in CHAPTER
    point = {"learning_rate": 1.0, "momentum": 0.99}
    covariance = laws.mean_and_covariance(
        np.array([12.0, 24.0, 200.0]), (0, 0), 0.0005, **point, batch_size=1, noise_variance=1
    )
    velocity = laws.stationary_covariance(0.0005, **point, batch_size=1, noise_variance=1)[1, 1]
    early = laws.transient_11_early(
        time=[12.0, 24.0, 200.0], damping_rate=laws.damping_rate(**point), velocity_variance=velocity
    )
    share = covariance[1][:, 0, 0] / early
    assert (share[:2] > 0.75).all()
    assert share[2] < 0.1
