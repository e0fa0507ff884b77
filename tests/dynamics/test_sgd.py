import math
import re

import numpy as np
import pytest
import torch

from sgdlab.dynamics import batches, regression_sgd, sgd
from sgdlab.problems import LinearRegression, Network, fully_connected, gaussian_design


class LinearLoss:
    """Losses ell_mu = g_mu . theta: gradients that no step changes."""

    def __init__(self, gradients):
        self.gradients = gradients
        self.n_samples, self.dimension = gradients.shape

    def gradient(self, theta, samples=None):
        return self.gradients[samples].mean(0) + 0 * theta


def state(theta):
    return theta


def run(problem, start, **arguments):
    defaults = {"learning_rate": 0.1, "batch_size": 5, "steps": 7, "seed": 0, "observe": state, "observe_at": [7]}
    return sgd(problem, start, **(defaults | arguments))


def regression(n=20):
    return gaussian_design(n, [2.0, 1.0, 0.5], 0.3, seed=0)


def starts(replicas, d=3):
    return torch.randn(replicas, d, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def by_hand(problem, start, learning_rate, batch_size, steps, sampling, seed):
    """Plain loops over steps and replicas, gradients by autograd."""
    thetas = [point.clone() for point in start]
    stream = batches(problem.n_samples, batch_size, steps=steps, sampling=sampling, seed=seed, replicas=len(start))
    for step in stream:
        for replica, samples in enumerate(step):
            theta = thetas[replica].requires_grad_()
            loss = problem.sample_losses(theta, samples.to(start.device)).mean()
            (gradient,) = torch.autograd.grad(loss, theta)
            thetas[replica] = theta.detach() - learning_rate * gradient
    return torch.stack(thetas)


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("sampling", ["with-replacement", "without-replacement", "reshuffled"])
def test_it_is_the_plain_loop(sampling, replicas, device):
    inputs = torch.randn(20, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(device)
    network = Network(fully_connected([4, 6, 1]), inputs, inputs[:, :1].sign())
    start = network.initial(seed=0, replicas=replicas)
    (end,) = run(network, start, sampling=sampling)
    assert end.device.type == device
    torch.testing.assert_close(end, by_hand(network, start, 0.1, 5, 7, sampling, seed=0))


def test_full_batches_are_gradient_descent():
    problem, start, eta = regression(), starts(2), 0.2
    values, vectors = problem.eigenbasis()
    (end,) = run(problem, start, learning_rate=eta, batch_size=20, sampling="without-replacement")
    deviation = (start - problem.minimum()) @ vectors.T
    torch.testing.assert_close((end - problem.minimum()) @ vectors.T, deviation * (1 - eta * values) ** 7)


@pytest.mark.parametrize("sampling", ["with-replacement", "without-replacement"])
def test_second_moment_follows_its_exact_recursion(sampling):
    # One parameter: delta' = (1 - eta A) delta + eta b with the batch means A of x^2 and b of x r, whose covariance is
    # that of the samples, times 1/B or (N - B) / (B (N - 1)).
    n, batch_size, eta, steps, replicas = 6, 2, 0.4, 12, 40_000
    problem = gaussian_design(n, [1.0], 1.0, seed=1)
    x = problem.inputs[:, 0]
    residual = problem.targets - x * problem.minimum()
    pairs = torch.stack([x**2, x * residual])
    factor = 1 / batch_size if sampling == "with-replacement" else (n - batch_size) / (batch_size * (n - 1))
    (var_a, cov), (_, var_b) = (torch.cov(pairs, correction=0) * factor).tolist()
    h = float(x.square().mean())
    first, second = 1.0, 1.0
    for _ in range(steps):
        noise = var_a * second - 2 * cov * first + var_b
        first, second = (1 - eta * h) * first, (1 - eta * h) ** 2 * second + eta**2 * noise
    start = (problem.minimum() + 1).expand(replicas, 1)
    (end,) = run(
        problem, start, learning_rate=eta, batch_size=batch_size, steps=steps, sampling=sampling, observe_at=[12]
    )
    squares = (end[:, 0] - problem.minimum()).square()
    assert abs(squares.mean() - second) < 4 * squares.std() / math.sqrt(replicas)
    assert 4 * squares.std() / math.sqrt(replicas) < 0.1 * second


def test_a_reshuffled_epoch_of_constant_gradients_has_no_noise():
    gradients = torch.randn(12, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    start = torch.zeros(50, 2, dtype=torch.float64)
    half, whole = run(LinearLoss(gradients), start, batch_size=3, steps=4, sampling="reshuffled", observe_at=[2, 4])
    torch.testing.assert_close(whole, (-0.1 * 4 * gradients.mean(0)).expand(50, 2))
    assert half.std(0).min() > 0.01


def test_a_replica_that_diverges_leaves_the_others_alone():
    problem = regression()
    start = starts(3)
    wild = start.clone()
    wild[1] = 1e308
    (tame_end,) = run(problem, start)
    with pytest.warns(
        RuntimeWarning, match="1 of 3 replicas have left the finite numbers: 1; first seen after 7 steps"
    ):
        (wild_end,) = run(problem, wild)
    assert torch.equal(wild_end[[0, 2]], tame_end[[0, 2]])
    assert not wild_end[1].isfinite().any()


@pytest.mark.parametrize(("observe_at", "seen"), [([], 30), ([4, 20, 30], 20), (range(31), 8)])
def test_who_diverged_is_said_and_when_it_was_first_seen(observe_at, seen):
    # One sample of curvature 1: theta' = (1 - eta) theta, which overflows at a known step.
    problem = LinearRegression(torch.ones(1, 1), torch.zeros(1))
    start = torch.full((9, 1), 1e31)
    start[3] = 0.0
    arguments = {"learning_rate": 11.0, "batch_size": 1, "steps": 30, "allow_divergence": True}
    with pytest.warns(RuntimeWarning) as caught:
        run(problem, start, observe_at=observe_at, **arguments)
    (warning,) = caught
    # (-10)^k 10^31 exceeds the largest single-precision number, 3.4 10^38, first for k = 8.
    expected = f"8 of 9 replicas have left the finite numbers: 0, 1, 2, 4, 5, ...; first seen after {seen} steps"
    assert str(warning.message) == expected
    assert warning.filename == __file__


def test_large_numbers_are_finite(recwarn):
    # Their sum is not.
    (end,) = run(LinearLoss(torch.zeros(20, 3)), torch.full((4, 3), 3e38))
    assert end.isfinite().all()
    assert not end.sum().isfinite()
    assert not recwarn.list


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.7, 0.0), (0.0, 0.4), (0.7, 0.4)])
@pytest.mark.parametrize("sampling", ["with-replacement", "without-replacement", "reshuffled"])
def test_momentum_and_weight_decay_are_the_heavy_ball(momentum, weight_decay, sampling, replicas, device):
    problem, start = regression(), starts(replicas).to(device)
    problem = LinearRegression(problem.inputs.to(device), problem.targets.to(device))
    (end,) = run(problem, start, sampling=sampling, momentum=momentum, weight_decay=weight_decay)
    stream = batches(20, 5, steps=7, sampling=sampling, seed=0, replicas=replicas)
    theta, velocity = start, torch.zeros_like(start)
    for samples in stream:
        gradient = torch.stack([problem.gradient(*pair) for pair in zip(theta, samples.to(device), strict=True)])
        velocity = momentum * velocity + gradient + weight_decay * theta
        theta = theta - 0.1 * velocity
    torch.testing.assert_close(end, theta)
    assert (end - run(problem, start, sampling=sampling)[0]).abs().max() > 0.01


@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.0, 0.0), (0.6, 0.3)])
def test_it_is_the_process_of_regression_sgd(momentum, weight_decay):
    problem, replicas = regression(), 20_000
    arguments = {"learning_rate": 0.2, "batch_size": 2, "steps": 6, "sampling": "with-replacement"}
    arguments |= {"momentum": momentum, "weight_decay": weight_decay}
    start = torch.ones(replicas, 3, dtype=torch.float64)
    (one,) = run(problem, start, observe_at=[6], **arguments)
    other = regression_sgd(problem, start, seed=1, **arguments).states
    for mine, theirs in ((one, other), (one.square(), other.square())):
        error = ((mine.var(0) + theirs.var(0)) / replicas).sqrt()
        assert ((mine.mean(0) - theirs.mean(0)).abs() <= 4 * error).all()
        assert (4 * error < 0.1 * theirs.square().mean(0).sqrt()).all()


@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.0, 0.0), (0.8, 0.0), (0.5, 0.3)])
def test_the_limit_of_the_learning_rate_is_where_the_heavy_ball_diverges(momentum, weight_decay):
    problem, start = regression(), starts(2)
    h = problem.eigenbasis()[0]
    arguments = {"momentum": momentum, "weight_decay": weight_decay, "batch_size": 20, "steps": 1500}
    arguments |= {"observe_at": [1500]}
    with pytest.raises(ValueError, match=r"learning_rate must be below 2 \(1 \+ momentum\)") as refused:
        run(problem, start, learning_rate=100.0, **arguments)
    limit = float(re.search(r"= ([0-9.]+),", str(refused.value))[1])

    def radius(learning_rate):
        # Independent of the formula: the spectral radius of the step (theta, v) of each mode.
        steps = [
            [[1 - learning_rate * (k + weight_decay), -learning_rate * momentum], [k + weight_decay, momentum]]
            for k in h.tolist()
        ]
        return max(abs(np.linalg.eigvals(np.array(steps))).flatten())

    assert radius(0.9999 * limit) < 1 < radius(1.0001 * limit)
    with pytest.raises(ValueError, match="allow_divergence=True"):
        run(problem, start, learning_rate=1.0001 * limit, **arguments)
    (below,) = run(problem, start, learning_rate=0.99 * limit, **arguments)
    (above,) = run(problem, start, learning_rate=1.01 * limit, allow_divergence=True, **arguments)
    assert below.abs().max() < 10
    assert above.abs().max() > 1e4


def test_the_limit_is_that_of_regression_sgd_in_single_precision_too():
    problem = regression()
    single = LinearRegression(problem.inputs.float(), problem.targets.float())
    said = []
    for call in (run, regression_sgd):
        arguments = {"learning_rate": 9.0, "batch_size": 5, "steps": 7, "seed": 0, "momentum": 0.5}
        with pytest.raises(ValueError, match="learning_rate must be below") as refused:
            call(single, starts(2).float(), **arguments)
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_without_curvature_no_learning_rate_diverges():
    flat = LinearRegression(torch.zeros(5, 3, dtype=torch.float64), torch.ones(5, dtype=torch.float64))
    assert torch.equal(run(flat, starts(2), learning_rate=1e6)[0], starts(2))


def test_only_linear_regression_has_a_limit():
    (end,) = run(LinearLoss(torch.ones(20, 3, dtype=torch.float64)), starts(2), learning_rate=1e6)
    torch.testing.assert_close(end, starts(2) - 7e6)


def test_observations_come_in_the_order_of_their_steps():
    problem, start = regression(), starts(2)
    untouched = start.clone()
    observed = run(problem, start, observe_at=[7, 0, 3, 3])
    assert len(observed) == 3
    assert torch.equal(observed[0], start)
    for steps, theta in ((3, observed[1]), (7, observed[2])):
        torch.testing.assert_close(theta, by_hand(problem, start, 0.1, 5, steps, "reshuffled", seed=0))
    assert torch.equal(start, untouched)
    assert run(problem, start, observe_at=range(0)) == []
    assert run(problem, start, steps=0, observe_at=[0])[0].equal(start)


def test_an_observer_that_writes_changes_nothing():
    problem, start = regression(), starts(2)
    (expected,) = run(problem, start)
    assert torch.equal(run(problem, start, observe=lambda theta: theta.mul_(1), observe_at=[0, 7])[1], expected)
    assert torch.equal(
        run(problem, start, observe=lambda theta: theta.zero_().add_(0), observe_at=[0, 7])[1], 0 * start
    )
    end = run(problem, start, observe=lambda theta: (theta.clone(), theta.zero_())[0], observe_at=[0, 3, 7])[-1]
    assert torch.equal(end, expected)


def test_the_seed_alone_decides():
    problem, start = regression(), starts(2)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    (reference,) = run(problem, start)
    try:
        torch.set_num_threads(2)
        assert torch.equal(run(problem, start)[0], reference)
    finally:
        torch.set_num_threads(threads)
    assert not torch.equal(run(problem, start, seed=1)[0], reference)
    assert torch.equal(torch.get_rng_state(), before)


def test_single_precision_stays_single_and_close():
    problem, start = regression(), starts(2)
    single = LinearRegression(problem.inputs.float(), problem.targets.float())
    (end,) = run(single, start.float())
    assert end.dtype == torch.float32
    torch.testing.assert_close(end.double(), run(problem, start)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be"),
        ({"learning_rate": math.nan}, "learning_rate must be"),
        ({"batch_size": 3}, "batch_size must divide the 20 samples"),
        ({"batch_size": 21, "sampling": "without-replacement"}, "batch_size must be at most the 20 samples"),
        ({"steps": -1, "observe_at": []}, "steps must be at least 0"),
        ({"sampling": "cyclic"}, "sampling must be one of"),
        ({"observe_at": [8]}, "observe_at must be between 0 and the 7 steps, got 8 to 8"),
        ({"observe_at": [-1, 2]}, "observe_at must be between 0 and the 7 steps, got -1 to 2"),
        ({"start": torch.zeros(3, dtype=torch.float64)}, r"start must have shape \(R, 3\)"),
        ({"start": torch.zeros(0, 3, dtype=torch.float64)}, r"start must have shape \(R, 3\), R at least 1"),
        ({"start": torch.zeros(2, 4, dtype=torch.float64)}, r"start must have shape \(R, 3\)"),
        ({"start": torch.zeros(2, 3, dtype=torch.int64)}, "start must be floating-point"),
        ({"momentum": 1.0}, "momentum must be"),
        ({"momentum": -0.1}, "momentum must be"),
        ({"weight_decay": -0.1}, "weight_decay must be"),
        ({"learning_rate": 5.0}, "learning_rate must be below"),
    ],
)
def test_arguments_outside_their_range_are_refused_before_any_step(change, message):
    def observe(theta):
        raise AssertionError("observed before the arguments were checked")

    with pytest.raises(ValueError, match=message):
        run(regression(), **({"start": starts(2), "observe": observe, "observe_at": [0]} | change))
