"""The slope of the passage time far from the minimum: SGD with one sample a step in several dimensions.

Simulated at moderate loss ratios, and from the equations of the distance's Markov chain (`laws.radial_passage`) as far
as one likes. Far out log t_p grows by half of Kesten's index for each unit of log c.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.experiments.weak_noise_passage import Setting, simulated
from sgdlab.laws.radial_passage import radial_passage_times


@dataclass(frozen=True)
class Config:
    """What is run: h = 1, sigma^2 = 1, B = 1.

    Attributes:
        learning_rate: of all of it.
        dimensions: for each of them the equations are solved; the last one is simulated.
        loss_ratios: to which it is simulated.
        replicas, max_steps: of each simulated time; a replica that does not arrive is censored.
        largest_ratio, cells: of the equations; see `radial_passage_times`.
        seed: of the simulation.
    """

    learning_rate: float
    dimensions: tuple[int, ...]
    loss_ratios: tuple[float, float, float, float]
    replicas: int
    max_steps: int
    largest_ratio: float
    cells: int
    seed: int


QUICK = Config(
    learning_rate=0.1,
    dimensions=(10,),
    loss_ratios=(2.0, 3.0, 4.0, 5.0),
    replicas=400,
    max_steps=100_000,
    largest_ratio=30.0,
    cells=40,
    seed=1,
)
FULL = Config(
    learning_rate=0.1,
    dimensions=(2, 5, 10),
    loss_ratios=(6.0, 8.0, 12.0, 16.0),
    replicas=1000,
    max_steps=3_000_000,
    largest_ratio=2000.0,
    cells=110,
    seed=1,
)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Simulate and compute the times, learning rate times steps.

    Returns:
        C simulated loss ratios, D dimensions, K computed loss ratios.
        time, time_error, censored (C,): simulated in the last dimension. ratio (K,), exact (D, K): computed.
    """
    setting = Setting(config.learning_rate, 1, config.dimensions[-1], config.loss_ratios)
    measured = [
        simulated(setting, c, config.replicas, config.max_steps, config.seed + i)
        for i, c in enumerate(config.loss_ratios)
    ]
    computed = [
        radial_passage_times(config.learning_rate, n, config.largest_ratio, config.cells) for n in config.dimensions
    ]
    return {
        "time": np.array([estimate.value for estimate in measured]),
        "time_error": np.array([estimate.standard_error for estimate in measured]),
        "censored": np.array([float(estimate.censored) for estimate in measured]),
        "ratio": computed[0][0],
        "exact": np.array([times for _, times in computed]),
    }
