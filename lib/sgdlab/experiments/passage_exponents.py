"""The exponent of the passage time of SGD in one dimension as the learning rate tends to 0, from the chain's equations.

eta log t_p for B = 1 and h = 1: no simulation could wait that long. The limit is `laws.quasi_potential`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.laws.discrete_passage import discrete_passage_time


@dataclass(frozen=True)
class Config:
    """Learning rates, descending, each about half of the one before; loss ratios; nodes in a step's deviation."""

    learning_rates: tuple[float, ...]
    loss_ratios: tuple[float, ...]
    resolution: int


QUICK = Config(learning_rates=(0.1, 0.05), loss_ratios=(1.5, 2.0, 3.0), resolution=2)
FULL = Config(
    learning_rates=(0.1, 0.05, 0.025, 0.0125),
    loss_ratios=(1.125, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 4.0, 5.0, 6.0),
    resolution=3,
)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Solve for the times.

    Returns:
        E learning rates, C loss ratios. loss_ratio (C,), learning_rate (E,).
        log_time (E, C): log of the mean passage time, learning rate times steps.
    """
    times = [
        [discrete_passage_time(eta, 1, c, resolution=config.resolution) for c in config.loss_ratios]
        for eta in config.learning_rates
    ]
    return {
        "loss_ratio": np.array(config.loss_ratios),
        "learning_rate": np.array(config.learning_rates),
        "log_time": np.log(times),
    }
