import math

import pytest
import torch

from sgdlab.problems import Quadratic, gaussian_design


def states(replicas=4, d=3, seed=1):
    return torch.randn(replicas, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_loss_and_derivatives_by_hand(device):
    bowl = Quadratic([2.0, 0.0, 3.0], 0.5, [1.0, 1.0, 0.0])
    theta = torch.tensor([[0.0, 5.0, 2.0], [1.0, 1.0, 0.0]], dtype=torch.float64, device=device)
    bowl = bowl.to(theta)
    # (2 * 1 + 0 * 16 + 3 * 4) / 2 above the minimum.
    assert bowl.loss(theta).tolist() == [7.5, 0.5]
    assert bowl.gradient(theta).tolist() == [[-2.0, 0.0, 6.0], [0.0, 0.0, 0.0]]
    assert bowl.hessian(theta).tolist() == 2 * [[[2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 3.0]]]
    assert bowl.dimension == 3


@pytest.mark.parametrize("minimum", [None, [0.5, -1.0, 2.0]])
def test_derivatives_are_those_of_the_loss(minimum):
    bowl, theta = Quadratic([2.0, 0.0, 3.0], 0.5, minimum), states()
    torch.testing.assert_close(bowl.gradient(theta), torch.func.grad(lambda x: bowl.loss(x).sum())(theta))
    single = torch.stack([torch.func.hessian(lambda x: bowl.loss(x[None])[0])(point) for point in theta])
    torch.testing.assert_close(bowl.hessian(theta), single)


def test_it_is_linear_regression_in_its_eigenbasis():
    problem = gaussian_design(30, [2.0, 1.0, 0.5], 0.3, seed=0)
    values, vectors = problem.eigenbasis()
    least = float(problem.loss(problem.minimum()))
    bowl, theta = Quadratic(values, least, vectors @ problem.minimum()), states()
    torch.testing.assert_close(bowl.loss(theta @ vectors.T), torch.func.vmap(problem.loss)(theta))
    torch.testing.assert_close(bowl.gradient(theta @ vectors.T) @ vectors, torch.func.vmap(problem.gradient)(theta))


def test_eigenbasis_diagonalises_the_hessian_in_descending_order():
    bowl = Quadratic([1.0, 0.0, 3.0, 2.0], 0.5)
    values, vectors = bowl.eigenbasis()
    assert values.tolist() == [3.0, 2.0, 1.0, 0.0]
    hessian = bowl.hessian(torch.zeros(1, 4, dtype=torch.float64))[0]
    assert torch.equal(vectors @ hessian @ vectors.T, torch.diag(values))


def test_single_precision_is_a_copy():
    bowl = Quadratic([2.0, 1.0], 0.5)
    single = bowl.to(torch.zeros(1))
    assert single.gradient(torch.ones(1, 2)).dtype == torch.float32
    assert bowl.curvatures.dtype == torch.float64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 0.5), "curvatures must be"),
        (([1.0, -1.0], 0.5), "curvatures must be"),
        (([1.0, math.nan], 0.5), "curvatures must be"),
        (([[1.0]], 0.5), "curvatures must be"),
        (([1.0], -0.5), "minimum_loss must be a finite number >= 0"),
        (([1.0], math.inf), "minimum_loss must be a finite number >= 0"),
        (([1.0], 0.5, [1.0, 2.0]), "minimum must have length 1, got 2"),
        (([1.0], 0.5, [math.inf]), "minimum must be"),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Quadratic(*arguments)


@pytest.mark.parametrize("shape", [(3,), (2, 2)])
def test_states_of_another_shape_are_refused(shape):
    bowl = Quadratic([1.0, 1.0, 1.0], 0.5)
    for function in (bowl.loss, bowl.gradient, bowl.hessian):
        with pytest.raises(ValueError, match=r"theta must have shape \(R, 3\)"):
            function(torch.zeros(shape, dtype=torch.float64))
