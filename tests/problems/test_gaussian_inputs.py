import math

import pytest
import torch

from sgdlab.problems import GaussianInputs, LinearRegression, gaussian_design


def generator(seed=0, device="cpu"):
    return torch.Generator(device).manual_seed(seed)


def test_inputs_are_drawn_before_residuals_one_sample_after_the_other():
    # What a seed means: stored results were made from these numbers.
    deviations = torch.tensor([2.0, 0.5], dtype=torch.float64)
    inputs, residuals = GaussianInputs([4.0, 0.25], 0.49).draw(50, generator(3), torch.float64)
    again = generator(3)
    normal = torch.randn(50, 2, generator=again, dtype=torch.float64)
    assert torch.equal(inputs, normal * deviations)
    normal = torch.randn(50, generator=again, dtype=torch.float64)
    torch.testing.assert_close(residuals, 0.7 * normal, rtol=1e-15, atol=0)
    inputs, residuals = GaussianInputs([4.0, 0.25], 1.0, kurtosis=4.0).draw(50, generator(3), torch.float64)
    again = generator(3)
    places = torch.bucketize(
        torch.rand(50, 2, generator=again, dtype=torch.float64), torch.tensor([1 / 8, 7 / 8]).double()
    )
    assert torch.equal(inputs, (1 - places) * 2 * deviations)
    assert torch.equal(residuals, torch.randn(50, generator=again, dtype=torch.float64))


@pytest.mark.parametrize("kurtosis", [None, 1.0, 4.0])
def test_samples_are_those_of_a_design(kurtosis):
    inputs, residuals = GaussianInputs([4.0, 0.25], 0.5, kurtosis=kurtosis).draw(50, generator(3), torch.float64)
    design = gaussian_design(50, [4.0, 0.25], 0.5, seed=3, kurtosis=kurtosis)
    assert torch.equal(inputs, design.inputs)
    assert torch.equal(residuals, design.targets)


def test_loss_is_the_expected_loss_of_a_sample(device):
    problem, n = GaussianInputs([4.0, 0.25], 0.5), 100_000
    inputs, residuals = problem.draw(n, generator(device=device), torch.float64)
    assert inputs.device.type == residuals.device.type == device
    theta = torch.tensor([0.5, -2.0], dtype=torch.float64, device=device)
    losses = (inputs @ theta - residuals).square() / 2
    # (0.5 + 4 * 0.25 + 0.25 * 4) / 2
    assert problem.loss(theta).item() == 1.25
    assert abs(float(losses.mean()) - 1.25) <= 4 * float(losses.std()) / math.sqrt(n)
    assert problem.dimension == 2


def test_derivatives_are_those_of_the_expected_loss():
    problem, theta = GaussianInputs([0.25, 4.0, 1.0], 0.5), torch.tensor([0.5, -2.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(problem.gradient(theta), torch.func.grad(problem.loss)(theta))
    torch.testing.assert_close(problem.hessian(), torch.func.hessian(problem.loss)(theta))
    assert problem.loss(problem.minimum()).item() == 0.25
    assert not problem.gradient(problem.minimum()).any()
    values, vectors = problem.eigenbasis()
    assert values.tolist() == [4.0, 1.0, 0.25]
    torch.testing.assert_close(vectors @ problem.hessian() @ vectors.T, torch.diag(values))
    assert problem.gradient(theta.float()).dtype == torch.float32


def test_gradients_of_samples_have_the_gradient_as_their_mean():
    problem, n = GaussianInputs([4.0, 0.25], 0.5, kurtosis=2.0), 100_000
    theta = torch.tensor([0.5, -2.0], dtype=torch.float64)
    gradients = LinearRegression(*problem.draw(n, generator(), torch.float64)).sample_gradients(theta)
    errors = gradients.std(0) / math.sqrt(n)
    assert ((gradients.mean(0) - problem.gradient(theta)).abs() <= 4 * errors).all()
    assert (problem.gradient(theta).abs() > 20 * errors).all()


def test_samples_depend_on_the_generator_alone_and_keep_their_dtype():
    problem, state = GaussianInputs([1.0, 2.0], 1.0), torch.get_rng_state()
    one, same, other = (problem.draw(5, generator(seed), torch.float32) for seed in (0, 0, 1))
    assert torch.equal(one[0], same[0])
    assert not torch.equal(one[0], other[0])
    assert one[0].dtype == one[1].dtype == torch.float32
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spectrum": []}, "spectrum must be"),
        ({"spectrum": [1.0, 0.0]}, "spectrum must be"),
        ({"spectrum": [math.nan]}, "spectrum must be"),
        ({"spectrum": [math.inf]}, "spectrum must be"),
        ({"noise_variance": -1.0}, "noise_variance must be"),
        ({"noise_variance": math.nan}, "noise_variance must be"),
        ({"kurtosis": 0.9}, "kurtosis must be"),
        ({"kurtosis": math.inf}, "kurtosis must be"),
    ],
)
def test_arguments_outside_their_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        GaussianInputs(**({"spectrum": [1.0], "noise_variance": 1.0} | change))


def test_point_of_another_dimension_is_refused():
    problem = GaussianInputs([1.0, 2.0], 1.0)
    for function in (problem.loss, problem.gradient):
        with pytest.raises(ValueError, match=r"theta must have shape \(2,\), got \(3,\)"):
            function(torch.zeros(3))
