"""First passage of SDE (12) on a quadratic of two curvatures: the backward equation solved, and simulations.

With curvatures 1 and r the noise is anisotropic, detailed balance fails, and no closed form of the mean time is known.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sgdlab.experiments._bridged_passage import at_two_steps
from sgdlab.experiments._collocation import at_centre, chebyshev, even
from sgdlab.experiments.passage_times import quadratic_passage
from sgdlab.measure import MeanPassageTime

Array = NDArray[np.float64]

# Nodes along the radius and the angle; with three quarters of them the times are the same to 1e-6.
_RADII, _ANGLES = 48, 24


@dataclass(frozen=True)
class Config:
    """Passages simulated in two dimensions.

    Attributes:
        curvature_ratio: r, the second curvature; the first is 1.
        loss_ratio: c.
        noises: values of B / (eta h) for the first curvature.
        replicas: for each.
        patience: exact mean times after which a replica is given up.
        time_step: of Euler-Maruyama; a larger one is `coarsening` times it.
        seed: of all of it.
    """

    curvature_ratio: float
    loss_ratio: float
    noises: tuple[float, ...]
    replicas: int
    patience: float
    time_step: float
    coarsening: int
    seed: int


QUICK = Config(
    curvature_ratio=0.25,
    loss_ratio=2.0,
    noises=(2.0, 4.0, 6.0),
    replicas=2000,
    patience=6.0,
    time_step=0.02,
    coarsening=4,
    seed=1,
)
FULL = replace(QUICK, noises=(2.0, 4.0, 6.0, 8.0, 10.0), replicas=10_000, time_step=0.01, seed=2)


def run(config: Config) -> dict[str, Array]:
    """Simulate each noise with both time steps; returns what `at_two_steps` does."""

    def simulate(number: int, factor: int) -> MeanPassageTime:
        noise = config.noises[number]
        return quadratic_passage(
            [1.0, config.curvature_ratio],
            config.loss_ratio,
            learning_rate=1 / noise,
            batch_size=1,
            time_step=config.time_step * factor,
            max_time=config.patience * passage_time(config.curvature_ratio, config.loss_ratio, noise),
            replicas=config.replicas,
            seed=config.seed + 1000 * number + 100 * factor,
        )

    return at_two_steps(simulate, len(config.noises), config.coarsening)


def passage_time(
    curvature_ratio: float, loss_ratio: float, noise: float, *, radii: int = _RADII, angles: int = _ANGLES
) -> float:
    """Mean time of SDE (12) from the minimum to L = c L*, curvatures 1 and r, from the backward equation.

    Chebyshev collocation in the radius and in cos 2 phi of the coordinates w_i = sqrt(h_i) z_i, in which the level
    sets are circles. Relative errors are 1e-6, and 1e-16 times the result where that is more.

    Args:
        curvature_ratio: r > 0.
        loss_ratio: c > 1.
        noise: B / (eta h) for the curvature 1.
        radii, angles: nodes.
    """
    radius, by_radius, by_radius_twice = even(radii, 1.0)
    cosine, by_cosine = chebyshev(angles, -1.0, 1.0)
    r, x = (grid.ravel()[:, None] for grid in np.meshgrid(radius, cosine, indexing="ij"))
    same_r, same_x = np.eye(radii), np.eye(angles)
    once, twice = np.kron(by_radius, same_x), np.kron(by_radius_twice, same_x)
    r_r, r_rr, r_rx = r * once, r**2 * twice, r * np.kron(by_radius, by_cosine)
    f_x: Array = np.asarray(np.kron(same_r, by_cosine), dtype=np.float64)
    loss_over_square = (1 + (loss_ratio - 1) * r**2) / ((loss_ratio - 1) * r**2)  # L / |w|^2 times 2
    operator = _generator(curvature_ratio, noise, loss_over_square, x, r_r, r_rr, f_x, f_x @ f_x, r_rx)
    source = -np.ones(len(operator))
    operator[:angles] = np.eye(len(operator))[:angles]  # t_p = 0 where L = c L*
    source[:angles] = 0
    time = np.linalg.solve(operator, source).reshape(radii, angles)
    return float(at_centre(radii) @ time.mean(axis=1))


def growth_exponent(curvature_ratio: float, noise: float, *, angles: int = 2 * _ANGLES) -> float:
    """Exponent of c in the passage time as c tends to infinity, for curvatures 1 and r.

    There L = |w|^2 / 2, the generator is homogeneous, and |w|^(2 b) g(phi) is harmonic for one b > 0 with g > 0.

    Args:
        curvature_ratio: r > 0.
        noise: B / (eta h) for the curvature 1, above 1.
        angles: nodes.
    """
    x, first = chebyshev(angles, -1.0, 1.0)
    second, same = first @ first, np.eye(angles)

    def largest(b: float) -> float:
        power = 2 * b
        operator = _generator(
            curvature_ratio,
            noise,
            1.0,
            x[:, None],
            power * same,
            power * (power - 1) * same,
            first,
            second,
            power * first,
        )
        return float(np.linalg.eigvals(operator).real.max())

    return float(brentq(largest, 0.3, noise + 2))


def _generator(
    ratio: float,
    noise: float,
    strength: Array | float,
    x: Array,
    r_r: Array,
    r_rr: Array,
    f_x: Array,
    f_xx: Array,
    r_rx: Array,
) -> Array:
    """The generator on functions of r and x = cos 2 phi, from matrices for r f_r, r^2 f_rr, f_x, f_xx and r f_rx.

    sum_i h_i (-w_i d_i + (eta h_i / B) L d_i^2), with `strength` = 2 L / |w|^2.
    """
    square = 1 - x**2  # sin^2 2 phi
    along, across = (1 + x) / 2, (1 - x) / 2  # cos^2 phi and sin^2 phi
    bend = 4 * square * f_xx - 4 * x * f_x  # second derivative in phi
    mixed = 2 * square * (r_rx - f_x)
    first = along * r_r + square * f_x, across * r_r - square * f_x  # w_i d_i
    second = (
        along * r_rr + across * r_r + mixed + across * bend,
        across * r_rr + along * r_r - mixed + along * bend,
    )
    spread = strength / (2 * noise) * (second[0] + ratio**2 * second[1])
    return np.asarray(spread - first[0] - ratio * first[1])
