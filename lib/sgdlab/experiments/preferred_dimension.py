"""Does SGD prefer a low effective dimension? Two valleys, equal in loss and in curvature along the path between them.

Linear regression on three kinds of standard normal features, u_1, u_2 and v (n - 1 of them), with a parameter x that
turns and others z that are switched on and off on the way:

    f = R (u_1 cos(t) + u_2 sin(t)) + cos(t / 4) z . v,    y = R u_1 + noise of variance 2 L*,    t = x / R,

    L = L* + R^2 (1 - cos t) + k |z|^2 / 2,    k = cos(t / 4)^2.

Minima of loss L* at t = 0, 2 pi, 4 pi, ..., curvature 1 along x in each, saddles of loss L* + 2 R^2 between them. The
valleys at t = 0, 4 pi, ... are round: n eigenvalues 1. The others are flat: one eigenvalue 1, the others 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.experiments import _valley_journeys
from sgdlab.measure import Estimate, jackknife

Array = NDArray[np.float64]

DYNAMICS = {
    "sgd": _valley_journeys.SGD,
    "loss-proportional": _valley_journeys.LOSS_PROPORTIONAL,
    "frozen": _valley_journeys.FROZEN,
}


@dataclass(frozen=True)
class Setting:
    """One simulation.

    Attributes:
        dynamics: "sgd", true minibatch SGD on fresh samples; "loss-proportional", eq. (12) with the local Hessian;
            "frozen", the same with L* for L in the noise.
        loss_ratio: c at the saddle.
        dimension: n of the round valley.
        learning_rate, batch_size: eta and B.
        time_step: of Euler-Maruyama; eta for SGD.
        time: of each replica, in units of eta times steps; the first tenth is not counted.
        replicas: half of them start in a round valley, half in a flat one.
    """

    dynamics: str
    loss_ratio: float
    dimension: int
    learning_rate: float
    batch_size: int
    time_step: float
    time: float
    replicas: int


@dataclass(frozen=True)
class Config:
    """The simulations, and the seed of all of them."""

    settings: tuple[Setting, ...]
    seed: int


def _settings(loss_ratio: float, dimension: int, rate: float, size: int, time: float) -> tuple[Setting, ...]:
    """SGD and eq. (12) side by side, the equation with a quarter of SGD's step."""
    shared = (loss_ratio, dimension, rate, size)
    return (
        Setting("sgd", *shared, rate, time, 100),
        Setting("loss-proportional", *shared, rate / 4, time / 2, 100),
    )


QUICK = Config(
    settings=(
        *_settings(2.0, 2, 0.2, 1, 3000.0),
        *_settings(2.0, 3, 0.2, 1, 3000.0),
        *_settings(2.0, 5, 0.2, 1, 3000.0),
        Setting("frozen", 2.0, 3, 0.2, 1, 0.05, 3000.0, 100),
    ),
    seed=1,
)
FULL = Config(
    settings=(
        *_settings(2.0, 3, 0.2, 1, 60_000.0),
        *_settings(2.0, 5, 0.2, 1, 60_000.0),
        *_settings(4.0, 3, 0.2, 1, 240_000.0),
        *_settings(4.0, 5, 0.2, 1, 160_000.0),
        *_settings(2.0, 3, 0.1, 1, 200_000.0),
    ),
    seed=1,
)


def run(config: Config) -> dict[str, Array]:
    """Simulate all settings.

    Returns:
        S settings; each array with its standard errors, over replicas, under the name with _error.
        ratio (S,): time in flat valleys over time in round ones.
        rate_round, rate_flat (S,): journeys from the bottom of a round valley to that of a flat one, per unit of the
        time since the last arrival at the bottom of a round one; and the other way.
        journeys (S,): how many journeys were counted.
    """
    results: dict[str, list[Estimate]] = {"ratio": [], "rate_round": [], "rate_flat": []}
    journeys = []
    for setting in config.settings:
        counts = simulate(setting, config.seed)
        for name, above, below in (("ratio", 1, 0), ("rate_round", 4, 2), ("rate_flat", 5, 3)):
            results[name].append(_ratio(counts, above, below))
        journeys.append(counts[:, 4:].sum())
    arrays = {"journeys": np.array(journeys)}
    for name, estimates in results.items():
        arrays |= Estimate.stack(estimates).named(name)
    return arrays


def simulate(setting: Setting, seed: int) -> Array:
    """Counts (R, 6) of each replica: time in round and in flat valleys, time since the last arrival at the bottom of a
    round and of a flat one, journeys from round to flat and from flat to round.

    Raises:
        ValueError: names the argument of the setting and its range.
    """
    if setting.dynamics not in DYNAMICS:
        raise ValueError(f"dynamics must be one of {', '.join(DYNAMICS)}, got {setting.dynamics!r}")
    if setting.loss_ratio <= 1:
        raise ValueError(f"loss_ratio must be above 1, got {setting.loss_ratio}")
    if setting.dimension < 2:
        raise ValueError(f"dimension must be at least 2, got {setting.dimension}")
    if setting.dynamics == "sgd" and setting.time_step != setting.learning_rate:
        raise ValueError(f"time_step must be the learning rate for sgd, got {setting.time_step}")
    counts = np.zeros((setting.replicas, 6))
    for replica in range(setting.replicas):
        _valley_journeys.journey(
            counts[replica],
            DYNAMICS[setting.dynamics],
            ((setting.loss_ratio - 1) / 2) ** 0.5,
            setting.learning_rate / setting.batch_size,
            setting.batch_size,
            setting.time_step,
            np.zeros((3, setting.dimension - 1)),
            round(setting.time / setting.time_step),
            np.uint64(seed),
            replica,
        )
    return counts


def _ratio(counts: Array, above: int, below: int) -> Estimate:
    def statistic(rows: Array) -> float:
        total = rows.sum(0)
        return float(total[above] / total[below])

    return jackknife(statistic, counts, blocks=len(counts))
