"""The stationary law of the SDE with noise proportional to the loss, eq. (12) of Mori et al. (2022), by simulation.

Quadratic loss with L* = 1 and batch size 1. Euler-Maruyama is run with two time steps; its error, of weak order 1, is
extrapolated away.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import langevin
from sgdlab.measure import Estimate, mean_of
from sgdlab.problems import Quadratic

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """One equation.

    Attributes:
        name: of its results.
        curvatures: Hessian eigenvalues, one for each dimension.
        learning_rate: eta; with batch size 1 and h = 1, the inverse of B / (eta h).
    """

    name: str
    curvatures: tuple[float, ...]
    learning_rate: float


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        settings: the equations.
        loss_ratios: c at which tail probabilities are measured, and caps of the mean.
        time_step: of the finer run; the other one has twice this.
        transient, duration: times in units of t; the state is observed from the one to the other.
        interval: time between two observations.
        replicas: R, at least 50.
        seed: of the finer run.
    """

    settings: tuple[Setting, ...]
    loss_ratios: tuple[float, ...]
    time_step: float
    transient: float
    duration: float
    interval: float
    replicas: int
    seed: int


QUICK = Config(
    settings=(
        Setting("line", (1.0,), 1 / 2),
        Setting("finite_variance", (1.0, 1.0, 1.0), 1 / 4.5),
        Setting("finite_mean", (1.0, 1.0, 1.0), 1 / 2),
        Setting("infinite_mean", (1.0, 1.0, 1.0), 1 / 1.25),
        Setting("anisotropic", (1.0, 4.0), 1 / 20),
    ),
    loss_ratios=(1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    time_step=0.02,
    transient=10.0,
    duration=60.0,
    interval=0.5,
    replicas=2000,
    seed=1,
)


def run(config: Config) -> dict[str, Array]:
    """Simulate every equation from the minimum on, and average over time and replicas.

    Returns:
        Of a setting by its name, C loss ratios, d dimensions; the standard error stands under the name with _error.
        NAME_tail (C,): probability that L / L* exceeds c.
        NAME_capped (C,): mean of the smaller of L / L* and c.
        NAME_mean: mean of L / L*.
        NAME_variances (d,): mean squares of the displacements.
        NAME_log, NAME_clock_log: mean of log(L / L*) in time t, and in the time tau that runs like L.
    """
    results: dict[str, Array] = {}
    for number, setting in enumerate(config.settings):
        seed = config.seed + 10 * number
        fine, coarse = (_averages(config, setting, step, seed + step) for step in (1, 2))
        for name in fine:
            value = 2 * np.asarray(fine[name].value) - coarse[name].value
            error = np.hypot(2 * np.asarray(fine[name].standard_error), coarse[name].standard_error)
            results |= Estimate(value, error).named(f"{setting.name}_{name}")
    return results


def _averages(config: Config, setting: Setting, coarseness: int, seed: int) -> dict[str, Estimate]:
    """Averages over time, then over replicas, with a time step so many times the finer one."""
    step = coarseness * config.time_step
    first, last, every = (round(time / step) for time in (config.transient, config.duration, config.interval))
    landscape = Quadratic(setting.curvatures, 1.0)
    observed = langevin(
        landscape,
        torch.zeros(config.replicas, len(setting.curvatures), dtype=torch.float64),
        learning_rate=setting.learning_rate,
        batch_size=1,
        noise="loss-proportional",
        steps=last,
        time_step=step,
        seed=seed,
        observe=lambda theta: theta,
        observe_at=range(first, last + 1, every),
    )
    states = torch.stack(observed)  # (K, R, d)
    ratios = torch.stack([landscape.loss(state) for state in observed]).numpy()
    logs = np.log(ratios)
    return {
        "tail": _stacked([ratios > c for c in config.loss_ratios]),
        "capped": _stacked([np.minimum(ratios, c) for c in config.loss_ratios]),
        "mean": mean_of(ratios.mean(axis=0)),
        "variances": mean_of(states.square().mean(dim=0).numpy()),
        "log": mean_of(logs.mean(axis=0)),
        "clock_log": _ratio_of_means((ratios * logs).mean(axis=0), ratios.mean(axis=0)),
    }


def _stacked(observables: list[NDArray[np.generic]]) -> Estimate:
    """Means of several observables, each (K, R)."""
    return mean_of(np.stack([observable.mean(axis=0) for observable in observables], axis=1))


def _ratio_of_means(numerator: Array, denominator: Array) -> Estimate:
    """Ratio of two means over replicas (R,), with the error of its linearisation."""
    ratio = numerator.mean() / denominator.mean()
    residual = mean_of(numerator - ratio * denominator)
    return Estimate(ratio, residual.standard_error / denominator.mean())
