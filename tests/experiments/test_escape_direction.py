from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.experiments import escape_direction as experiment
from sgdlab.experiments import minibatch_covariance
from sgdlab.laws.minibatch_noise import input_kurtosis_variance

SMALL = replace(
    experiment.QUICK,
    training=replace(minibatch_covariance.QUICK, n_samples=200, hidden=(20,), training_batch_size=20, epochs=3),
    loss_ratios=(1.2, 2.0),
    replicas=2,
)


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def test_shapes_and_bounds(result):
    assert result["rho"].shape == result["noise_ratio"].shape == (2, 2)
    assert (result["kurtosis"] >= 1).all()
    assert (result["noise_ratio"] < result["rho"]).all()  # a variance is below its mean square
    assert (result["noise_ratio"] > 0).all()


def test_the_same_seed_gives_the_same_result(result):
    again = experiment.run(SMALL)
    assert all(np.array_equal(again[name], result[name]) for name in result)


def test_a_linear_network_with_independent_residuals_follows_the_kurtosis_law(monkeypatch):
    """Null control: a network without hidden layer on inputs of known kurtosis, its labels nothing but noise."""
    from sgdlab.problems import Network, fully_connected

    generator = torch.Generator().manual_seed(3)
    n, kurtosis, c = 200_000, 2.0, 3.0
    size = torch.rand(n, 1, generator=generator, dtype=torch.float64) < 0.5
    sign = 2 * torch.randint(2, (n, 1), generator=generator, dtype=torch.float64) - 1
    inputs = kurtosis**0.5 * size * sign
    targets = torch.randn(n, 1, generator=generator, dtype=torch.float64)
    network = Network(fully_connected([1, 1]), inputs, targets)
    monkeypatch.setattr(minibatch_covariance, "trained", lambda *_: (network, torch.zeros(2, dtype=torch.float64)))
    monkeypatch.setattr(experiment, "top_eigenpairs", lambda *_: (None, torch.eye(2, dtype=torch.float64)[:1]))
    result = experiment.run(replace(SMALL, loss_ratios=(c,), replicas=1))
    law = input_kurtosis_variance(
        batch_size=1, curvature=1, noise_variance=1, input_kurtosis=kurtosis, displacement=(c - 1) ** 0.5
    )
    assert result["kurtosis"][0] == pytest.approx(kurtosis, rel=0.01)
    assert result["noise_ratio"][0, 0] == pytest.approx(law / c, rel=0.03)
    assert result["rho"][0, 0] == pytest.approx(kurtosis - (kurtosis - 1) / c, rel=0.03)
