import json

import numpy as np
import pytest
import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.live import Axis, Curve, Landscape, Plot, Slider, ellipse, explore

c = q.loss_ratio.symbol


def made(*marks, **options):
    axes = Axis(q.displacement, -9, 9), Axis("y", -9, 9)
    return explore(
        "try", Plot(*axes, *marks, words="v", **options), sliders=[Slider(q.loss_ratio, 1, 3, start=2)], alt="a"
    )


def colours(figure):
    return {mark["words"]: mark["colour"] for mark in json.loads(figure.spec)["views"][0]["marks"]}


def test_a_landscape_is_black_and_takes_no_number_from_the_others():
    marks = [Curve(1, "a"), Landscape(2, "ground"), Curve(3, "b"), Curve(4, "d")]
    assert colours(made(*marks)) == {"a": 0, "ground": 2, "b": 1, "d": 3}


def test_an_ellipse_is_two_standard_deviations_of_its_covariance():
    figure = made(ellipse(sp.Matrix([[c, 0.5], [0.5, 1]]), "noise"))
    found = figure.values({"loss_ratio": 2})["v"]["noise"]
    points = np.stack([found["x"], found["y"]])
    distance = np.einsum("ik,ij,jk->k", points, np.linalg.inv([[2, 0.5], [0.5, 1]]), points)
    np.testing.assert_allclose(distance, 4)
    assert np.ptp(points, axis=1) == pytest.approx([4 * np.sqrt(2), 4], rel=1e-2)


@pytest.mark.parametrize("square", [True, False])
def test_a_plot_may_be_square(square):
    assert json.loads(made(Curve(1, "a"), square=square).spec)["views"][0].get("square", False) is square
