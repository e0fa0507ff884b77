"""First passage of the loss in SDE (12) on a quadratic, simulated: the exact mean times of the laws must come out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.dynamics.random_streams import compiled, normals, seed_stream
from sgdlab.experiments._bridged_passage import at_two_steps, bridge_crosses, check_simulation, estimated
from sgdlab.laws import quantities as q
from sgdlab.laws.power_law_escape import mean_first_passage_time
from sgdlab.measure import MeanPassageTime


@dataclass(frozen=True)
class Config:
    """Passages on isotropic quadratics of curvature 1 and least loss 1/2.

    Attributes:
        learning_rate, batch_size: eta and B.
        settings: (dimension n, loss ratio c) of each passage.
        replicas: for each setting and time step.
        patience: mean times after which a replica is given up.
        time_step: the smaller one; the larger is `coarsening` times it.
        seed: of all of it.
    """

    learning_rate: float
    batch_size: int
    settings: tuple[tuple[int, float], ...]
    replicas: int
    patience: float
    time_step: float
    coarsening: int
    seed: int


QUICK = Config(
    learning_rate=0.2,
    batch_size=1,
    settings=((1, 1.5), (1, 2.5), (3, 2.5), (3, 4.0), (10, 5.0), (16, 10.0)),
    replicas=2000,
    patience=6.0,
    time_step=0.02,
    coarsening=4,
    seed=1,
)
FULL = replace(QUICK, replicas=20_000, time_step=0.005, seed=2)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Simulate each setting with both time steps; returns what `at_two_steps` does."""

    def simulate(number: int, factor: int) -> MeanPassageTime:
        dimension, loss_ratio = config.settings[number]
        exact = mean_first_passage_time(config.learning_rate, config.batch_size, 1, dimension, loss_ratio)
        return quadratic_passage(
            np.ones(dimension),
            loss_ratio,
            learning_rate=config.learning_rate,
            batch_size=config.batch_size,
            time_step=config.time_step * factor,
            max_time=config.patience * exact,
            replicas=config.replicas,
            seed=config.seed + 1000 * number + 100 * factor,
        )

    return at_two_steps(simulate, len(config.settings), config.coarsening)


def quadratic_passage(
    curvatures: ArrayLike,
    loss_ratio: float,
    *,
    learning_rate: float,
    batch_size: float,
    time_step: float,
    max_time: float,
    replicas: int,
    seed: int,
) -> MeanPassageTime:
    """Mean time of SDE (12) from the minimum to L = c L* on L = 1/2 + sum_i h_i z_i^2 / 2, simulated.

    The time does not depend on the least loss: the displacement scales with its root.

    Args:
        curvatures: (n,) h_i > 0.
        loss_ratio: c > 1.
        learning_rate, batch_size: eta and B.
        time_step: of Euler-Maruyama, below 2 / h_max.
        max_time: after which a replica is given up.
        replicas: how many, at least 1.
        seed: of the noise, at least 0.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    h = np.atleast_1d(np.asarray(curvatures, dtype=np.float64))
    if h.ndim != 1 or not (h > 0).all():
        raise ValueError(f"curvatures must be positive numbers (n,), got {h}")
    q.learning_rate.check(learning_rate)
    q.batch_size.check(batch_size)
    if not q.loss_ratio.check(loss_ratio) > 1:
        raise ValueError(f"loss_ratio must be above 1, got {loss_ratio}")
    check_simulation(time_step, 2 / h.max(), max_time, replicas, seed)
    steps = np.zeros(replicas, np.int64)
    _quadratic(h, loss_ratio, learning_rate / batch_size, time_step, round(max_time / time_step), seed, steps)
    return estimated(steps, time_step, round(max_time / time_step))


@compiled
def _quadratic(
    h: NDArray[np.float64],
    loss_ratio: float,
    temperature: float,
    dt: float,
    max_steps: int,
    seed: int,
    passage: NDArray[np.int64],
) -> None:
    """Write the step in which each replica crosses; `temperature` is eta / B."""
    n = len(h)
    generators = np.empty((1, 4), np.uint64)
    threshold = 0.5 * loss_ratio
    for replica in range(len(passage)):
        seed_stream(generators, 0, np.uint64(seed), replica)
        z = np.zeros(n)
        loss, spare = 0.5, 0.0
        for step in range(1, max_steps + 1):
            strength = 2.0 * temperature * loss * dt
            variance, next_loss = 0.0, 0.5
            for i in range(n):
                variance += strength * h[i] ** 3 * z[i] ** 2
                if i % 2 == 0:
                    normal, spare = normals(generators, 0)
                else:
                    normal = spare
                z[i] += -h[i] * z[i] * dt + np.sqrt(strength * h[i]) * normal
                next_loss += 0.5 * h[i] * z[i] ** 2
            if next_loss >= threshold or (
                variance > 0.0 and bridge_crosses(threshold - loss, threshold - next_loss, variance, generators, 0)
            ):
                passage[replica] = step
                break
            loss = next_loss
