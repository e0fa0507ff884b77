"""One mode of SGD with momentum and Gaussian noise, from a known start at rest: when it rings, how, how it spreads.

Each step is that of PyTorch, w' = beta w - (h theta + noise), theta' = theta + eta w'. In units of the start, with eta
w' the step itself, momentum and relative learning rate decide everything: laws `oscillation_onset_heavy_ball`,
`damping_per_step`, `angle_per_step` against `oscillation_onset_langevin`, `damping_rate`, `natural_frequency`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics.random_streams import compiled
from sgdlab.experiments._ringing_fit import ringing_fit
from sgdlab.measure import Estimate, covariance_of, jackknife, mean_of, variance_of

Array = NDArray[np.float64]

_SMALL, _RESCALED = 1e-150, 2.0**400
_ROUNDING = 1e-15


@dataclass(frozen=True)
class Setting:
    """A mode: momentum, relative learning rate, and for how many steps it is followed."""

    momentum: float
    relative_learning_rate: float
    steps: int


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        onsets: momenta at which the onset of the oscillation is looked for.
        patience: steps in which a mode that oscillates must have crossed the minimum.
        settings: modes that are followed from rest.
        kick: standard deviation of the noise in a step, over the distance of the start.
        replicas, blocks: independent runs of each mode; blocks of them, for the errors of the fits.
        seed: of the noise.
    """

    onsets: tuple[float, ...]
    patience: int
    settings: tuple[Setting, ...]
    kick: float
    replicas: int
    blocks: int
    seed: int


QUICK = Config(
    onsets=(0.0, 0.5, 0.9, 0.99),
    patience=1_000_000,
    settings=(Setting(0.5, 0.5, 12), Setting(0.9, 0.5, 60), Setting(0.99, 0.01, 600), Setting(0.99, 0.0005, 900)),
    kick=0.0004,
    replicas=10_000,
    blocks=20,
    seed=1,
)


def run(config: Config) -> dict[str, Array]:
    """Find the onsets, and follow each mode.

    Returns:
        onset (M,): least relative learning rate at which a start at rest crosses the minimum, at each of M momenta;
        onset_bias (M,): how much too large it is at most, for the steps were not endless.
        Of S settings, each with its standard errors under the name with _error: damping (S,), angle (S,): decay and
        angle in a step, of the fit `ringing_fit` to the mean over the replicas.
        For the setting number s, mean_s (K + 1,): mean distance. Over the variance of one kick, spread_s (K + 1,) and
        spread_velocity_s (K + 1,): variances of the distance and of the step to it; spread_both_s (K,): covariance of
        the distance and the mean of the steps to and from it, which is the velocity at the iterate.
    """
    onsets = [onset(momentum, config.patience) for momentum in config.onsets]
    results = {"onset": np.array(onsets), "onset_bias": np.array([_bias(b, config.patience) for b in config.onsets])}
    fits = []
    for number, setting in enumerate(config.settings):
        x, step = follow(setting, config.kick, config.replicas, config.seed + number)
        fits.append(jackknife(lambda some: ringing_fit(some.mean(0)), x, blocks=config.blocks))
        results |= mean_of(x).named(f"mean_{number}")
        for name, spread in {
            "spread": variance_of(x),
            "spread_velocity": variance_of(step),
            "spread_both": covariance_of(x[:, :-1], (step[:, :-1] + step[:, 1:]) / 2),
        }.items():
            kick = config.kick**2
            results |= Estimate(spread.value / kick, spread.standard_error / kick).named(f"{name}_{number}")
    fitted = Estimate.stack(fits)
    for column, name in enumerate(("damping", "angle")):
        results |= Estimate(fitted.value[:, column], fitted.standard_error[:, column]).named(name)  # type: ignore[index]
    return results


def follow(setting: Setting, kick: float, replicas: int, seed: int) -> tuple[Array, Array]:
    """Distances and steps eta w, (R, K + 1) each, from the distance 1 at rest; the last step before the start is 0."""
    draw = np.random.default_rng(seed)
    x, step = np.ones(replicas), np.zeros(replicas)
    distances, steps = [x], [step]
    for _ in range(setting.steps):
        noise = kick * draw.standard_normal(replicas)
        step = setting.momentum * step - setting.relative_learning_rate * x + noise
        x = x + step
        distances.append(x)
        steps.append(step)
    return np.array(distances).T, np.array(steps).T


def onset(momentum: float, patience: int) -> float:
    """Least relative learning rate at which gradient descent with momentum, from rest, crosses the minimum.

    By bisection, to the last digit. The mean of SGD on a quadratic loss is gradient descent.
    """
    low, high = 0.0, 2.0  # at 2 the first step crosses
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if _crosses(middle, momentum, patience) else (middle, high)
    return high


@compiled
def _crosses(relative_learning_rate: float, momentum: float, patience: int) -> bool:
    x, step = 1.0, 0.0
    for _ in range(patience):
        step = momentum * step - relative_learning_rate * x
        x += step
        if x < 0:
            return True
        if x < _SMALL:  # only the ratio of the two counts
            x *= _RESCALED
            step *= _RESCALED
    return False


def _bias(momentum: float, patience: int) -> float:
    """So far above the onset, where the angle is sqrt(excess) / beta^(1/4), half a turn takes `patience` steps."""
    return float(np.sqrt(momentum) * (np.pi / patience) ** 2 + _ROUNDING)
