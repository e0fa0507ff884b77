"""What the ensembles are compared with does the same work: the steps of the same dynamics, number by number."""

import numpy as np
import pytest
import torch
from bench import baselines
from torch import nn

from sgdlab.dynamics import sgd
from sgdlab.problems import Network, fully_connected, gaussian_design

STEPS, BATCH_SIZE, LEARNING_RATE = 40, 4, 0.1


@pytest.fixture
def problem():
    return gaussian_design(50, [1.0, 0.5, 0.2], 1.0, seed=3, dtype=torch.float32)


def one_replica(problem, start):
    """The library's SGD; one replica draws the batches that a loop of torch.randint draws."""
    (theta,) = sgd(
        problem,
        start[None],
        learning_rate=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        steps=STEPS,
        sampling="with-replacement",
        seed=0,
        observe=lambda states: states[0],
        observe_at=[STEPS],
    )
    return theta


def test_the_pytorch_loop_is_sgd(problem):
    theta = baselines.pytorch_regression(
        problem.inputs, problem.targets, learning_rate=LEARNING_RATE, batch_size=BATCH_SIZE, steps=STEPS
    )
    torch.testing.assert_close(theta, one_replica(problem, torch.zeros(3)), rtol=1e-4, atol=1e-6)
    assert theta.norm() > 0.1


def test_the_numpy_loop_is_sgd_with_the_full_loss_of_every_step(problem):
    losses = baselines.numpy_regression(
        problem.inputs.numpy(),
        problem.targets.numpy(),
        problem.hessian().numpy(),
        problem.minimum().numpy(),
        learning_rate=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        steps=STEPS,
    )
    batches = np.random.default_rng(0).integers(50, size=(STEPS, BATCH_SIZE))
    theta, expected = torch.zeros(3), []
    for samples in batches:
        theta = theta - LEARNING_RATE * problem.gradient(theta, torch.from_numpy(samples))
        expected.append(float(problem.loss(theta)))
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert np.ptp(losses) > 0.01


def test_the_network_loop_is_sgd():
    generator = torch.Generator().manual_seed(0)
    inputs, targets = torch.randn(30, 5, generator=generator), torch.randn(30, 2, generator=generator)
    network = Network(fully_connected([5, 4, 2]), inputs, targets)
    start = network.initial(seed=1)[0]
    module = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2))
    nn.utils.vector_to_parameters(start.clone(), module.parameters())
    baselines.pytorch_network(module, inputs, targets, learning_rate=LEARNING_RATE, batch_size=BATCH_SIZE, steps=STEPS)
    end = nn.utils.parameters_to_vector(module.parameters()).detach()
    torch.testing.assert_close(end, one_replica(network, start), rtol=1e-4, atol=1e-5)
    assert (end - start).norm() > 0.1


def test_reading_reads_everything():
    numbers = torch.arange(1000, dtype=torch.float32)
    assert float(baselines.read(numbers)) == 999 * 1000 / 2
