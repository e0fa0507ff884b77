from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.experiments import decoupling
from sgdlab.experiments._parity_training import train
from sgdlab.measure import projected_gradients

SMALL = replace(
    decoupling.QUICK,
    n_samples=60,
    hidden=(6, 5),
    batch_size=20,
    stages=(0, 2, 5),
    eigenvectors=3,
    random_directions=4,
    replicas=2,
)


@pytest.fixture(scope="module")
def result():
    return decoupling.run(SMALL)


@pytest.fixture(scope="module")
def network():
    return decoupling.build(SMALL)


@pytest.fixture(scope="module")
def start(network):
    """The first replica at the first stage."""
    return network.initial(SMALL.seed)[0]


@pytest.fixture(scope="module")
def output_gradients(network, start):
    """grad f_mu, (N, P), by reverse mode, one sample after another."""
    return torch.func.jacrev(lambda theta: network.outputs(theta, torch.arange(60))[:, 0])(start)


@pytest.fixture(scope="module")
def directions(network, start):
    """Those of the first replica at the first stage, built anew: eigenvectors from the whole Hessian."""
    hessian = torch.func.hessian(lambda theta: network.loss(theta, torch.arange(60)))(start)
    values, vectors = torch.linalg.eigh(hessian)
    generator = torch.Generator().manual_seed(SMALL.seed)
    random = torch.randn(4, network.dimension, generator=generator, dtype=torch.float64)
    directions = torch.cat([network.gradient(start)[None], vectors.T.flip(0)[:3], random])
    return directions / directions.norm(dim=1, keepdim=True), hessian, values.flip(0)


def test_every_array_has_its_documented_shape_and_is_finite(result):
    shapes = {
        **dict.fromkeys(("loss", "noise", "gradient_square"), (2, 3)),
        **dict.fromkeys(("sample_variance", "decoupled_variance", "hessian_variance", "rho", "constancy"), (2, 3, 8)),
        "hessian_eigenvalues": (2, 3, 3),
        "finite_sample_factor": (),
    }
    assert {key: value.shape for key, value in result.items()} == shapes
    assert all(np.isfinite(value).all() for value in result.values())


def test_noise_and_mean_gradient_make_the_second_moment_of_the_gradients(result, network, start):
    square = float(network.sample_gradients(start).square().sum(1).mean())
    assert result["noise"][0, 0] + result["gradient_square"][0, 0] == pytest.approx(square, rel=1e-12)


def test_forms_along_directions_are_those_of_the_whole_matrices(result, network, start, output_gradients, directions):
    v, hessian, _ = directions
    ell, gradients = network.sample_losses(start), network.sample_gradients(start)
    covariance = torch.cov(gradients.T, correction=0)
    mean_outer = output_gradients.T @ output_gradients / 60
    weighted = output_gradients.T @ (ell[:, None] * output_gradients) / 60
    loss = ell.mean()
    forms = {
        "sample_variance": covariance,
        "decoupled_variance": 2 * loss * mean_outer,
        "hessian_variance": 2 * loss * hessian,
    }
    for name, matrix in forms.items():
        expected = torch.einsum("dp,pq,dq->d", v, matrix, v).numpy()
        assert result[name][0, 0] == pytest.approx(expected, rel=1e-7), name
    rho = torch.einsum("dp,pq,dq->d", v, weighted, v) / (loss * torch.einsum("dp,pq,dq->d", v, mean_outer, v))
    assert result["rho"][0, 0] == pytest.approx(rho.numpy(), rel=1e-7)


def test_hessian_eigenvalues_are_the_leading_ones(result, directions):
    assert result["hessian_eigenvalues"][0, 0] == pytest.approx(directions[2][:3].numpy(), rel=1e-9)


def test_constancy_is_one_at_the_last_stage_and_not_before(result):
    assert result["constancy"][:, -1] == pytest.approx(np.ones((2, 8)))
    assert (abs(result["constancy"][:, 0] - 1) > 1e-3).all()


def test_constancy_is_that_of_the_directions_of_the_last_stage(result, network):
    stages = train(
        network,
        SMALL.stages,
        learning_rate=SMALL.learning_rate,
        batch_size=20,
        replicas=SMALL.replicas,
        seed=SMALL.seed,
    )
    for replica, last in enumerate(stages[-1]):
        gradient = network.gradient(last)
        v = (gradient / gradient.norm())[None]
        first, final = (
            decoupling._output_slopes(network, theta, v).square().mean() for theta in (stages[0][replica], last)
        )
        assert result["constancy"][replica, 0, 0] == pytest.approx(float(first / final), rel=1e-9)


def test_constancy_compares_mean_c_f_at_two_stages(result):
    # The random directions are the same at all stages: their mean(C_f) is known at both without the last point.
    along = result["decoupled_variance"][0] / (2 * result["loss"][0, :, None])
    assert result["constancy"][0, :, 4:] == pytest.approx((along / along[-1])[:, 4:], rel=1e-12)


def test_finite_sample_factor(result):
    assert result["finite_sample_factor"] == pytest.approx((60 - 20) / (60 - 1))


def test_equal_residuals_are_decoupled_exactly(network, start, monkeypatch):
    # Null control: with all losses equal, eq. (7) holds whatever the gradients are.
    outputs = network.outputs(start)
    signs = 1 - 2 * (torch.arange(60) % 2)[:, None].to(outputs)
    monkeypatch.setattr(network, "targets", outputs - 0.3 * signs)
    monkeypatch.setattr(decoupling, "build", lambda config: network)
    result = decoupling.run(replace(SMALL, stages=(0,), replicas=1))
    assert result["rho"] == pytest.approx(np.ones((1, 1, 8)), rel=1e-12)


def test_slopes_of_the_outputs_are_the_per_sample_gradients_over_the_residuals(network, start):
    v = torch.randn(3, network.dimension, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    residuals = network.outputs(start) - network.targets
    slopes = decoupling._output_slopes(network, start, v)
    assert torch.allclose(residuals * slopes, projected_gradients(network, start, v), rtol=1e-10, atol=0)


def test_the_same_seed_gives_the_same_result_and_another_seed_another(result):
    again, other = decoupling.run(SMALL), decoupling.run(replace(SMALL, seed=2))
    assert all(np.array_equal(result[key], again[key]) for key in result)
    assert not np.array_equal(result["loss"], other["loss"])
    assert (result["loss"][0] != result["loss"][1]).all()


def test_sizes_are_those_of_the_figure():
    quick, full = decoupling.QUICK, decoupling.FULL
    assert (full.data, full.n_samples, full.hidden) == ("mnist", 10_000, (100, 100))
    assert (full.learning_rate, full.batch_size, full.stages) == (0.01, 100, (0, 50, 500))
    assert (quick.data, quick.precision, quick.hidden) == ("digits", "float64", full.hidden)
