import pytest
import torch

from sgdlab.experiments._residuals import with_residuals
from sgdlab.problems import Network, fully_connected


@pytest.fixture(scope="module")
def network():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(7, 4, generator=generator, dtype=torch.float64)
    return Network(fully_connected([4, 5, 3]), inputs, torch.arange(7) % 3, "cross-entropy")


@pytest.fixture(scope="module")
def theta(network):
    return network.initial(3)[0]


@pytest.fixture(scope="module")
def jacobian(network, theta):
    return torch.func.jacrev(lambda point: network.outputs(point, torch.arange(7)))(theta)


def test_gradients_are_the_outputs_gradients_times_the_residuals(network, theta, jacobian):
    residuals = torch.randn(7, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    gradients = with_residuals(network, theta, residuals).sample_gradients(theta)
    assert torch.allclose(gradients, torch.einsum("nc,ncp->np", residuals, jacobian), rtol=1e-9, atol=1e-12)


def test_only_the_chosen_samples_are_kept(network, theta, jacobian):
    samples = torch.tensor([5, 1])
    probe = with_residuals(network, theta, torch.ones(2, 3, dtype=torch.float64), samples)
    assert probe.n_samples == 2
    assert torch.allclose(probe.sample_gradients(theta), jacobian[samples].sum(1), rtol=1e-9, atol=1e-12)


def test_random_signs_sum_the_squares_over_the_outputs(network, theta, jacobian):
    # The mean over all 2^3 signs, not a sample of them: the cross terms cancel exactly.
    total = torch.zeros(7, dtype=torch.float64)
    for bits in range(8):
        signs = torch.tensor([1.0 if bits >> c & 1 else -1.0 for c in range(3)], dtype=torch.float64)
        gradients = with_residuals(network, theta, signs.expand(7, 3)).sample_gradients(theta)
        total += gradients.square().sum(1) / 8
    assert torch.allclose(total, jacobian.square().sum((1, 2)), rtol=1e-9)


def test_the_loss_and_the_targets_of_the_network_do_not_matter(network, theta):
    other = Network(network.module, network.inputs, torch.randn(7, 3, dtype=torch.float64))
    residuals = torch.full((7, 3), 0.5, dtype=torch.float64)
    one, two = (with_residuals(of, theta, residuals) for of in (network, other))
    assert torch.equal(one.targets, two.targets)
