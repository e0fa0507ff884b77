from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.experiments import minibatch_covariance as experiment
from sgdlab.measure import projected_gradients

SMALL = replace(
    experiment.QUICK,
    n_samples=60,
    hidden=(5,),
    training_batch_size=20,
    epochs=2,
    eigenvectors=2,
    random_directions=3,
    batch_sizes=(1, 20, 60),
    n_batches=300,
    pair_batch_sizes=(20, 30),
    n_epochs=300,
    path_batch_size=20,
    replicas=20,
)


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def test_shapes(result):
    assert result["with_replacement"].shape == result["without_replacement_error"].shape == (3, 5)
    assert result["with_replacement_mean"].shape == (3, 2)
    assert result["pair_mean"].shape == (2, 2)
    assert result["bridge_mean"].shape == (2, 4)
    assert result["path_reshuffled"].shape == result["path_with_replacement"].shape == (4,)


def test_what_holds_without_statistics(result):
    """The full batch has no noise, an epoch's noises sum to zero, and two halves of the data are opposite."""
    np.testing.assert_allclose(result["without_replacement"][2], 0, atol=1e-25)
    np.testing.assert_allclose(result["bridge_mean"][:, [0, -1]], 0, atol=1e-25)
    half = result["pair_mean"][1]
    assert (half < 0).all()
    assert result["path_reshuffled"][0] == result["path_with_replacement"][0] == 0


def test_variances_agree_with_the_theorems_within_their_errors(result):
    sizes, n = np.array(SMALL.batch_sizes), SMALL.n_samples
    drawn, subset = 1 / sizes, (n - sizes) / (sizes * (n - 1))
    for name, law in (("with_replacement", drawn), ("without_replacement", subset)):
        error = np.maximum(result[f"{name}_mean_error"], 1e-12)
        assert (np.abs(result[f"{name}_mean"] - law[:, None]) < 4 * error).all()


def test_a_batch_gradient_is_the_mean_of_the_projections():
    """What the experiment draws is the noise of gradients as a library computes them."""
    network, theta = experiment.trained(SMALL)
    direction = torch.randn(1, network.dimension, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    batch = torch.tensor([3, 1, 4, 1, 5])
    expected = projected_gradients(network, theta, direction)[batch].mean()
    assert float(network.gradient(theta, batch) @ direction[0]) == pytest.approx(float(expected), rel=1e-12)


def test_the_same_seed_gives_the_same_result(result):
    again = experiment.run(SMALL)
    assert all(np.array_equal(again[name], result[name]) for name in result)
