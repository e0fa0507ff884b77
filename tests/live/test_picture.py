import io

import numpy as np
import pytest
from figures import everything
from PIL import Image

from sgdlab.laws import quantities as q
from sgdlab.live import Axis, Bar, Bars, Curve, Plot, Simulation, Slider, Swarm, explore, standard_normal
from sgdlab.live.picture import picture

BLUE, ORANGE, WHITE = (0, 114, 178), (230, 159, 0), (255, 255, 255)


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(picture(figure._scene))).convert("RGB"), dtype=int)


def count(image, colour):
    return int((np.abs(image - colour).max(axis=2) < 12).sum())


def draw(view, batch_size=4):
    return pixels(explore("try", view, sliders=[Slider(q.batch_size, 1, 8, start=batch_size)], alt="a"))


def test_it_is_small_and_700_wide():
    made = picture(everything()._scene)
    assert len(made) < 30_000
    assert Image.open(io.BytesIO(made)).width == 700


def test_bars_are_as_high_as_their_values():
    def area(value):
        return count(draw(Bars(Axis("y", 0, 1), Bar(value, "one"), words="v")), BLUE)

    assert area(0.8) == pytest.approx(2 * area(0.4), rel=0.02)
    assert area(np.nan) == 0


def test_it_shows_the_start():
    view = Bars(Axis("y", 0, 1), Bar(q.batch_size.symbol / 10, "one"), words="v")
    assert count(draw(view, batch_size=8), BLUE) == pytest.approx(2 * count(draw(view, batch_size=4), BLUE), rel=0.02)


def test_colours_follow_the_numbers_and_gaps_stay_empty():
    axes = Axis(q.loss_ratio, 1, 2), Axis("y", 0, 1)
    both = draw(Plot(*axes, Curve(0.2, "a"), Curve(0.7, "b"), words="v"))
    one = draw(Plot(*axes, Curve(0.2, "a"), Curve(np.nan, "b", undefined="nothing"), words="v"))
    assert count(both, BLUE) > 500
    assert count(both, ORANGE) > 500
    assert count(one, ORANGE) < 100  # the legend's


def test_a_swarm_is_on_its_way_after_a_third_of_the_time():
    def figure(speed):
        state = q.displacement.symbol
        walk = Simulation({state: 0}, {state: state + speed}, replicas=3, duration=9)
        dots = Swarm(walk, state, 0.5 + 0 * standard_normal(1), "s")
        return draw(Plot(Axis("x", 0, 1), Axis("y", 0, 1), dots, words="v"))

    def place(image):
        """Where the replicas are, as a share of the picture's width; the legend lies elsewhere."""
        blue = np.abs(image - BLUE).max(axis=2) < 60
        rows = blue[150:200]
        return np.nonzero(rows)[1].mean() / image.shape[1]

    left, right = place(figure(0.1)), place(figure(0.3))
    assert 0.2 < left < 0.45  # 3 of 9 steps: x = 0.3
    assert 0.8 < right < 0.95  # x = 0.9
