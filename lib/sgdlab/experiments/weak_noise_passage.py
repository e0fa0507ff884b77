"""How long does SGD take to climb when the noise is weak? First passage on fresh Gaussian samples, small rates.

The mean time from the minimum to L = c L*: simulated; from the equations of the chain (`laws.discrete_passage`,
`laws.radial_passage`); and in one dimension for the same steps with Gaussian noise of the frozen, the loss-proportional
and the exact covariance.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import first_passage
from sgdlab.laws.discrete_passage import discrete_passage_time
from sgdlab.laws.power_law_escape import mean_first_passage_time
from sgdlab.laws.radial_passage import radial_passage_times
from sgdlab.measure import MeanPassageTime, mean_passage_time
from sgdlab.problems import GaussianInputs

# In the order of the results.
NOISES = ("frozen", "loss-proportional", "gaussian-inputs")

# Steps after which a replica is given up, over the mean of the frozen noise: so that hardly any is.
_PATIENCE = 100


@dataclass(frozen=True)
class Setting:
    """One setting of SGD with h = 1 and sigma^2 = 1, and the loss ratios, ascending; B = 1 in several dimensions."""

    learning_rate: float
    batch_size: int
    dimension: int
    loss_ratios: tuple[float, float, float, float]


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        settings: of SGD.
        replicas: of each simulated time.
        cells: of the equations in several dimensions; see `radial_passage_times`.
        seed: of the simulation.
    """

    settings: tuple[Setting, ...]
    replicas: int
    cells: int
    seed: int


SETTINGS = (
    Setting(0.02, 1, 1, (1.04, 1.08, 1.12, 1.16)),
    Setting(0.1, 5, 1, (1.04, 1.08, 1.12, 1.16)),
    Setting(0.02, 1, 4, (1.05, 1.1, 1.15, 1.2)),
    Setting(0.05, 1, 1, (1.1, 1.2, 1.3, 1.4)),
    Setting(0.1, 1, 1, (1.2, 1.5, 1.8, 2.1)),
)
QUICK = Config(settings=SETTINGS[:1], replicas=60, cells=12, seed=1)
FULL = Config(settings=SETTINGS, replicas=4000, cells=100, seed=1)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Measure and compute the times, learning rate times steps.

    Returns:
        S settings, C = 4 loss ratios, 3 kinds of noise in the order of NOISES.
        time, time_error (S, C): of SGD, simulated. censored (S, C): replicas that did not arrive.
        exact (S, C): of SGD, from the equations of the chain; in several dimensions interpolated between its cells.
        gaussian (S, C, 3): of the same steps with Gaussian noise; 0 in several dimensions.
        diffusion (S, C, 3): of the stochastic differential equations.
    """
    shape = len(config.settings), 4
    results = {name: np.zeros(shape) for name in ("time", "time_error", "censored", "exact")}
    results |= {name: np.zeros((*shape, len(NOISES))) for name in ("gaussian", "diffusion")}
    for i, setting in enumerate(config.settings):
        eta, batch, n = setting.learning_rate, setting.batch_size, setting.dimension
        for j, ratio in enumerate(setting.loss_ratios):
            frozen = mean_first_passage_time(eta, batch, 1.0, n, ratio, "frozen")
            patience = int(_PATIENCE * frozen / eta)
            measured = simulated(setting, ratio, config.replicas, patience, config.seed + 10 * i + j)
            results["time"][i, j], results["time_error"][i, j] = measured.value, measured.standard_error
            results["censored"][i, j] = measured.censored
            for k, noise in enumerate(NOISES):
                results["diffusion"][i, j, k] = mean_first_passage_time(eta, batch, 1.0, n, ratio, noise)
            if n == 1:
                results["exact"][i, j] = discrete_passage_time(eta, batch, ratio)
                results["gaussian"][i, j] = [discrete_passage_time(eta, batch, ratio, noise) for noise in NOISES]
        if n > 1:
            ratios, times = radial_passage_times(eta, n, setting.loss_ratios[-1], config.cells)
            results["exact"][i] = np.exp(np.interp(np.log(setting.loss_ratios), np.log(ratios), np.log(times)))
    return results


def simulated(setting: Setting, loss_ratio: float, replicas: int, max_steps: int, seed: int) -> MeanPassageTime:
    """Mean time of SGD from the minimum to L = c L*, from so many replicas of so many steps at most."""
    eta, n = setting.learning_rate, setting.dimension
    passage = first_passage(
        GaussianInputs([1.0] * n, 1.0),
        torch.zeros(replicas, n, dtype=torch.float64),
        threshold=loss_ratio / 2,
        learning_rate=eta,
        batch_size=setting.batch_size,
        max_steps=max_steps,
        seed=seed,
    )
    return mean_passage_time(eta * passage.steps.numpy(), passage.censored.numpy())
