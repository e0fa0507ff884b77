from dataclasses import replace

import pytest
import torch

from sgdlab.experiments import decoupled_spectra, decoupling

SMALL = replace(decoupled_spectra.QUICK, n_samples=60, hidden=(6, 5), batch_size=20, stages=(0, 2))


@pytest.fixture(scope="module")
def result():
    return decoupled_spectra.run(SMALL)


@pytest.fixture(scope="module")
def network():
    return decoupled_spectra.build(SMALL)


@pytest.fixture(scope="module")
def start(network):
    return network.initial(SMALL.seed)[0]


@pytest.fixture(scope="module")
def output_gradients(network, start):
    """grad f_mu, (N, P), by reverse mode, one sample after another."""
    return torch.func.jacrev(lambda theta: network.outputs(theta, torch.arange(60))[:, 0])(start)


def test_spectra_are_those_of_the_matrices_in_parameter_space(result, network, start, output_gradients):
    ell = network.sample_losses(start)
    exact = output_gradients.T @ (ell[:, None] * output_gradients) / 60
    decoupled = ell.mean() * output_gradients.T @ output_gradients / 60
    for name, matrix in (("exact", exact), ("decoupled", decoupled)):
        expected = torch.linalg.eigvalsh(matrix).flip(0)[:60].numpy()
        assert result[name][0] == pytest.approx(expected, rel=1e-6, abs=1e-6 * expected[0])


def test_the_spectrum_sums_to_the_trace_of_the_per_sample_gradients(result, network, start):
    # mean |grad ell|^2 = 2 mean(ell |grad f|^2).
    trace = network.sample_gradients(start).square().sum(1).mean()
    assert 2 * result["exact"][0].sum() == pytest.approx(float(trace), rel=1e-6)


def test_equal_losses_make_both_spectra_one(network, start, monkeypatch):
    # Null control: with all losses equal, eq. (7) holds whatever the gradients are.
    outputs = network.outputs(start)
    signs = 1 - 2 * (torch.arange(60) % 2)[:, None].to(outputs)
    monkeypatch.setattr(network, "targets", outputs - 0.3 * signs)
    monkeypatch.setattr(decoupled_spectra, "build", lambda config: network)
    result = decoupled_spectra.run(replace(SMALL, stages=(0,)))
    assert result["exact"] == pytest.approx(result["decoupled"], rel=1e-6)


def test_the_start_is_that_of_the_first_replica_of_decoupling(result, network):
    beside = replace(
        decoupling.QUICK,
        n_samples=60,
        hidden=(6, 5),
        batch_size=20,
        stages=(0,),
        eigenvectors=2,
        random_directions=1,
        replicas=2,
    )
    measured = decoupling.run(beside)
    # mean |grad ell|^2 = 2 mean(ell |grad f|^2).
    trace = measured["noise"][0, 0] + measured["gradient_square"][0, 0]
    assert 2 * result["exact"][0].sum() == pytest.approx(trace, rel=1e-6)


@pytest.mark.parametrize("size", ["QUICK", "FULL"])
def test_network_and_stages_are_those_of_decoupling(size):
    spectra, directions = getattr(decoupled_spectra, size), getattr(decoupling, size)
    for name in ("data", "n_samples", "hidden", "learning_rate", "batch_size", "stages", "precision", "seed"):
        assert getattr(spectra, name) == getattr(directions, name), name
