"""First passages of SDE (12) on a quadratic loss with one large and some smaller eigenvalues, far up in loss ratio.

There the mean time is a power of the ratio, and its exponent says how many dimensions the equation counts.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import langevin
from sgdlab.problems import Quadratic


@dataclass(frozen=True)
class Config:
    """What is simulated.

    Attributes:
        noise: B / (eta h) for the largest eigenvalue, which is 1.
        n_flat, curvature_ratio: number and size of the others.
        loss_ratios: c, ascending.
        replicas, time, time_step: of Euler-Maruyama; a replica that has not crossed by then is censored.
        seed: of the noise.
    """

    noise: float
    n_flat: int
    curvature_ratio: float
    loss_ratios: tuple[float, ...]
    replicas: int
    time: float
    time_step: float
    seed: int


QUICK = Config(
    noise=2.0,
    n_flat=3,
    curvature_ratio=0.5,
    loss_ratios=(7.0, 9.0, 12.0, 16.0, 22.0),
    replicas=250,
    time=600.0,
    time_step=0.05,
    seed=1,
)


def run(config: Config) -> dict[str, NDArray[np.generic]]:
    """Start all replicas at the minimum and test the loss at every step.

    Returns:
        loss_ratio (C,). steps (R, C): until the loss first reached the ratio, int64; the last step where it did not.
        censored (R, C): whether it did not.
    """
    landscape = Quadratic([1.0] + [config.curvature_ratio] * config.n_flat, 1.0)
    steps = round(config.time / config.time_step)
    losses = langevin(
        landscape,
        torch.zeros(config.replicas, landscape.dimension, dtype=torch.float64),
        learning_rate=1 / config.noise,
        batch_size=1,
        noise="loss-proportional",
        steps=steps,
        time_step=config.time_step,
        seed=config.seed,
        observe=lambda theta: landscape.loss(theta).numpy(),
        observe_at=range(1, steps + 1),
    )
    highest = np.maximum.accumulate(np.array(losses), axis=0)
    below = np.array([(highest < ratio).sum(0) for ratio in config.loss_ratios]).T
    return {
        "loss_ratio": np.array(config.loss_ratios),
        "steps": np.minimum(below + 1, steps),
        "censored": below == steps,
    }
