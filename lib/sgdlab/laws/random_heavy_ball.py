"""The Lyapunov exponent of SGD with momentum on linear regression, by simulation: whether a stationary law exists."""

import numpy as np
from numpy.typing import ArrayLike

from sgdlab.laws import quantities as q
from sgdlab.laws.modes import check_curvatures


def lyapunov_exponent_heavy_ball(
    curvatures: ArrayLike,
    learning_rate: float,
    momentum: float,
    batch_size: int,
    *,
    steps: int = 4000,
    replicas: int = 200,
    seed: int = 0,
) -> tuple[float, float]:
    """Mean growth in a step of the logarithm of a large distance, fresh Gaussian inputs, with its standard error.

    Where it is negative a stationary law exists, also where the load says that its variance is infinite. Residuals have
    no part in it. The first quarter of the steps is left out: the direction forgets its start.

    Args:
        curvatures: (n,) Hessian eigenvalues > 0.
        learning_rate, momentum, batch_size: eta, beta, B; B a whole number.
        steps, replicas, seed: of the simulation; steps >= 4, replicas >= 2.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; Kesten 1973 for the existence of the law.
    """
    h = check_curvatures(curvatures)
    if not (h > 0).all():
        raise ValueError(f"curvatures must be > 0, got {h[h <= 0][0]:g}")
    eta, beta = float(q.learning_rate.check(learning_rate)), float(q.momentum.check(momentum))
    size = int(q.batch_size.check(batch_size))
    if size != batch_size:
        raise ValueError(f"batch_size must be a whole number, got {batch_size}")
    if steps < 4 or replicas < 2:
        raise ValueError(f"steps and replicas must be at least 4 and 2, got {steps} and {replicas}")
    draw = np.random.default_rng(seed)
    position, step = draw.standard_normal((replicas, len(h))), np.zeros((replicas, len(h)))
    growth = np.zeros(replicas)
    for k in range(steps):
        inputs = draw.standard_normal((replicas, size, len(h))) * np.sqrt(h)
        errors = np.einsum("rbi,ri->rb", inputs, position)
        step = beta * step - eta / size * np.einsum("rb,rbi->ri", errors, inputs)
        position = position + step
        length = np.sqrt((position**2 + step**2).sum(axis=1))
        position, step = position / length[:, None], step / length[:, None]
        if k >= steps // 4:
            growth += np.log(length)
    rates = growth / (steps - steps // 4)
    return float(rates.mean()), float(rates.std(ddof=1) / np.sqrt(replicas))
