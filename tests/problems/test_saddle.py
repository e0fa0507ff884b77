import pytest
import torch

from sgdlab.problems import DoubleWell, Saddle


def landscape():
    return Saddle(0.25, 2.0, [3.0, 0.5], [1.0, 4.0])


def states(seed=1, replicas=200):
    return 1.5 * torch.randn(replicas, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_minima_and_saddle_have_the_losses_and_curvatures_asked_for(device):
    points = torch.tensor([[-1.0, 0, 0], [0.0, 0, 0], [1.0, 0, 0]], dtype=torch.float64, device=device)
    saddle = landscape().to(points)
    assert saddle.loss(points).tolist() == [0.25, 2.25, 0.25]
    assert not saddle.gradient(points).any()
    expected = torch.tensor([[16.0, 3.0, 0.5], [-8.0, 1.0, 4.0], [16.0, 3.0, 0.5]], dtype=torch.float64)
    assert torch.equal(saddle.hessian(points).cpu(), torch.diag_embed(expected))
    assert (saddle.dimension, saddle.curvatures.tolist()) == (3, [16.0, 3.0, 0.5])
    assert saddle.minimum.tolist() == [-1.0, 0.0, 0.0]


def test_derivatives_are_those_of_the_loss():
    saddle, theta = landscape(), states()
    assert (theta[:, 0].abs() > 1).any()
    assert (theta[:, 0].abs() < 1).any()
    torch.testing.assert_close(saddle.gradient(theta), torch.func.grad(lambda x: saddle.loss(x).sum())(theta))
    single = torch.stack([torch.func.hessian(lambda x: saddle.loss(x[None])[0])(point) for point in theta])
    torch.testing.assert_close(saddle.hessian(theta), single)


def test_the_hessian_is_continuous_where_the_curvatures_stop_changing():
    saddle = landscape()
    jumps = []
    for eps in (1e-3, 1e-6):
        inside, outside = (torch.tensor([[x, 1.0, -2.0]], dtype=torch.float64) for x in (1 - eps, 1 + eps))
        jumps.append((saddle.hessian(inside) - saddle.hessian(outside)).abs().max())
    # What is continuous here changes in proportion to the distance; a jump would stay.
    assert jumps[1] < 2e-3 * jumps[0]


def test_no_other_point_is_stationary():
    # Descent from anywhere ends in a minimum, from anywhere on the ridge x = 0 at the saddle.
    saddle, theta = landscape(), states().clamp(-3, 3)
    theta[0, 0] = 0
    for _ in range(4000):
        theta -= 0.01 * saddle.gradient(theta)
    ends = theta.round(decimals=6)
    assert torch.equal(ends[0], torch.zeros(3, dtype=torch.float64))
    assert torch.equal(ends[1:].abs(), torch.tensor([1.0, 0, 0], dtype=torch.float64).expand(199, 3))


def test_the_loss_is_never_below_its_minimum():
    saddle, theta = landscape(), 10 * states()
    assert (saddle.loss(theta) >= saddle.minimum_loss).all()


def test_equal_curvatures_leave_the_directions_independent():
    saddle, theta = Saddle(0.25, 2.0, [3.0, 0.5], [3.0, 0.5]), states()
    z = theta[:, 1:]
    expected = DoubleWell(0.25, 2.0).loss(theta[:, :1]) + (z.square() * torch.tensor([3.0, 0.5])).sum(1) / 2
    torch.testing.assert_close(saddle.loss(theta), expected)


def test_without_other_directions_it_is_the_double_well():
    saddle, theta = Saddle(0.25, 2.0, [], []), states()[:, :1]
    well = DoubleWell(0.25, 2.0)
    torch.testing.assert_close(saddle.loss(theta), well.loss(theta))
    torch.testing.assert_close(saddle.gradient(theta), well.gradient(theta))
    torch.testing.assert_close(saddle.hessian(theta), well.hessian(theta))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, 1.0, [1.0], [1.0]), "minimum_loss must be"),
        ((1.0, 0.0, [1.0], [1.0]), "barrier must be"),
        ((1.0, 1.0, [0.0], [1.0]), "minimum_curvatures must be a sequence of numbers > 0"),
        ((1.0, 1.0, [1.0], [-1.0]), "saddle_curvatures must be a sequence of numbers > 0"),
        ((1.0, 1.0, [1.0], [float("nan")]), "saddle_curvatures must be"),
        ((1.0, 1.0, [1.0], [1.0, 2.0]), "saddle_curvatures must have length 1"),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Saddle(*arguments)


def test_states_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"theta must have shape \(R, 3\)"):
        landscape().loss(torch.zeros(3))
