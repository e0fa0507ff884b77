"""Hessian-vector products over all samples, and top eigenpairs by Lanczos."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

from sgdlab.curvature.gauss_newton import gauss_newton_vector_product
from sgdlab.problems import Network, Problem

# For many products at one point: parts of the samples whose graphs are kept, up to 200 MB each on a CPU.
_KEPT_PARTS = 5


def hessian_vector_product(problem: Problem, theta: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    """Product of the Hessian of the loss of all samples at theta (P,) with a vector (P,), shape (P,).

    Forward-mode derivative of the gradient, part by part over the samples.

    Raises:
        ValueError: `vector` of another shape.
    """
    if vector.shape != (problem.dimension,):
        raise ValueError(f"vector must have shape ({problem.dimension},), got {tuple(vector.shape)}")
    product = torch.zeros_like(theta)
    for part in problem.chunks():
        tangent = torch.func.jvp(partial(problem.gradient, samples=part), (theta,), (vector,))[1]
        product += tangent * (len(part) / problem.n_samples)
    return product


def top_eigenpairs(
    problem: Problem, theta: torch.Tensor, count: int, seed: int, operator: str = "hessian"
) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest eigenvalues (count,), descending, and their eigenvectors (count, P), one in each row.

    SciPy's Lanczos iteration over all samples, to the precision of theta's dtype.

    Args:
        problem: what is differentiated; a `Network` for `"gauss-newton"`.
        theta: (P,).
        count: how many, from 1 to P - 1.
        seed: of the iteration's first vector.
        operator: `"hessian"`, or `"gauss-newton"` (Mori et al. 2022, eq. 11; summed over outputs).

    Raises:
        ValueError: `count` or `operator` outside its range.
        scipy.sparse.linalg.ArpackNoConvergence: the iteration did not converge.
    """
    if not 1 <= count < problem.dimension:
        raise ValueError(f"count must be from 1 to {problem.dimension - 1}, got {count}")
    product = _product(problem, theta, operator)

    def multiply(vector: NDArray[np.floating]) -> NDArray[np.floating]:
        result: NDArray[np.floating] = product(torch.as_tensor(vector.ravel()).to(theta)).cpu().numpy()
        return result

    size = problem.dimension
    dtype = np.float64 if theta.dtype == torch.float64 else np.float32
    first = np.random.default_rng(seed).standard_normal(size).astype(dtype)
    values, vectors = eigsh(LinearOperator((size, size), matvec=multiply, dtype=dtype), count, which="LA", v0=first)
    order = np.argsort(-values)
    return torch.as_tensor(values[order]).to(theta), torch.as_tensor(vectors.T[order]).to(theta)


def _product(problem: Problem, theta: torch.Tensor, operator: str) -> Callable[[torch.Tensor], torch.Tensor]:
    if operator == "hessian":
        return _hessian(problem, theta)
    if operator != "gauss-newton":
        raise ValueError(f"operator must be hessian or gauss-newton, got {operator!r}")
    if not isinstance(problem, Network):
        raise ValueError(f"problem must be a Network for gauss-newton, got {type(problem).__name__}")
    return lambda vector: gauss_newton_vector_product(problem, theta, vector)


def _hessian(problem: Problem, theta: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """Products with the Hessian at theta, by a second backward pass through the gradient's graph, which is kept.

    Three times as fast as `hessian_vector_product`, in exchange for memory: where that is too much, it is used instead.
    """
    parts = list(problem.chunks())
    if len(parts) > _KEPT_PARTS:
        return partial(hessian_vector_product, problem, theta)
    point = theta.detach().requires_grad_()
    gradient = torch.stack([problem.gradient(point, part) * (len(part) / problem.n_samples) for part in parts]).sum(0)
    return lambda vector: torch.autograd.grad(gradient, point, vector, retain_graph=True)[0]
