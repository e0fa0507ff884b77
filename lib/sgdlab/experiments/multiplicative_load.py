"""The load of SGD with momentum on fresh samples: where it is below 1, and where second moments cease to exist.

Laws `mode_load_momentum` and `position_variance_multiplicative`, and Kesten's index of the tail, of which the library
knows by simulating the random products alone.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.experiments._fresh_regression import Setting, moved_on
from sgdlab.experiments._heavy_samples import median_of, pooled_tail_index
from sgdlab.laws.limiting_dynamics import lyapunov_exponent_heavy_ball, tail_index_heavy_ball
from sgdlab.measure import Estimate, mean_of, stationary_mean

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        settings: of a load below 1.
        replicas, transient, steps, record_every: of each of them, from the minimum.
        heavy: a setting without variance that has a stationary law.
        heavy_replicas, heavy_transient, heavy_steps, heavy_every: of its runs; every so many steps the loss is noted.
        tail_shares: which shares of the noted distances are the tail; the first one gives the index.
        wild: a setting without stationary law. It and `heavy` are run without residuals.
        growth_replicas, growth_steps: of these runs.
        walkers, walker_steps: of the library's simulation of the random products.
    """

    settings: tuple[Setting, ...]
    replicas: int
    transient: int
    steps: int
    record_every: int
    heavy: Setting
    heavy_replicas: int
    heavy_transient: int
    heavy_steps: int
    heavy_every: int
    tail_shares: tuple[float, ...]
    wild: Setting
    growth_replicas: int
    growth_steps: int
    walkers: int
    walker_steps: int
    seed: int


_QUARTERS = (1.0, 0.25, 0.0625, 0.015625)
_SETTINGS = (
    Setting(0.1, 0.9, 8, _QUARTERS),
    Setting(0.1, 0.0, 8, _QUARTERS),
    Setting(0.4, 0.5, 4, (1.0,) * 4),
)
_HEAVY, _WILD = Setting(0.1, 0.9, 1, _QUARTERS), Setting(0.2, 0.9, 1, _QUARTERS)
QUICK = Config(
    settings=_SETTINGS,
    replicas=60,
    transient=400,
    steps=1200,
    record_every=10,
    heavy=_HEAVY,
    heavy_replicas=2000,
    heavy_transient=1000,
    heavy_steps=4000,
    heavy_every=400,
    tail_shares=(0.01, 0.02, 0.04),
    wild=_WILD,
    growth_replicas=200,
    growth_steps=2000,
    walkers=500,
    walker_steps=300,
    seed=1,
)
FULL = Config(
    settings=_SETTINGS,
    replicas=1500,
    transient=400,
    steps=4000,
    record_every=10,
    heavy=_HEAVY,
    heavy_replicas=30_000,
    heavy_transient=2000,
    heavy_steps=8000,
    heavy_every=400,
    tail_shares=(0.002, 0.005, 0.01, 0.02),
    wild=_WILD,
    growth_replicas=2000,
    growth_steps=8000,
    walkers=2000,
    walker_steps=2000,
    seed=1,
)
_LEVELS = np.geomspace(0.5, 1e-5, 60)


def run(config: Config) -> dict[str, Array]:
    """Run everything.

    Returns:
        S settings, T shares of the tail; each measurement has its standard errors under the name with _error.
        load (S,): the share of the mean loss that is excess.
        median (): of the distance along the sharpest direction at the end, under `heavy`.
        survival (60,), distance (60,): share of larger distances sqrt(2 (L - L*)) under `heavy`.
        mean_square (K,), count (K,): mean of the squared distance over the first `count` of the replicas.
        tail_index (T,): Hill's, of these distances; tail_index_predicted ().
        lyapunov (2,): of `heavy` and `wild`; lyapunov_predicted (2,).
        median_loss (2, G), step (G,): median over the replicas of log(loss / loss after `step[0]` steps), no residuals.
    """
    return _loads(config) | _heavy(config) | _growth(config)


def _at_minimum(setting: Setting, replicas: int) -> torch.Tensor:
    return torch.zeros(replicas, len(setting.spectrum), dtype=torch.float64)


def _loads(config: Config) -> dict[str, Array]:
    """1 - L* / mean loss."""
    loads = []
    for number, setting in enumerate(config.settings):
        start = _at_minimum(setting, config.replicas)
        moved = moved_on(
            setting, 1.0, start, config.transient + config.steps, config.record_every, config.seed + number
        )
        ratio = stationary_mean(2 * moved.losses[moved.steps > config.transient].T.numpy())
        loads.append(Estimate(1 - 1 / ratio.value, ratio.standard_error / ratio.value**2))
    return Estimate.stack(loads).named("load")


def _heavy(config: Config) -> dict[str, Array]:
    """The stationary law that has no variance."""
    setting, steps = config.heavy, config.heavy_transient + config.heavy_steps
    start = _at_minimum(setting, config.heavy_replicas)
    moved = moved_on(setting, 1.0, start, steps, config.heavy_every, config.seed)
    late = moved.losses[moved.steps > config.heavy_transient]
    distances = (2 * late - 1).clamp(min=0).sqrt().T.numpy()  # (R, K), replica after replica
    sharp = np.abs(moved.states[:, 0].numpy())
    indices = [pooled_tail_index(distances, share) for share in config.tail_shares]
    counts = np.unique(np.geomspace(10, len(distances), 40).astype(int))
    predicted = tail_index_heavy_ball(
        setting.spectrum,
        setting.learning_rate,
        setting.momentum,
        setting.batch_size,
        walkers=config.walkers,
        steps=config.walker_steps,
        seed=config.seed,
    )
    return (
        median_of(sharp).named("median")
        | Estimate.stack(indices).named("tail_index")
        | Estimate(*predicted).named("tail_index_predicted")
        | {
            "survival": _LEVELS,
            "distance": np.quantile(distances, 1 - _LEVELS),
            "count": counts.astype(float),
            "mean_square": np.array([(distances[:count] ** 2).mean() for count in counts]),
        }
    )


def _growth(config: Config) -> dict[str, Array]:
    """Lyapunov exponents: without residuals the logarithm of the loss grows by twice the exponent in a step."""
    measured, predicted, medians = [], [], []
    every = max(1, config.growth_steps // 40)
    for setting in (config.heavy, config.wild):
        start = torch.ones(config.growth_replicas, len(setting.spectrum), dtype=torch.float64)
        moved = moved_on(setting, 0.0, start, config.growth_steps, every, config.seed)
        logs = moved.losses.log().numpy()
        first = len(logs) // 4
        duration = float(moved.steps[-1] - moved.steps[first])
        measured.append(mean_of((logs[-1] - logs[first]) / (2 * duration)))
        medians.append(np.median(logs - logs[first], axis=1)[first:])
        predicted.append(
            Estimate(
                *lyapunov_exponent_heavy_ball(
                    setting.spectrum,
                    setting.learning_rate,
                    setting.momentum,
                    setting.batch_size,
                    steps=config.walker_steps,
                    replicas=config.walkers,
                    seed=config.seed,
                )
            )
        )
    return (
        Estimate.stack(measured).named("lyapunov")
        | Estimate.stack(predicted).named("lyapunov_predicted")
        | {"median_loss": np.array(medians), "step": moved.steps[first:].double().numpy()}
    )
