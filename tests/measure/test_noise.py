import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from sgdlab.measure import (
    batch_noise,
    covariance_of,
    epoch_noise,
    mean_of,
    noise,
    noise_strength,
    projected_gradients,
    variance_of,
)
from sgdlab.problems import LinearRegression, Network, convolutional, fully_connected, gaussian_design, problem


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dense(device="cpu", loss="mean-square"):
    targets = random(10, 3, seed=1) if loss == "mean-square" else torch.arange(10) % 3
    return Network(fully_connected([4, 6, 3]), random(10, 4).to(device), targets.to(device), loss)


def images(loss="mean-square"):
    targets = random(8, 2, seed=1) if loss == "mean-square" else torch.arange(8) % 2
    module = convolutional(((3, 2), (4,)), in_channels=2, size=6, classes=2)
    return Network(module, random(8, 2, 6, 6), targets, loss)


def regression():
    return gaussian_design(40, [2.0, 1.0, 0.3], 0.5, seed=0)


def point(problem):
    if isinstance(problem, LinearRegression):
        return random(problem.dimension, seed=2)
    return problem.initial(seed=0)[0] + 0.1 * random(problem.dimension, seed=2).to(problem.device)


PROBLEMS = [dense, images, regression, lambda: dense(loss="cross-entropy"), lambda: images("cross-entropy")]


@pytest.mark.parametrize("build", PROBLEMS)
@pytest.mark.parametrize("count", [1, 20])
def test_projections_are_those_of_the_sample_gradients(build, count, monkeypatch):
    problem_ = build()
    theta, directions = point(problem_), random(count, problem_.dimension, seed=3)
    expected = problem_.sample_gradients(theta) @ directions.T
    torch.testing.assert_close(projected_gradients(problem_, theta, directions), expected)
    samples = torch.tensor([5, 0, 5])
    torch.testing.assert_close(projected_gradients(problem_, theta, directions, samples), expected[samples])
    monkeypatch.setattr(problem, "_BYTES_ON_CPU", 1)
    torch.testing.assert_close(projected_gradients(problem_, theta, directions), expected)


def test_projections_along_the_axes_are_the_gradients_in_double_precision(device):
    network = dense(device)
    theta, axes = point(network), torch.eye(network.dimension, dtype=torch.float64, device=device)
    torch.testing.assert_close(projected_gradients(network, theta, axes), network.sample_gradients(theta))
    single = LinearRegression(random(5, 2).float(), random(5).float())
    assert projected_gradients(single, torch.zeros(2), torch.eye(2)).dtype == torch.float64


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 4)])
def test_directions_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"directions must be \(K, 3\), K at least 1"):
        projected_gradients(regression(), torch.zeros(3, dtype=torch.float64), torch.zeros(shape))


@pytest.mark.parametrize("build", PROBLEMS)
def test_strength_of_all_samples_is_the_trace_of_the_covariance(build, monkeypatch):
    problem_ = build()
    theta = point(problem_)
    trace = torch.cov(problem_.sample_gradients(theta).T, correction=0).trace().item()
    for memory in (problem._BYTES_ON_CPU, 1):
        monkeypatch.setattr(problem, "_BYTES_ON_CPU", memory)
        strength = noise_strength(problem_, theta)
        assert strength.value == pytest.approx(trace, rel=1e-10)
        assert strength.standard_error == 0


def test_strength_is_the_same_on_every_device(device):
    network = dense(device)
    assert noise_strength(network, point(network)).value == pytest.approx(
        noise_strength(dense(), point(dense())).value, rel=1e-10
    )


def test_strength_vanishes_where_all_samples_are_the_same():
    # Null control: gradients, but no noise.
    one = random(1, 4)
    network = Network(fully_connected([4, 6, 1]), one.expand(10, 4), torch.ones(10, 1, dtype=torch.float64))
    theta = network.initial(seed=0)[0]
    square = network.gradient(theta).square().sum().item()
    assert square > 0.1
    assert abs(noise_strength(network, theta).value) < 1e-13 * square


def test_strength_of_a_subset_is_unbiased():
    # Null control: the mean over all subsets of 3 of the 6 samples is the strength of all; the naive 1/M is not.
    network = Network(fully_connected([4, 6, 3]), random(6, 4), random(6, 3, seed=1))
    theta, subsets = point(network), [torch.tensor(s) for s in itertools.combinations(range(6), 3)]
    values = [noise_strength(network, theta, subset).value for subset in subsets]
    exact = noise_strength(network, theta).value
    assert np.mean(values) == pytest.approx(exact, rel=1e-12)
    naive = [torch.cov(network.sample_gradients(theta, s).T, correction=0).trace().item() for s in subsets]
    assert abs(np.mean(naive) / exact - 1) > 0.1


def test_error_of_the_strength_of_a_subset_is_honest():
    n, m, trials = 500, 350, 300
    problem_ = gaussian_design(n, [1.0, 1.0, 0.5], 1.0, seed=0)
    theta = torch.ones(3, dtype=torch.float64)
    exact = noise_strength(problem_, theta).value
    generator = torch.Generator().manual_seed(1)
    estimates = [noise_strength(problem_, theta, torch.randperm(n, generator=generator)[:m]) for _ in range(trials)]
    scores = np.array([(estimate.value - exact) / estimate.standard_error for estimate in estimates])
    assert abs(scores.var() - 1) < 4 * math.sqrt(2 / trials)
    # Without the correction for the share that was seen the scores would have this variance.
    assert 1 - m / n < 1 - 4 * math.sqrt(2 / trials)


def test_strength_of_every_sample_in_another_order_is_exact():
    problem_ = regression()
    strength = noise_strength(problem_, point(problem_), torch.arange(39, -1, -1))
    assert strength.value == pytest.approx(noise_strength(problem_, point(problem_)).value, rel=1e-12)
    assert strength.standard_error == 0


def test_strength_of_gaussian_regression_is_its_closed_form():
    # Tr(2 L H + grad grad^T) for Gaussian inputs, as N grows.
    n, spectrum = 200_000, torch.tensor([2.0, 0.5], dtype=torch.float64)
    problem_ = gaussian_design(n, spectrum.tolist(), 0.7, seed=0)
    theta = torch.tensor([0.6, -0.4], dtype=torch.float64)
    loss = 0.35 + (spectrum * theta**2).sum() / 2
    expected = 2 * loss * spectrum.sum() + ((spectrum * theta) ** 2).sum()
    squares = problem_.sample_gradients(theta).square().sum(1)
    assert abs(noise_strength(problem_, theta).value - expected) < 4 * squares.std() / math.sqrt(n)


def test_samples_that_do_not_serve_are_refused():
    problem_ = regression()
    with pytest.raises(ValueError, match="samples must be at least 2, got 1"):
        noise_strength(problem_, point(problem_), torch.tensor([3]))
    with pytest.raises(ValueError, match="samples must be drawn without repetition"):
        noise_strength(problem_, point(problem_), torch.tensor([3, 3]))
    normalised = Network(nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3)), random(5, 4), random(5, 3))
    with pytest.raises(ValueError, match="Linear and Conv2d layers, got LayerNorm"):
        noise_strength(normalised, random(normalised.dimension))


def covariance(projections):
    return torch.cov(projections.T, correction=0)


@pytest.mark.parametrize(("sampling", "factor"), [("with-replacement", 1 / 3), ("without-replacement", 4 / 18)])
def test_batch_noise_has_the_covariance_of_all_batches(sampling, factor):
    # B = 3 of N = 7: C/B, and (N - B) C / (B (N - 1)).
    projections, n_batches = random(7, 2), 40_000
    xi = batch_noise(projections, 3, sampling, n_batches, seed=0)
    assert xi.shape == (n_batches, 2)
    exact = factor * covariance(projections)
    mean = mean_of(xi)
    assert (np.abs(mean.value) < 4 * mean.standard_error).all()
    for i, j in ((0, 0), (0, 1), (1, 1)):
        estimate = covariance_of(xi[:, i], xi[:, j])
        assert abs(estimate.value - exact[i, j].item()) < 4 * estimate.standard_error
    # The error is small enough to tell the two ways of drawing apart.
    assert variance_of(xi[:, 0]).standard_error < 0.02 * exact[0, 0]


@pytest.mark.parametrize(
    "draw",
    [
        lambda projections: batch_noise(projections, 2, "without-replacement", 900, seed=0),
        lambda projections: epoch_noise(projections, 2, 300, seed=0).flatten(0, 1),
    ],
)
def test_noise_takes_the_values_of_all_batches_and_no_others(draw):
    projections = random(6, 1)
    values = [
        -(projections[list(pair)].mean(0) - projections.mean(0)).item() for pair in itertools.combinations(range(6), 2)
    ]
    distance = (draw(projections) - torch.tensor(values, dtype=torch.float64)).abs()
    assert distance.min(1).values.max() < 1e-14
    assert distance.min(0).values.max() < 1e-14


def test_the_batch_of_all_samples_has_no_noise():
    assert batch_noise(random(9, 3), 9, "without-replacement", 20, seed=0).abs().max() < 1e-15


def test_equal_gradients_have_no_noise():
    constant = torch.full((9, 2), 0.1, dtype=torch.float64)
    assert batch_noise(constant, 4, "with-replacement", 20, seed=0).abs().max() < 1e-16
    assert epoch_noise(constant, 3, 20, seed=0).abs().max() < 1e-16


def test_epoch_noise_sums_to_zero_and_is_anticorrelated():
    n, batch_size, n_epochs = 8, 2, 40_000
    projections = random(n, 2)
    xi = epoch_noise(projections, batch_size, n_epochs, seed=0)
    assert xi.shape == (n_epochs, 4, 2)
    assert xi.sum(1).abs().max() < 1e-14
    c = covariance(projections)
    for k, m in ((0, 0), (0, 1), (3, 1)):
        factor = (n - batch_size) / (batch_size * (n - 1)) if k == m else -1 / (n - 1)
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            estimate = covariance_of(xi[:, k, i], xi[:, m, j])
            assert abs(estimate.value - factor * c[i, j].item()) < 4 * estimate.standard_error
            assert estimate.standard_error < 0.05 / (n - 1)
    # Null control: batches of different epochs are independent.
    estimate = covariance_of(xi[:-1, 3, 0], xi[1:, 0, 0])
    assert abs(estimate.value) < 4 * estimate.standard_error


def test_one_batch_is_the_whole_epoch():
    assert epoch_noise(random(6, 1), 6, 5, seed=0).shape == (5, 1, 1)


@pytest.mark.parametrize(
    "draw",
    [
        lambda projections, seed: batch_noise(projections, 3, "without-replacement", 50, seed),
        lambda projections, seed: batch_noise(projections, 3, "with-replacement", 50, seed),
        lambda projections, seed: epoch_noise(projections, 3, 50, seed),
    ],
)
def test_the_seed_decides_and_memory_may_be_short(draw, monkeypatch):
    projections, state = random(6, 2), torch.get_rng_state()
    reference = draw(projections, 0)
    assert torch.equal(draw(projections, 0), reference)
    assert not torch.equal(draw(projections, 1), reference)
    assert torch.equal(torch.get_rng_state(), state)
    monkeypatch.setattr(noise, "_BYTES", 8 * 6 * 7)
    short = draw(projections, 0)
    assert short.shape == reference.shape
    torch.testing.assert_close(short, reference)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: batch_noise(p, 2, "reshuffled", 5, 0), "see epoch_noise"),
        (lambda p: batch_noise(p, 2, "bootstrap", 5, 0), "sampling must be one of"),
        (lambda p: batch_noise(p, 0, "with-replacement", 5, 0), "batch_size must be a whole number >= 1, got 0"),
        (lambda p: batch_noise(p, 7, "without-replacement", 5, 0), "batch_size must be at most the 6 samples"),
        (lambda p: batch_noise(p, 2, "with-replacement", 0, 0), "n_batches must be at least 1, got 0"),
        (lambda p: batch_noise(p[:, 0], 2, "with-replacement", 5, 0), r"projections must be \(N, K\)"),
        (lambda p: epoch_noise(p, 4, 5, 0), "batch_size must divide the 6 samples"),
        (lambda p: epoch_noise(p, 2, 0, 0), "n_epochs must be at least 1, got 0"),
        (lambda p: epoch_noise(p[:, :0], 2, 5, 0), r"projections must be \(N, K\)"),
    ],
)
def test_arguments_outside_their_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(random(6, 2))
