"""A particle in a bowl whose noise has other axes than its curvature: figure 3 of Kunin et al. (2024).

d theta = -H (theta - theta*) dt + sqrt(2 D) dW in the plane. Its stationary law is Gaussian, but no Gibbs law of the
loss, and a current circulates in it, against law `circulation_overdamped`. Curvatures, D, theta*, start and duration
are those of the authors' code; the angle between the axes and the strength of the noise are this book's.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm, solve_continuous_lyapunov

from sgdlab.measure import covariance_of, mean_of, variance_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """A bowl and its noise.

    Attributes:
        curvatures: of H, larger one first.
        diffusion: D along the axes of the plane.
        degrees: angle from the first axis of the plane to the sharp eigenvector of H.
        minimum: theta*.
        start: of the path that is shown.
        path_step, path_places: time between its places, and their number.
        time_step, steps, replicas: of the stationary replicas, whose swept area is measured.
        seed: of the noise.
    """

    curvatures: tuple[float, float]
    diffusion: tuple[float, float]
    degrees: float
    minimum: tuple[float, float]
    start: tuple[float, float]
    path_step: float
    path_places: int
    time_step: float
    steps: int
    replicas: int
    seed: int


QUICK = Config(
    curvatures=(4.0, 1.0),
    diffusion=(4.0, 1.0),
    degrees=45.0,
    minimum=(-0.1, 0.05),
    start=(0.09, 0.0),
    path_step=0.001,
    path_places=10_000,
    time_step=0.005,
    steps=2000,
    replicas=400,
    seed=1,
)
COMMUTING = replace(QUICK, degrees=0.0)


def run(config: Config) -> dict[str, Array]:
    """One path, and what stationary replicas do; every transition is drawn from its exact law.

    Returns:
        path (K, 2): from the start, in the plane.
        variance (2,), covariance (), each with its `_error`: of the replicas at the end, in the plane.
        swept, swept_error (): area that the position sweeps in a unit of time, counter-clockwise, mean over replicas.
        swept_exact (): what the same chords sweep in the mean at this time step.
    """
    drift, stationary = bowl(config), stationary_covariance(config)
    draw = np.random.default_rng(config.seed)
    minimum = np.array(config.minimum)

    carried, factor = _transition(drift, stationary, config.path_step)
    kicks = draw.standard_normal((config.path_places, 2)) @ factor.T
    path = np.empty_like(kicks)
    path[0] = np.array(config.start) - minimum
    for k in range(1, len(path)):
        path[k] = carried @ path[k - 1] + kicks[k]

    carried, factor = _transition(drift, stationary, config.time_step)
    x = draw.standard_normal((config.replicas, 2)) @ np.linalg.cholesky(stationary).T
    swept = np.zeros(config.replicas)
    for _ in range(config.steps):
        moved = x @ carried.T + draw.standard_normal(x.shape) @ factor.T
        swept += (x[:, 0] * moved[:, 1] - x[:, 1] * moved[:, 0]) / 2
        x = moved
    lagged = stationary @ carried.T  # the mean of x(0) x(dt)^T
    return {
        "path": path + minimum,
        **variance_of(x).named("variance"),
        **covariance_of(*x.T).named("covariance"),
        **mean_of(swept / (config.steps * config.time_step)).named("swept"),
        "swept_exact": np.array((lagged[0, 1] - lagged[1, 0]) / (2 * config.time_step)),
    }


def eigenvectors(config: Config) -> Array:
    """Unit eigenvectors of H as rows (2, 2), the sharp one first."""
    angle = np.deg2rad(config.degrees)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def bowl(config: Config) -> Array:
    """H (2, 2) in the plane."""
    vectors = eigenvectors(config)
    return np.asarray(vectors.T @ np.diag(config.curvatures) @ vectors)


def stationary_covariance(config: Config) -> Array:
    """The solution C of H C + C H = 2 D, (2, 2), by SciPy."""
    return np.asarray(solve_continuous_lyapunov(bowl(config), 2 * np.diag(config.diffusion)))


def current_velocity(config: Config, places: Array) -> Array:
    """Stationary current over the density, -Q C^-1 (theta - theta*) with Q = H C - D, at places (..., 2)."""
    stationary = stationary_covariance(config)
    turning = bowl(config) @ stationary - np.diag(config.diffusion)
    away = places - np.array(config.minimum)
    return np.asarray(-away @ np.linalg.solve(stationary, turning.T))


def _transition(drift: Array, stationary: Array, time: float) -> tuple[Array, Array]:
    """What a displacement is carried to after some time, and a factor of the noise that is added."""
    carried = expm(-drift * time)
    return carried, np.linalg.cholesky(stationary - carried @ stationary @ carried.T)
