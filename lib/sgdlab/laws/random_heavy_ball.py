"""Random products of SGD with momentum on linear regression, by simulation: Lyapunov exponent and Kesten's index.

Far from the minimum the residuals have no part in a step. It is linear in distance and velocity, with a random matrix;
fresh Gaussian inputs.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.modes import check_curvatures

Array = NDArray[np.float64]

# Powers of the distance whose growth is simulated, and populations that do not know of each other.
_POWERS = np.array([0.8, 1.4, 2.0])
_POPULATIONS = 8


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
    h, size = _checked(curvatures, learning_rate, momentum, batch_size)
    if steps < 4 or replicas < 2:
        raise ValueError(f"steps and replicas must be at least 4 and 2, got {steps} and {replicas}")
    draw = np.random.default_rng(seed)
    position, velocity = draw.standard_normal((replicas, len(h))), np.zeros((replicas, len(h)))
    growth = np.zeros(replicas)
    for k in range(steps):
        position, velocity, length = _step(position, velocity, h, learning_rate, momentum, size, draw)
        if k >= steps // 4:
            growth += np.log(length)
    rates = growth / (steps - steps // 4)
    return float(rates.mean()), float(rates.std(ddof=1) / np.sqrt(replicas))


def moment_growth_heavy_ball(
    powers: ArrayLike,
    curvatures: ArrayLike,
    learning_rate: float,
    momentum: float,
    batch_size: int,
    *,
    steps: int = 1000,
    walkers: int = 1000,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Growth in a step of the logarithm of the mean of a power of a large distance, by populations of walkers.

    In each step a walker has children in proportion to the power of its own growth, so that rare large products are
    among those that are followed. The first quarter of the steps is left out.

    Args:
        powers: (S,) of the distance, >= 0.
        curvatures, learning_rate, momentum, batch_size: as in `lyapunov_exponent_heavy_ball`.
        steps, walkers, seed: of the simulation; steps >= 4, walkers >= 2 in each of 8 populations.

    Returns:
        (8, S): one estimate from each population. Its bias falls as 1 / walkers.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; Kesten 1973 for what the growth decides.
    """
    h, size = _checked(curvatures, learning_rate, momentum, batch_size)
    s = np.asarray(powers, dtype=np.float64)
    if s.ndim != 1 or len(s) == 0 or not (np.isfinite(s) & (s >= 0)).all():
        raise ValueError(f"powers must be finite numbers (S,) >= 0, got {powers!r}")
    if steps < 4 or walkers < 2:
        raise ValueError(f"steps and walkers must be at least 4 and 2, got {steps} and {walkers}")
    draw = np.random.default_rng(seed)
    shape = _POPULATIONS, len(s), walkers
    position, velocity = draw.standard_normal((*shape, len(h))), np.zeros((*shape, len(h)))
    growth = np.zeros(shape[:2])
    for k in range(steps):
        position, velocity, length = _step(position, velocity, h, learning_rate, momentum, size, draw)
        weights = length ** s[:, None]
        if k >= steps // 4:
            growth += np.log(weights.mean(axis=-1))
        parents = _parents(weights, draw)[..., None]
        position, velocity = (np.take_along_axis(z, parents, axis=-2) for z in (position, velocity))
    return growth / (steps - steps // 4)


def tail_index_heavy_ball(
    curvatures: ArrayLike,
    learning_rate: float,
    momentum: float,
    batch_size: int,
    *,
    steps: int = 1000,
    walkers: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Index of the tail of the distance, where it is below about 2.5, with its standard error.

    It is the power > 0 at which the mean of a power of the distance neither grows nor shrinks, without residuals.
    `moment_growth_heavy_ball` over the power is a smooth function of the power, the Lyapunov exponent at 0; a parabola
    through its values at 0.8, 1.4 and 2 gives the root.

    Args:
        curvatures, learning_rate, momentum, batch_size, steps, walkers, seed: as in `moment_growth_heavy_ball`.

    Raises:
        ValueError: names the argument and its range; or the parabola has no root from 0.4 to 2.6.

    Source: Kesten 1973.
    """
    setting = learning_rate, momentum, batch_size
    growth = moment_growth_heavy_ball(_POWERS, curvatures, *setting, steps=steps, walkers=walkers, seed=seed)
    roots = np.array([_root(mean_growth) for mean_growth in growth / _POWERS])
    if not np.isfinite(roots).all():
        raise ValueError(f"no tail index from 0.4 to 2.6 at curvatures {curvatures!r}, (eta, beta, B) = {setting}")
    return float(roots.mean()), float(roots.std(ddof=1) / np.sqrt(len(roots)))


def _root(values: Array) -> float:
    """Where the parabola through the values (3,) at `_POWERS` is zero, from 0.4 to 2.6."""
    roots = np.roots(np.polyfit(_POWERS, values, 2))
    inside = [root.real for root in roots if abs(root.imag) < 1e-12 and 0.4 <= root.real <= 2.6]
    return float(inside[0]) if len(inside) == 1 else float("nan")


def _checked(curvatures: ArrayLike, learning_rate: float, momentum: float, batch_size: int) -> tuple[Array, int]:
    """The curvatures and the batch size, after all four have been held against their ranges."""
    h = check_curvatures(curvatures)
    if not (h > 0).all():
        raise ValueError(f"curvatures must be > 0, got {h[h <= 0][0]:g}")
    q.learning_rate.check(learning_rate)
    q.momentum.check(momentum)
    size = int(q.batch_size.check(batch_size))
    if size != batch_size:
        raise ValueError(f"batch_size must be a whole number, got {batch_size}")
    return h, size


def _step(
    position: Array,
    velocity: Array,
    h: Array,
    learning_rate: float,
    momentum: float,
    size: int,
    draw: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """Distances and learning rate times velocities (..., n) after a step, brought back to length 1; and the length."""
    inputs = draw.standard_normal((*position.shape[:-1], size, len(h))) * np.sqrt(h)
    errors = np.einsum("...bi,...i->...b", inputs, position)
    velocity = momentum * velocity - learning_rate / size * np.einsum("...b,...bi->...i", errors, inputs)
    position = position + velocity
    length = np.sqrt((position**2 + velocity**2).sum(axis=-1))
    return position / length[..., None], velocity / length[..., None], length


def _parents(weights: Array, draw: np.random.Generator) -> NDArray[np.int64]:
    """For each walker of a population (..., W) the walker whose child it is: systematic resampling."""
    walkers = weights.shape[-1]
    edges = np.cumsum(weights, axis=-1)
    places = (np.arange(walkers) + draw.random((*weights.shape[:-1], 1))) / walkers * edges[..., -1:]
    rows = zip(edges.reshape(-1, walkers), places.reshape(-1, walkers), strict=True)
    return np.array([np.searchsorted(edge, place) for edge, place in rows]).reshape(weights.shape).clip(max=walkers - 1)
