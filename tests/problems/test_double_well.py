import math

import pytest
import torch

from sgdlab.problems import DoubleWell


def test_minima_and_barrier_are_where_they_should_be(device):
    points = torch.tensor([[-1.0], [0.0], [1.0]], dtype=torch.float64, device=device)
    well = DoubleWell(0.25, 2.0).to(points)
    assert well.loss(points).tolist() == [0.25, 2.25, 0.25]
    assert well.gradient(points).tolist() == [[0.0], [0.0], [0.0]]
    assert well.hessian(points).flatten().tolist() == [16.0, -8.0, 16.0]


def test_derivatives_are_those_of_the_loss():
    well, x = DoubleWell(0.25, 2.0), torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    torch.testing.assert_close(well.gradient(x), torch.func.grad(lambda x: well.loss(x).sum())(x))
    slope = torch.func.grad(lambda x: well.gradient(x).sum())(x)
    torch.testing.assert_close(well.hessian(x)[:, :, 0], slope)


def test_the_barrier_and_the_least_loss_are_set_apart():
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    low, high = DoubleWell(0.25, 2.0), DoubleWell(4.25, 2.0)
    torch.testing.assert_close(high.loss(x) - low.loss(x), torch.full((9,), 4.0, dtype=torch.float64))
    assert torch.equal(high.gradient(x), low.gradient(x))
    assert float(low.loss(x).min()) == 0.25


def test_what_noise_needs_is_that_of_a_minimum():
    well = DoubleWell(0.25, 2.0)
    assert well.loss(well.minimum[None]).item() == well.minimum_loss
    assert torch.equal(well.hessian(well.minimum[None])[0], torch.diag(well.curvatures))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, 1.0), "minimum_loss must be a finite number >= 0"),
        ((1.0, 0.0), "barrier must be a finite number > 0"),
        ((1.0, math.nan), "barrier must be a finite number > 0"),
        ((1.0, math.inf), "barrier must be a finite number > 0"),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        DoubleWell(*arguments)


def test_states_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"theta must have shape \(R, 1\)"):
        DoubleWell(1.0, 1.0).gradient(torch.zeros(2, 2))
