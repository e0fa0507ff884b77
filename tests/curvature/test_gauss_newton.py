import numpy as np
import pytest
import torch
from torch import nn

from sgdlab.curvature import (
    gauss_newton,
    gauss_newton_quadratic_form,
    gauss_newton_spectrum,
    gauss_newton_vector_product,
    gram_matrix,
)
from sgdlab.problems import LinearRegression, Network, convolutional, fully_connected, problem


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dense(outputs=1, n=12, device="cpu", dtype=torch.float64):
    inputs, targets = random(n, 4).to(device, dtype), random(n, outputs, seed=1).to(device, dtype)
    return Network(fully_connected([4, 6, 3, outputs]), inputs, targets)


def images(n=7):
    module = convolutional(((3, 2), (4,)), in_channels=2, size=6, classes=1)
    return Network(module, random(n, 2, 6, 6), random(n, 1, seed=1))


def point(network):
    theta = network.initial(seed=0)[0]
    return theta + 0.1 * random(network.dimension, seed=2).to(theta)


def weights(network):
    return torch.rand(network.n_samples, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def matrix(network, theta, sample_weights):
    """(1/N) sum_mu w_mu J_mu^T J_mu from the whole Jacobian (N, C, P)."""
    jacobian = torch.func.jacrev(network.outputs)(theta)
    return torch.einsum("n,ncp,ncq->pq", sample_weights.to(theta), jacobian, jacobian) / network.n_samples


@pytest.mark.parametrize("build", [dense, images])
def test_gram_matrix_is_that_of_the_weighted_gradients(build, monkeypatch):
    network = build()
    theta, w = point(network), weights(network)
    jacobian = w.sqrt()[:, None] * torch.func.jacrev(network.outputs)(theta)[:, 0]
    expected = jacobian @ jacobian.T / network.n_samples
    torch.testing.assert_close(gram_matrix(network, theta, w), expected)
    # Whatever the parts in which samples and rows are taken.
    monkeypatch.setattr(gauss_newton, "_ROWS", 5)
    monkeypatch.setattr(problem, "_BYTES_ON_CPU", 1)
    torch.testing.assert_close(gram_matrix(network, theta, w), expected)


def test_gram_matrix_of_some_samples_is_divided_by_their_number():
    network = dense()
    theta, samples = point(network), torch.tensor([5, 1, 8])
    whole = gram_matrix(network, theta) * network.n_samples
    torch.testing.assert_close(gram_matrix(network, theta, samples=samples), whole[samples][:, samples] / 3)


@pytest.mark.parametrize("build", [dense, images])
def test_spectrum_is_that_of_the_matrix(build, device):
    network = build() if build is images else dense(device=device)
    theta, w = point(network), weights(network)
    spectrum = gauss_newton_spectrum(network, theta, w)
    expected = torch.linalg.eigvalsh(matrix(network, theta, w.to(theta.device))).flip(0).cpu().numpy()
    assert spectrum.shape == (network.n_samples,)
    assert spectrum.dtype == np.float64
    np.testing.assert_allclose(spectrum, expected[: len(spectrum)], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(expected[len(spectrum) :], 0, atol=1e-14)
    np.testing.assert_allclose(gauss_newton_spectrum(network, theta, 2.5 * w), 2.5 * spectrum, atol=1e-14)


def test_spectrum_of_a_linear_model_is_that_of_the_second_moment_of_inputs():
    inputs = random(30, 3)
    network = Network(nn.Linear(3, 1, bias=False), inputs, random(30, 1))
    regression = LinearRegression(inputs, network.targets[:, 0])
    spectrum = gauss_newton_spectrum(network, random(3))
    np.testing.assert_allclose(spectrum[:3], regression.eigenbasis()[0].numpy(), rtol=1e-12)
    np.testing.assert_allclose(spectrum[3:], 0, atol=1e-14)
    # A bias adds the constant input.
    biased = Network(nn.Linear(3, 1), inputs, random(30, 1))
    extended = LinearRegression(torch.cat([inputs, torch.ones(30, 1, dtype=torch.float64)], 1), regression.targets)
    np.testing.assert_allclose(
        gauss_newton_spectrum(biased, random(4))[:4], extended.eigenbasis()[0].numpy(), rtol=1e-12
    )


def test_equal_losses_decouple_exactly():
    # Null control of Mori et al. (2022), eq. (7): with one loss for all samples both sides are the same matrix.
    network = dense()
    theta = point(network)
    losses = torch.full((12,), 0.7, dtype=torch.float64)
    np.testing.assert_allclose(
        gauss_newton_spectrum(network, theta, losses), 0.7 * gauss_newton_spectrum(network, theta), atol=1e-14
    )


@pytest.mark.parametrize("outputs", [1, 3])
def test_products_and_forms_are_those_of_the_matrix(outputs, monkeypatch, device):
    network = dense(outputs, device=device)
    theta, v = point(network), random(network.dimension, seed=4).to(device)
    monkeypatch.setattr(problem, "_BYTES_ON_CPU", 5000)
    for w in (None, weights(network)):
        expected = matrix(network, theta, torch.ones(12) if w is None else w)
        torch.testing.assert_close(gauss_newton_vector_product(network, theta, v, w), expected @ v)
        torch.testing.assert_close(gauss_newton_quadratic_form(network, theta, v, w), float(v @ expected @ v))


def test_single_precision_networks_give_double_precision_spectra():
    theta = point(dense())
    single = gauss_newton_spectrum(dense(dtype=torch.float32), theta.float())
    assert single.dtype == np.float64
    np.testing.assert_allclose(single, gauss_newton_spectrum(dense(), theta), rtol=1e-4, atol=1e-6)


def test_several_outputs_have_no_gram_matrix():
    network = dense(outputs=2)
    with pytest.raises(ValueError, match="network must have one output, got 2"):
        gram_matrix(network, point(network))


def test_weights_and_vectors_that_do_not_fit_are_refused():
    network = dense()
    theta = point(network)
    with pytest.raises(ValueError, match=r"sample_weights must have shape \(12,\), got \(3,\)"):
        gram_matrix(network, theta, torch.ones(3))
    for w in (-torch.ones(12), torch.full((12,), torch.nan)):
        with pytest.raises(ValueError, match="sample_weights must be >= 0"):
            gauss_newton_quadratic_form(network, theta, theta, w)
    for function in (gauss_newton_quadratic_form, gauss_newton_vector_product):
        with pytest.raises(ValueError, match=rf"must have shape \({network.dimension},\), got \(2,\)"):
            function(network, theta, torch.ones(2))
