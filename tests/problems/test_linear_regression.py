import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sgdlab.problems import LinearRegression, gaussian_design


def problem(n=30, d=4, seed=0):
    return gaussian_design(n, [4.0, 2.0, 1.0, 0.5][:d], noise_variance=0.3, seed=seed)


def point(d=4, seed=1):
    return torch.randn(d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_loss_is_half_the_mean_square_residual(device):
    inputs = torch.tensor([[1.0, 2.0], [0.0, -1.0]], dtype=torch.float64, device=device)
    targets = torch.tensor([1.0, 3.0], dtype=torch.float64, device=device)
    theta = torch.tensor([2.0, 1.0], dtype=torch.float64, device=device)
    # Residuals 4 - 1 = 3 and -1 - 3 = -4.
    regression = LinearRegression(inputs, targets)
    assert regression.sample_losses(theta).tolist() == [4.5, 8.0]
    assert regression.loss(theta).item() == 6.25
    assert regression.gradient(theta).tolist() == [1.5, 5.0]
    assert regression.sample_gradients(theta, torch.tensor([1], device=device)).tolist() == [[0.0, 4.0]]
    assert (regression.dimension, regression.n_samples, regression.device.type) == (2, 2, device)


def test_derivatives_are_those_of_the_loss():
    regression, theta, samples = problem(), point(), torch.tensor([3, 3, 7])
    for some in (None, samples):
        gradient = torch.func.grad(regression.loss)(theta, some)
        torch.testing.assert_close(regression.gradient(theta, some), gradient)
        torch.testing.assert_close(regression.sample_gradients(theta, some).mean(0), gradient)
    torch.testing.assert_close(regression.hessian(), torch.func.hessian(regression.loss)(theta))


def test_replicas_by_vmap_are_single_points():
    regression = problem()
    thetas, samples = torch.stack([point(seed=1), point(seed=2)]), torch.tensor([[0, 1], [5, 5]])
    together = torch.func.vmap(regression.gradient)(thetas, samples)
    for theta, some, gradient in zip(thetas, samples, together, strict=True):
        torch.testing.assert_close(gradient, regression.gradient(theta, some))


def test_gradient_vanishes_at_the_minimum():
    regression = problem()
    gradient = regression.gradient(regression.minimum())
    torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-14, rtol=0)


def test_minimum_of_too_few_samples_is_the_one_of_least_norm():
    regression = problem(n=3)
    minimum = regression.minimum()
    assert regression.loss(minimum).item() < 1e-28
    # Least norm: a combination of the inputs, nothing in their null space.
    null_space = torch.linalg.svd(regression.inputs, full_matrices=True)[2][3:]
    torch.testing.assert_close(null_space @ minimum, torch.zeros(1, dtype=torch.float64), atol=1e-14, rtol=0)


def test_eigenbasis_diagonalises_the_hessian_in_descending_order():
    regression = problem()
    values, vectors = regression.eigenbasis()
    assert (values.diff() < 0).all()
    torch.testing.assert_close(vectors @ regression.hessian() @ vectors.T, torch.diag(values))
    torch.testing.assert_close(vectors @ vectors.T, torch.eye(4, dtype=torch.float64))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_loss_is_invariant_under_rotation_of_inputs_and_point(seed):
    regression, theta = problem(), point()
    normal = torch.randn(4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rotation, _ = torch.linalg.qr(normal)
    rotated = LinearRegression(regression.inputs @ rotation.T, regression.targets)
    torch.testing.assert_close(rotated.sample_losses(rotation @ theta), regression.sample_losses(theta))
    torch.testing.assert_close(rotated.gradient(rotation @ theta), rotation @ regression.gradient(theta))


def test_chunks_keep_the_order():
    regression = problem(n=11)
    assert torch.cat(list(regression.chunks())).tolist() == list(range(11))
    assert torch.cat(list(regression.chunks(torch.tensor([4, 2])))).tolist() == [4, 2]


@pytest.mark.parametrize("kurtosis", [None, 1.0, 1.5, 2.0, 3.0, 9.0])
def test_design_has_the_moments_it_is_asked_for(kurtosis):
    n, spectrum, noise_variance = 200_000, (4.0, 0.25), 0.5
    regression = gaussian_design(n, spectrum, noise_variance, seed=3, kurtosis=kurtosis)
    x = regression.inputs / torch.tensor(spectrum, dtype=torch.float64).sqrt()
    fourth = 3.0 if kurtosis is None else kurtosis
    # Standard errors: of x^2 from E x^4 - 1, of products of independent factors from their variances.
    assert ((x**2).mean(0) - 1).abs().max() <= 4 * math.sqrt((fourth - 1) / n) + 1e-12
    spread = math.sqrt(96 / n) if kurtosis is None else math.sqrt((kurtosis**3 - kurtosis**2) / n)
    assert ((x**4).mean(0) - fourth).abs().max() <= 4 * spread + 1e-12
    assert (x[:, 0] * x[:, 1]).mean().abs() < 4 / math.sqrt(n)
    assert x.mean(0).abs().max() < 4 / math.sqrt(n)
    residuals = regression.targets
    assert abs(residuals.square().mean() - noise_variance) < 4 * noise_variance * math.sqrt(2 / n)
    assert (residuals[:, None] * x).mean(0).abs().max() < 4 * math.sqrt(noise_variance / n)
    # Independent, not only uncorrelated.
    squares = (residuals.square() - noise_variance)[:, None] * (x**2 - 1)
    assert squares.mean(0).abs().max() <= 4 * noise_variance * math.sqrt(2 * (fourth - 1) / n) + 1e-12


def test_three_point_law_takes_three_values_with_its_probabilities():
    n, kurtosis = 100_000, 4.0
    x = gaussian_design(n, [9.0], 0.0, seed=0, kurtosis=kurtosis).inputs[:, 0]
    values, counts = x.unique(return_counts=True)
    assert values.tolist() == [-6.0, 0.0, 6.0]
    for count, probability in zip(counts.tolist(), (1 / 8, 3 / 4, 1 / 8), strict=True):
        assert abs(count / n - probability) < 4 * math.sqrt(probability * (1 - probability) / n)


def test_design_depends_on_the_seed_alone():
    state = torch.get_rng_state()
    one, same, other = (gaussian_design(5, [1.0], 1.0, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.inputs, same.inputs)
    assert torch.equal(one.targets, same.targets)
    assert not torch.equal(one.inputs, other.inputs)
    assert torch.equal(state, torch.get_rng_state())


def test_design_in_single_precision_is_the_same_rounded():
    double, single = (
        gaussian_design(50, [1.0, 2.0], 1.0, seed=0, dtype=dtype) for dtype in (torch.float64, torch.float32)
    )
    assert torch.equal(single.inputs, double.inputs.float())
    assert torch.equal(single.targets, double.targets.float())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_samples": 0}, "n_samples must be at least 1"),
        ({"spectrum": []}, "spectrum must be"),
        ({"spectrum": [1.0, 0.0]}, "spectrum must be"),
        ({"spectrum": [math.nan]}, "spectrum must be"),
        ({"spectrum": [math.inf]}, "spectrum must be"),
        ({"noise_variance": -1.0}, "noise_variance must be"),
        ({"noise_variance": math.nan}, "noise_variance must be"),
        ({"kurtosis": 0.9}, "kurtosis must be"),
    ],
)
def test_design_refuses_what_is_outside_its_range(change, message):
    with pytest.raises(ValueError, match=message):
        gaussian_design(**({"n_samples": 3, "spectrum": [1.0], "noise_variance": 1.0, "seed": 0} | change))


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (torch.zeros(3), torch.zeros(3), "inputs must have shape"),
        (torch.zeros(0, 2), torch.zeros(0), "inputs must have shape"),
        (torch.zeros(3, 2), torch.zeros(3, 1), "targets must have shape"),
        (torch.zeros(3, 2), torch.zeros(3, dtype=torch.float64), "one floating dtype"),
        (torch.zeros(3, 2, dtype=torch.int64), torch.zeros(3, dtype=torch.int64), "one floating dtype"),
    ],
)
def test_data_that_do_not_fit_are_refused(inputs, targets, message):
    with pytest.raises(ValueError, match=message):
        LinearRegression(inputs, targets)


def test_point_of_another_dimension_is_refused():
    with pytest.raises(ValueError, match=r"theta must have shape \(4,\), got \(3,\)"):
        problem().gradient(point(d=3))
