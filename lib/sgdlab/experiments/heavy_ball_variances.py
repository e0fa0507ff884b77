"""Stationary variances of SGD with momentum on linear regression: iterates, velocities, and means of two iterates.

With fresh Gaussian inputs the noise grows with the distance, laws `position_variance_multiplicative` and
`mode_load_momentum`. With the same input in each sample it is additive, the laws of `laws.heavy_ball` hold to the
last digit.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.experiments._same_paths import states_after
from sgdlab.measure import Estimate, covariance_of, jackknife, mean_of
from sgdlab.problems import GaussianInputs, LinearRegression

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """A run on fresh samples with residuals of variance 1; `steps` from the minimum to the stationary state."""

    learning_rate: float
    momentum: float
    batch_size: int
    spectrum: tuple[float, ...]
    steps: int


@dataclass(frozen=True)
class Mode:
    """A run with additive noise in one dimension: learning rate 1, one sample a step, residuals of variance 1."""

    momentum: float
    curvature: float
    weight_decay: float
    steps: int


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        settings, replicas: on fresh samples; replicas of each setting.
        modes, mode_replicas: with additive noise.
        lags: numbers of steps between which the correlation of additive iterates is measured.
        n_samples: of the additive runs.
    """

    settings: tuple[Setting, ...]
    replicas: int
    modes: tuple[Mode, ...]
    mode_replicas: int
    lags: tuple[int, ...]
    n_samples: int
    seed: int


_QUARTERS = (1.0, 0.25, 0.0625, 0.015625)
_SETTINGS = (
    Setting(0.1, 0.9, 8, _QUARTERS, 300),
    Setting(0.1, 0.0, 8, _QUARTERS, 300),
    Setting(0.4, 0.5, 4, (1.0,) * 4, 60),
    Setting(1.0, 0.0, 8, (1.0, 0.25), 60),
    Setting(1.0, 0.5, 32, (2.0, 0.5), 60),
    Setting(0.02, 0.99, 4, (1.0, 0.25), 1000),
    Setting(0.5, 0.7, 4, (0.5, 0.1), 120),
)
_MODES = (
    Mode(0.0, 0.1, 0.0, 100),
    Mode(0.0, 1.0, 0.0, 40),
    Mode(0.0, 1.5, 0.0, 40),
    Mode(0.5, 0.05, 0.0, 200),
    Mode(0.5, 1.0, 0.0, 60),
    Mode(0.5, 2.5, 0.0, 60),
    Mode(0.9, 0.02, 0.0, 240),
    Mode(0.9, 1.0, 0.0, 240),
    Mode(0.9, 3.5, 0.0, 240),
    Mode(0.9, 0.5, 0.5, 240),
)
QUICK = Config(_SETTINGS, 1000, _MODES, 4000, (1, 3, 10), 64, 1)
FULL = Config(_SETTINGS, 40_000, _MODES, 100_000, (1, 3, 10), 64, 1)


def run(config: Config) -> dict[str, Array]:
    """Run everything.

    Returns:
        S settings, M modes, J lags; each has its standard errors under the name with _error.
        position, midpoint (S,): mean square of the distance along the sharpest direction, and of the mean of two
            successive distances; mean over directions that are equally sharp.
        step (S,): mean square of a step, all directions together.
        mode_position, mode_midpoint, mode_velocity, mode_covariance (M,): with additive noise.
        correlation (M, J): of additive distances that many steps apart.
    """
    fresh = [_on_fresh_samples(setting, config, number) for number, setting in enumerate(config.settings)]
    additive = [_additive(mode, config, number) for number, mode in enumerate(config.modes)]
    return _stacked(fresh) | _stacked(additive)


def _stacked(found: list[dict[str, Estimate]]) -> dict[str, Array]:
    """The same estimates of several runs as arrays by name, run on axis 0."""
    return {
        key: array
        for name in found[0]
        for key, array in Estimate.stack([estimates[name] for estimates in found]).named(name).items()
    }


def _on_fresh_samples(setting: Setting, config: Config, number: int) -> dict[str, Estimate]:
    before, after = states_after(
        (setting.steps - 1, setting.steps),
        GaussianInputs(setting.spectrum, 1.0),
        replicas=config.replicas,
        learning_rate=setting.learning_rate,
        momentum=setting.momentum,
        batch_size=setting.batch_size,
        seed=config.seed + number,
    )
    sharpest = np.array(setting.spectrum) == max(setting.spectrum)
    middle = (before + after) / 2
    return {
        "position": mean_of((after[:, sharpest] ** 2).mean(1)),
        "midpoint": mean_of((middle[:, sharpest] ** 2).mean(1)),
        "step": mean_of(((after - before) ** 2).sum(1)),
    }


def one_input(curvature: float, n_samples: int, seed: int) -> LinearRegression:
    """Samples with one and the same input, sqrt(h), and residuals of mean 0 and variance 1: the noise is additive."""
    generator = torch.Generator().manual_seed(seed)
    residuals = torch.randn(n_samples, generator=generator, dtype=torch.float64)
    residuals = (residuals - residuals.mean()) / residuals.std(correction=0)
    return LinearRegression(torch.full((n_samples, 1), curvature**0.5, dtype=torch.float64), residuals)


def _additive(mode: Mode, config: Config, number: int) -> dict[str, Estimate]:
    """Learning rate 1: the velocity is the difference of two successive positions."""
    back = (0, *config.lags)
    states = states_after(
        [mode.steps - lag for lag in back] + [mode.steps - 1],
        one_input(mode.curvature, config.n_samples, config.seed),
        replicas=config.mode_replicas,
        learning_rate=1.0,
        momentum=mode.momentum,
        batch_size=1,
        weight_decay=mode.weight_decay,
        seed=config.seed + number,
    )[:, :, 0]
    position, earlier, before = states[0], states[1:-1], states[-1]
    return {
        "mode_position": mean_of(position**2),
        "mode_midpoint": mean_of(((position + before) / 2) ** 2),
        "mode_velocity": mean_of((position - before) ** 2),
        "mode_covariance": covariance_of(position, position - before),
        "correlation": Estimate.stack([_correlation(position, past) for past in earlier]),
    }


def _correlation(x: Array, y: Array) -> Estimate:
    """Of independent pairs (R,)."""
    return jackknife(lambda pairs: np.asarray(np.corrcoef(pairs.T))[0, 1], np.stack([x, y], axis=1), blocks=50)
