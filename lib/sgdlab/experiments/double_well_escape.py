"""Escape from a double well with noise proportional to the loss, simulated, with and without a direction across.

L = 1 + Delta (x^2 - 1)^2 + k y^2 / 2 with Delta = c - 1: minima at x = -1 and +1 of curvatures h = 8 Delta and k, and
between them a saddle of curvature -h / 2 and loss ratio c. The loss is a sum over the two axes, so that its logarithm
is not: assumption (19) of Mori et al. (2022) does not hold, unless k = h, where detailed balance does.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics.random_streams import compiled, normals, seed_stream
from sgdlab.experiments._bridged_passage import at_two_steps, bridge_crosses, check_simulation, estimated
from sgdlab.laws import quantities as q
from sgdlab.laws.power_law_escape import double_well_passage_time
from sgdlab.measure import MeanPassageTime


@dataclass(frozen=True)
class Config:
    """Passages from one minimum to the other.

    Attributes:
        settings: (loss ratio c, B / (eta h), curvature across over the one along, k / h; 0 for one dimension).
        replicas: for each setting and time step.
        patience: exact times of the one-dimensional well after which a replica is given up.
        time_step: the smaller one, in units of 1 / h; the larger is `coarsening` times it.
        seed: of all of it.
    """

    settings: tuple[tuple[float, float, float], ...]
    replicas: int
    patience: float
    time_step: float
    coarsening: int
    seed: int


QUICK = Config(
    settings=((2.0, 2.0, 0.0), (2.0, 5.0, 0.0), (4.0, 2.0, 0.0), (2.0, 5.0, 0.25), (2.0, 5.0, 1.0)),
    replicas=1000,
    patience=6.0,
    time_step=0.04,
    coarsening=4,
    seed=1,
)
FULL = replace(QUICK, replicas=10_000, time_step=0.01, seed=2)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Simulate each setting with both time steps; returns what `at_two_steps` does."""

    def simulate(number: int, factor: int) -> MeanPassageTime:
        loss_ratio, noise, across = config.settings[number]
        curvature = 8 * (loss_ratio - 1)
        exact = double_well_passage_time(1 / (noise * curvature), 1, loss_ratio)
        return double_well_passage(
            loss_ratio,
            across * curvature,
            learning_rate=1 / (noise * curvature),
            batch_size=1,
            time_step=config.time_step * factor / curvature,
            max_time=config.patience * exact,
            replicas=config.replicas,
            seed=config.seed + 1000 * number + 100 * factor,
        )

    return at_two_steps(simulate, len(config.settings), config.coarsening)


def double_well_passage(
    loss_ratio: float,
    across: float,
    *,
    learning_rate: float,
    batch_size: float,
    time_step: float,
    max_time: float,
    replicas: int,
    seed: int,
) -> MeanPassageTime:
    """Mean time of SDE (12) from the minimum (-1, 0) to the line x = 1, simulated.

    Args:
        loss_ratio: c > 1.
        across: k >= 0, the curvature across; 0 for one dimension.
        learning_rate, batch_size: eta and B.
        time_step: of Euler-Maruyama, below 1 / h.
        max_time: after which a replica is given up.
        replicas: how many, at least 1.
        seed: of the noise, at least 0.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    if not q.loss_ratio.check(loss_ratio) > 1:
        raise ValueError(f"loss_ratio must be above 1, got {loss_ratio}")
    if not 0 <= across < np.inf:
        raise ValueError(f"across must be a finite number >= 0, got {across}")
    q.learning_rate.check(learning_rate)
    q.batch_size.check(batch_size)
    curvature = 8 * (loss_ratio - 1)
    check_simulation(time_step, 1 / max(curvature, across), max_time, replicas, seed)
    steps = np.zeros(replicas, np.int64)
    most = round(max_time / time_step)
    _double_well(loss_ratio - 1, across, learning_rate / batch_size, time_step, most, seed, steps)
    return estimated(steps, time_step, most)


@compiled
def _double_well(
    barrier: float,
    across: float,
    temperature: float,
    dt: float,
    max_steps: int,
    seed: int,
    passage: NDArray[np.int64],
) -> None:
    """Write the step in which each replica crosses; `temperature` is eta / B."""
    generators = np.empty((1, 4), np.uint64)
    for replica in range(len(passage)):
        seed_stream(generators, 0, np.uint64(seed), replica)
        x, y = -1.0, 0.0
        for step in range(1, max_steps + 1):
            well = x**2 - 1.0
            loss = 1.0 + barrier * well**2 + 0.5 * across * y**2
            strength = 2.0 * temperature * loss * dt
            variance = 8.0 * barrier * strength
            first, second = normals(generators, 0)
            before = 1.0 - x
            x += -4.0 * barrier * x * well * dt + np.sqrt(variance) * first
            y += -across * y * dt + np.sqrt(across * strength) * second
            if x >= 1.0 or bridge_crosses(before, 1.0 - x, variance, generators, 0):
                passage[replica] = step
                break
