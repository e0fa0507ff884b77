"""Second moments of SGD on given data: the linear system that replaces the closed forms of fresh Gaussian inputs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q


def stationary_second_moment(
    inputs: ArrayLike, targets: ArrayLike, learning_rate: float, batch_size: float, replacement: bool = True
) -> NDArray[np.float64]:
    """Stationary second moment of theta - theta* under SGD on linear regression with N given samples.

    M = (1 - eta H) M (1 - eta H) + eta^2 f (<x x^T M x x^T> + <r^2 x x^T> - H M H), with averages over the samples, the
    residuals r at the minimum, and f = 1 / B with replacement or (N - B) / (B (N - 1)) without. It is solved as a
    linear system of d^2 equations.

    Args:
        inputs: (N, d), of rank d. targets: (N,).
        learning_rate, batch_size: eta, B; B at most N without replacement.
        replacement: how a batch is drawn.

    Returns:
        (d, d) symmetric, float64; all `inf` where the second moments grow without end.

    Raises:
        ValueError: names the argument and its range or shape.

    Source: this book.
    """
    x, y = np.asarray(inputs, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    if x.ndim != 2 or len(x) < 2 or not np.isfinite(x).all() or np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError(f"inputs must be finite numbers (N >= 2, d) of rank d, got shape {x.shape}")
    if y.shape != x.shape[:1] or not np.isfinite(y).all():
        raise ValueError(f"targets must be finite numbers ({len(x)},), got shape {y.shape}")
    eta, size = float(q.learning_rate.check(learning_rate)), float(q.batch_size.check(batch_size))
    n, d = x.shape
    if not replacement and size > n:
        raise ValueError(f"batch_size must be at most the {n} samples without replacement, got {size:g}")
    factor = 1 / size if replacement else (n - size) / (size * (n - 1))

    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    hessian = x.T @ x / n
    step = np.eye(d) - eta * hessian
    fourth = np.einsum("mi,mj,mk,ml->ijkl", x, x, x, x, optimize=True) / n
    spread = fourth.reshape(d * d, d * d) - np.kron(hessian, hessian)
    linear = np.kron(step, step) + eta**2 * factor * spread
    constant = eta**2 * factor * (x.T * residuals**2) @ x / n
    if np.abs(np.linalg.eigvals(linear)).max() >= 1:
        return np.full((d, d), np.inf)
    moment = np.linalg.solve(np.eye(d * d) - linear, constant.ravel()).reshape(d, d)
    return np.asarray((moment + moment.T) / 2)
