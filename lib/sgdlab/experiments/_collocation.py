"""Differentiation on Chebyshev nodes, for backward equations in two variables (Trefethen, Spectral Methods, 2000)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def chebyshev(nodes: int, low: float, high: float) -> tuple[Array, Array]:
    """Nodes (M,) from `high` down to `low`, and the matrix (M, M) that differentiates a polynomial through them."""
    k = np.arange(nodes)
    x = np.cos(np.pi * k / (nodes - 1))
    weight = np.where((k == 0) | (k == nodes - 1), 2.0, 1.0) * (-1.0) ** k
    matrix = np.outer(weight, 1 / weight) / (x[:, None] - x + np.eye(nodes))
    matrix -= np.diag(matrix.sum(axis=1))
    return (high + low) / 2 + (high - low) / 2 * x, matrix * 2 / (high - low)


def even(nodes: int, high: float) -> tuple[Array, Array, Array]:
    """Nodes (M,) in (0, high], and the matrices (M, M) of the first and second derivative of even functions."""
    x, first = chebyshev(2 * nodes, -high, high)
    second = first @ first
    once, twice = (matrix[:nodes, :nodes] + matrix[:nodes, nodes:][:, ::-1] for matrix in (first, second))
    return x[:nodes], once, twice


def at_centre(nodes: int) -> Array:
    """Weights (M,) that give an even function at 0 from its values at the nodes of `even`."""
    x, _ = chebyshev(2 * nodes, -1.0, 1.0)
    k = np.arange(2 * nodes)
    weight = np.where((k == 0) | (k == 2 * nodes - 1), 0.5, 1.0) * (-1.0) ** k / x
    return np.asarray((weight[:nodes] + weight[nodes:][::-1]) / weight.sum())
