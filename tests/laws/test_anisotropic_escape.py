"""What directions across the path change: limits, closed ends, and the exact backward equation."""

import numpy as np
import pytest
import sympy as sp

from sgdlab.experiments import anisotropic_passage, transverse_escape
from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q
from sgdlab.laws.anisotropic_escape import across_the_path, passage_time_prefactor

PATHS = ("parabola", "double-well")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("loss_ratio", [1.01, 2, 50])
def test_equal_curvatures_change_nothing(path, loss_ratio):
    assert across_the_path(1.0, loss_ratio, path) == pytest.approx((1, 1), abs=1e-8)


@pytest.mark.parametrize("loss_ratio", [1.5, 4, 20])
def test_a_flat_direction_does_not_count(loss_ratio):
    """The theorem has a factor c^(1/2) for n = 2, which F takes back; on the quadratic the time stays."""
    _, factor = across_the_path(1e-5, loss_ratio, "double-well")
    assert factor == pytest.approx(loss_ratio**-0.5, rel=1e-3)
    assert passage_time_prefactor(1e-5, loss_ratio) == pytest.approx(1, rel=1e-3)


def test_the_width_solves_its_equation_near_the_minimum():
    """v = 1 + (1 - r) / (1 + r) (l / L* - 1) to first order, on both paths."""
    for path in PATHS:
        v, factor = across_the_path(0.3, 1.0001, path)
        if path == "parabola":
            assert v - 1 == pytest.approx(0.7 / 1.3 * 1e-4, rel=1e-3)
            assert np.log(factor) == pytest.approx(-0.3 / 2 * 0.7 / 1.3 * 1e-4, rel=1e-3)
        else:
            assert v == 1
            assert -1e-4 < np.log(factor) < 0


def test_the_share_is_the_growth_of_the_prefactor():
    """F ~ c^(-r (v - 1) / 2) at large c, and n_h = 1 - r (v - 1)."""
    for ratio in (0.1, 0.5, 0.9):
        v, far = across_the_path(ratio, 1e8, "parabola")
        _, near = across_the_path(ratio, 1e7, "parabola")
        share = laws.direction_share(curvature_ratio=ratio)
        assert 1 - ratio * (v - 1) == pytest.approx(share, abs=1e-4)
        assert 1 + 2 * np.log(far / near) / np.log(10) == pytest.approx(share, abs=1e-4)


def test_the_share_goes_from_the_square_to_one():
    assert laws.direction_share(curvature_ratio=[0, 1]).tolist() == [0, 1]
    r = q.curvature_ratio.symbol
    assert sp.series(laws.direction_share.expression, r, 0, 3).removeO() == r**2


@pytest.mark.parametrize("ratio", [0.25, 0.5])
def test_the_prefactor_is_that_of_the_backward_equation_in_a_double_well(ratio):
    """Linear in eta h / B, with equal curvatures as the reference; the Hessians alone would give 1."""
    relative = [
        transverse_escape.passage_time(2.0, ratio, noise, 50, 16)
        / transverse_escape.passage_time(2.0, 1.0, noise, 50, 16)
        for noise in (9.0, 13.0)
    ]
    limit = (13 * relative[1] - 9 * relative[0]) / 4
    assert limit == pytest.approx(1 / across_the_path(ratio, 2.0, "double-well")[1], rel=0.005)
    assert limit > 1.15


@pytest.mark.parametrize(("ratio", "loss_ratio"), [(0.25, 2.0), (0.5, 3.0)])
def test_the_prefactor_is_that_of_the_backward_equation_on_a_quadratic(ratio, loss_ratio):
    """Hessians alone would give 25 to 40 % less."""
    noise = 16.0
    one = np.sqrt(np.pi / noise) * loss_ratio ** (noise + 1) / (2 * np.sqrt(loss_ratio - 1))
    time = anisotropic_passage.passage_time(ratio, loss_ratio, noise)
    assert time == pytest.approx(one * passage_time_prefactor(ratio, loss_ratio), rel=0.03)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 2.0, "parabola"), "curvature_ratio must be above 0"),
        ((1.5, 2.0, "parabola"), "curvature_ratio must be above 0"),
        ((0.5, 1.0, "parabola"), "loss_ratio must be"),
        ((0.5, 2.0, "saddle"), "path must be parabola or double-well"),
    ],
)
def test_arguments_outside_their_ranges_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        across_the_path(*arguments)
