"""The Gauss-Newton matrix (1/N) sum_mu w_mu J_mu^T J_mu, J_mu the derivative of a network's outputs.

For a scalar output J_mu^T J_mu = C_f = grad f_mu grad f_mu^T: Mori et al. (2022), eq. (11), and with weights ell_mu the
left side of eq. (7). It is that of the mean-square loss: no second derivative of another loss enters.
"""

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature.layer_factors import output_factors
from sgdlab.problems import Network

# Rows of the Gram matrix that are computed at once.
_ROWS = 250


def gram_matrix(
    network: Network,
    theta: torch.Tensor,
    sample_weights: torch.Tensor | None = None,
    samples: torch.Tensor | None = None,
) -> torch.Tensor:
    """Gram matrix K_mu,nu = sqrt(w_mu w_nu) grad f_mu . grad f_nu / N, shape (N, N), float64, on the network's device.

    Its eigenvalues are those of the Gauss-Newton matrix (P, P) that are not 0. Memory is that of K, of the layers'
    inputs and backprops, and of the per-sample gradients of convolutions; those of Linear layers are not formed.

    Args:
        network: one output, Linear and Conv2d layers. Of several outputs `top_eigenpairs` has the largest eigenvalues.
        theta: (P,).
        sample_weights: (N,) w_mu >= 0; None for 1.
        samples: sample numbers (N,); None for all. N is their number.

    Raises:
        ValueError: several outputs, weights of another shape or negative.
    """
    if network.n_outputs != 1:
        raise ValueError(f"network must have one output, got {network.n_outputs}")
    parts = [output_factors(network, theta, part) for part in network.chunks(samples)]
    n = sum(len(part[0].inputs) for part in parts)
    root = _check_weights(sample_weights, n, theta.device).sqrt()
    gram = torch.zeros(n, n, dtype=torch.float64, device=theta.device)
    blocks = [slice(first, min(first + _ROWS, n)) for first in range(0, n, _ROWS)]
    for layer in zip(*parts, strict=True):
        backprops = torch.cat([factors.backprops.sum(-1)[:, 0] for factors in layer]).double()
        if layer[0].backprops.shape[-1] == 1:
            activations = torch.cat([factors.activations()[:, :, 0] for factors in layer]).double()
            bias = 1.0 if layer[0].has_bias else 0.0
            # The matrix is symmetric: the upper triangle is copied in the end.
            for rows in blocks:
                products = (activations[rows] @ activations[: rows.stop].T).add_(bias)
                gram[rows, : rows.stop] += products.mul_(backprops[rows] @ backprops[: rows.stop].T)
        else:
            gradients = torch.cat([factors.weight_gradients()[:, 0] for factors in layer]).double()
            gram.addmm_(gradients, gradients.T)
            if layer[0].has_bias:
                gram.addmm_(backprops, backprops.T)
    for rows in blocks:
        gram[: rows.start, rows] = gram[rows, : rows.start].T
    return gram.mul_(root[:, None]).mul_(root / n)


def gauss_newton_spectrum(
    network: Network,
    theta: torch.Tensor,
    sample_weights: torch.Tensor | None = None,
    samples: torch.Tensor | None = None,
) -> NDArray[np.float64]:
    """Eigenvalues of (1/N) sum_mu w_mu C_f, descending, shape (N,), float64.

    The N eigenvalues of the Gram matrix: the P - N others are 0 (for P < N, N - P of these are 0 to rounding).
    Arguments and errors as in `gram_matrix`.
    """
    return symmetric_spectrum(gram_matrix(network, theta, sample_weights, samples))


def symmetric_spectrum(matrix: torch.Tensor) -> NDArray[np.float64]:
    """Eigenvalues of a symmetric float64 matrix (N, N), descending, shape (N,)."""
    if matrix.device.type == "cpu":
        # NumPy's LAPACK is faster than PyTorch's on some processors, by half as much again.
        values = np.linalg.eigvalsh(matrix.numpy())
    else:
        values = torch.linalg.eigvalsh(matrix).cpu().numpy()
    spectrum: NDArray[np.float64] = values[::-1].copy()
    return spectrum


def gauss_newton_vector_product(
    network: Network, theta: torch.Tensor, vector: torch.Tensor, sample_weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Product of the Gauss-Newton matrix of all samples and outputs with a vector (P,), shape (P,).

    Raises:
        ValueError: `vector` or `sample_weights` of another shape, or negative weights.
    """
    weights = _check_arguments(network, theta, vector, sample_weights)
    product = torch.zeros_like(theta)
    for part in network.chunks():
        outputs = partial(network.outputs, samples=part)
        tangent = torch.func.jvp(outputs, (theta,), (vector,))[1]
        pull_back = torch.func.vjp(outputs, theta)[1]
        product += pull_back(weights[part, None].to(theta) * tangent)[0]
    return product / network.n_samples


def gauss_newton_quadratic_form(
    network: Network, theta: torch.Tensor, direction: torch.Tensor, sample_weights: torch.Tensor | None = None
) -> float:
    """Quadratic form (1/N) sum_mu w_mu |J_mu v|^2 of all samples and outputs along v = `direction` (P,), float64.

    Raises:
        ValueError: `direction` or `sample_weights` of another shape, or negative weights.
    """
    weights = _check_arguments(network, theta, direction, sample_weights)
    total = 0.0
    for part in network.chunks():
        tangent = torch.func.jvp(partial(network.outputs, samples=part), (theta,), (direction,))[1]
        total += float(weights[part] @ tangent.double().square().sum(1))
    return total / network.n_samples


def _check_arguments(
    network: Network, theta: torch.Tensor, vector: torch.Tensor, sample_weights: torch.Tensor | None
) -> torch.Tensor:
    if vector.shape != (network.dimension,):
        raise ValueError(f"the vector must have shape ({network.dimension},), got {tuple(vector.shape)}")
    return _check_weights(sample_weights, network.n_samples, theta.device)


def _check_weights(sample_weights: torch.Tensor | None, n: int, device: torch.device) -> torch.Tensor:
    if sample_weights is None:
        return torch.ones(n, dtype=torch.float64, device=device)
    if sample_weights.shape != (n,):
        raise ValueError(f"sample_weights must have shape ({n},), got {tuple(sample_weights.shape)}")
    if not bool((sample_weights >= 0).all()):
        raise ValueError("sample_weights must be >= 0")
    return sample_weights.to(device, torch.float64)
