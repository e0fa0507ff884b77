"""The network in the space of its preactivations is the network: the same batches, the same losses, step by step."""

import numpy as np
import pytest
import torch

from sgdlab.dynamics.hidden_layer_passage import hidden_layer_passage, input_gram
from sgdlab.dynamics.random_streams import below, seed_stream
from sgdlab.problems import Network, fully_connected

N, STEPS, BATCH, RATE, SEED = 75, 40, 3, 0.05, 11


def small(dtype=torch.float64, hidden=4):
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(N, 5, generator=generator, dtype=torch.float64)
    targets = torch.randn(N, 1, generator=generator, dtype=torch.float64)
    network = Network(fully_connected([5, hidden, 1]), inputs.to(dtype), targets.to(dtype))
    biases = 0.1 * torch.randn(network.dimension, generator=generator, dtype=torch.float64)
    return network, network.initial(seed=2)[0] + biases.to(dtype)


def at_rest():
    """The network where gradient descent has nearly come to rest: from there SGD climbs."""
    network, theta = small()
    for _ in range(2000):
        theta = theta - 0.1 * network.gradient(theta)
    return network, theta


def passage(network, theta, **changes):
    arguments = {
        "thresholds": [1e3],
        "learning_rate": RATE,
        "batch_size": BATCH,
        "max_steps": STEPS,
        "replicas": 3,
        "seed": SEED,
    }
    return hidden_layer_passage(network, theta, **(arguments | changes))


def losses_of_sgd(network, theta, replica):
    """Ordinary SGD in the space of the weights, with the batches of this replica."""
    states = np.empty((1, 4), np.uint64)
    seed_stream(states, 0, np.uint64(SEED), replica)
    point, losses = theta.clone(), []
    for _ in range(STEPS):
        samples = torch.tensor([below(states, 0, N) for _ in range(BATCH)])
        point = point - RATE * network.gradient(point, samples)
        losses.append(float(network.loss(point)))
    return np.array(losses)


@pytest.mark.parametrize(("dtype", "digits"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_every_loss_is_that_of_ordinary_sgd(dtype, digits):
    network, theta = small(dtype)
    found = passage(network, theta)
    for replica in range(3):
        expected = losses_of_sgd(network, theta, replica)
        np.testing.assert_allclose(found.losses[:, replica], expected, rtol=digits)
    assert found.losses.dtype == input_gram(network).dtype
    # Units that switch on or off on the way are part of the test.
    assert np.ptp(found.losses) > 0.1


def test_crossings_are_the_first_steps_at_which_the_loss_is_reached():
    network, theta = at_rest()
    start = float(network.loss(theta))
    levels = start * np.array([1.02, 1.1, 1.2, 50.0])
    found = passage(network, theta, thresholds=levels, learning_rate=0.1, max_steps=400)
    assert found.censored[:, 3].all()
    assert not found.censored[:, 0].any()
    for replica in range(3):
        for k, level in enumerate(levels):
            reached = np.flatnonzero(found.losses[:, replica] >= level)
            expected = reached[0] + 1 if len(reached) else 400
            assert found.steps[replica, k] == expected
            assert found.censored[replica, k] == (len(reached) == 0)


def test_a_replica_stops_at_the_last_threshold_and_does_not_depend_on_the_others():
    network, theta = at_rest()
    level = 1.05 * float(network.loss(theta))
    found = passage(network, theta, thresholds=[level], learning_rate=0.1, max_steps=300, replicas=4)
    crossed = found.steps[:, 0]
    assert (crossed < 300).all()
    for replica, step in enumerate(crossed):
        assert np.isfinite(found.losses[:step, replica]).all()
        assert np.isnan(found.losses[step:, replica]).all()
    fewer = passage(network, theta, thresholds=[level], learning_rate=0.1, max_steps=300, replicas=2)
    np.testing.assert_array_equal(fewer.steps, found.steps[:2])


def test_losses_are_kept_every_so_many_steps_and_a_given_gram_matrix_changes_nothing():
    network, theta = small()
    every = passage(network, theta)
    seldom = passage(network, theta, record_every=7, gram=input_gram(network))
    np.testing.assert_array_equal(seldom.losses, every.losses[6::7])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"max_steps": 0}, "max_steps must be at least 1, got 0"),
        ({"replicas": 0}, "replicas must be at least 1, got 0"),
        ({"record_every": 0}, "record_every must be at least 1, got 0"),
        ({"thresholds": []}, "thresholds must be ascending"),
        ({"thresholds": [1e3, 1e2]}, "thresholds must be ascending"),
        ({"thresholds": [1e-9]}, "above the loss of the start"),
        ({"thresholds": [float("nan")]}, "thresholds must be ascending"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        passage(*small(), **changes)


@pytest.mark.parametrize("widths", [[5, 1], [5, 4, 4, 1], [5, 4, 2]])
def test_other_networks_are_refused(widths):
    network, _ = small()
    targets = network.targets.expand(-1, widths[-1]).contiguous()
    other = Network(fully_connected(widths), network.inputs, targets)
    with pytest.raises(ValueError, match="network must be fully_connected"):
        passage(other, other.initial(seed=1)[0])
