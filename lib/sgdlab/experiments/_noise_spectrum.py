"""The gradient noise of a network along its Hessian's eigenvectors: each of them, or the sharpest and a quadrature.

All that a walk from a minimum depends on is the measure sum_l v_l^T C v_l at the eigenvalues h_l of the Hessian. Of a
small network every pair is computed. Of a larger one the sharpest are, which hold most of it. For the rest the measure
of a random vector z with mean 0 and covariance C, sum_l (v_l^T z)^2 at h_l, is replaced by the Gauss quadrature of
Lanczos' iteration from z (Golub and Meurant, Matrices, Moments and Quadrature, ch. 7). Its mean over z is the measure.
"""

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature import hessian_vector_product, top_eigenpairs
from sgdlab.measure import noise_strength, projected_gradients
from sgdlab.problems import Network

Array = NDArray[np.float64]

# Hessian-vector products that share one pass.
_VECTORS = 64


def exact_spectrum(network: Network, theta: torch.Tensor) -> tuple[Array, Array]:
    """Eigenvalues of the Hessian (P,), ascending, and v^T C v of their eigenvectors (P,); for some 1000 parameters."""
    everything = torch.arange(network.n_samples)
    products = torch.func.vmap(
        lambda v: torch.func.jvp(partial(network.gradient, samples=everything), (theta,), (v,))[1]
    )
    identity = torch.eye(network.dimension).to(theta)
    hessian = torch.cat([products(rows) for rows in identity.split(_VECTORS)]).double().numpy()
    curvatures, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    gradients = network.sample_gradients(theta).double().numpy()
    return curvatures, ((gradients - gradients.mean(0)) @ vectors).var(0)


def lanczos_spectra(
    network: Network, theta: torch.Tensor, sharpest: int, vectors: int, depth: int, seed: int
) -> tuple[Array, Array]:
    """Nodes and weights (V, K + M): the K sharpest eigenvalues, then the quadratures of the rest from V random vectors.

    The weights of each row add up to Tr C.

    Args:
        sharpest, vectors, depth: K, V and M, each at least 1.
        seed: of the iteration that finds the sharpest, and of the random signs that add up the samples' gradients.
    """
    generator = torch.Generator().manual_seed(seed)
    curvatures, directions = top_eigenpairs(network, theta, sharpest, seed)
    noises = projected_gradients(network, theta, directions).var(0, correction=0).numpy()
    left = float(noise_strength(network, theta).value) - noises.sum()
    rows = []
    for _ in range(vectors):
        vector = _noise_vector(network, theta, generator)
        nodes, weights = _quadrature(network, theta, vector, directions.double(), depth)
        rows.append((np.r_[curvatures.double().numpy(), nodes], np.r_[noises, weights * left / weights.sum()]))
    nodes, weights = (np.array(kind) for kind in zip(*rows, strict=True))
    return nodes, weights


def _noise_vector(network: Network, theta: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """N^-1/2 sum_mu s_mu (grad ell_mu - grad L) with random signs s_mu: its covariance is C."""
    n = network.n_samples
    signs = (2.0 * torch.randint(2, (n,), generator=generator) - 1).to(theta)
    weights = (signs - signs.mean()) / n**0.5

    def weighted(point: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
        summed: torch.Tensor = weights[part] @ network.sample_losses(point, part)
        return summed

    total = torch.zeros_like(theta)
    for part in network.chunks():
        total += torch.func.grad(weighted)(theta, part)
    return total


def _quadrature(
    network: Network, theta: torch.Tensor, vector: torch.Tensor, without: torch.Tensor, depth: int
) -> tuple[Array, Array]:
    """Nodes (M,) and weights (M,) from the part of a vector across some eigenvectors (K, P), by Lanczos' iteration.

    All earlier vectors are projected out of each new one, twice.
    """
    known = without
    new = _across(vector.double(), known)
    norm = float(new.norm())
    new = new / norm
    diagonal, beside = np.zeros(depth), np.zeros(depth)
    for k in range(depth):
        known = torch.cat([known, new[None]])
        image = hessian_vector_product(network, theta, new.to(theta)).double()
        diagonal[k] = float(new @ image)
        image = _across(image, known)
        beside[k] = float(image.norm())
        new = image / beside[k]
    matrix: Any = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    nodes, rotation = np.linalg.eigh(matrix)
    return nodes, norm**2 * rotation[0] ** 2


def _across(vector: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    for _ in range(2):
        vector = vector - known.T @ (known @ vector)
    return vector
