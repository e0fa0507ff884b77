"""Local and global displacement of SGD with momentum on linear regression with real data, true minibatches.

The linear part of figures 7 and 8 of Kunin et al. (2024): against learning rate, batch size and momentum. The trace
that law `local_displacement_langevin` needs is measured at the minimum, from the gradients of single samples.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov

from sgdlab.data import load
from sgdlab.dynamics import sgd
from sgdlab.dynamics.ensemble import one_thread
from sgdlab.experiments._regression_minimum import Minimum, minimum
from sgdlab.measure import Estimate, local_exponents, mean_of, squared_displacements
from sgdlab.problems import LinearRegression

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """One run of SGD."""

    learning_rate: float
    batch_size: int
    momentum: float
    sampling: str = "with-replacement"


@dataclass(frozen=True)
class Config:
    """What is run: the base, and each sweep with the base's other numbers.

    Attributes:
        data, n_samples: the first samples of a data set, standardised, labelled +1 (even) and -1 (odd).
        base: the setting that the sweeps vary.
        learning_rates, batch_sizes, momenta: the sweeps.
        lags: steps, ascending; the exponent is measured between the two of `window`.
        window: two of the lags.
        replicas: of each setting, from the stationary law of the distances.
        forget: velocities are at rest in the beginning; the transient is so many times 1 / (1 - momentum) steps.
        steps: recorded after it; every one is an origin.
        seed: of all of it.
    """

    data: str
    n_samples: int
    base: Setting
    learning_rates: tuple[float, ...]
    batch_sizes: tuple[int, ...]
    momenta: tuple[float, ...]
    lags: tuple[int, ...]
    window: tuple[int, int]
    replicas: int
    forget: int
    steps: int
    seed: int


QUICK = Config(
    data="digits",
    n_samples=1792,
    base=Setting(0.002, 32, 0.9),
    learning_rates=(0.0005, 0.001, 0.002, 0.004, 0.008),
    batch_sizes=(8, 16, 32, 64, 128),
    momenta=(0.0, 0.5, 0.8, 0.9, 0.95),
    lags=(1, 2, 5, 10, 20, 30, 56, 80, 112, 150, 224, 300),
    window=(30, 300),
    replicas=16,
    forget=8,
    steps=400,
    seed=1,
)
FULL = replace(QUICK, replicas=64, steps=3000)


def settings(config: Config) -> list[Setting]:
    """The base, its reshuffled twin, and the sweeps over learning rate, batch size and momentum."""
    return [
        config.base,
        replace(config.base, sampling="reshuffled"),
        *(replace(config.base, learning_rate=rate) for rate in config.learning_rates),
        *(replace(config.base, batch_size=size) for size in config.batch_sizes),
        *(replace(config.base, momentum=momentum) for momentum in config.momenta),
    ]


def problem(config: Config) -> LinearRegression:
    """The regression."""
    data = load(config.data, first=config.n_samples, seed=0, dtype=torch.float64).flat()
    return LinearRegression(data.inputs, data.parity()[:, 0])


def exact(at: Minimum, setting: Setting, lags: Array) -> tuple[Array, Array]:
    """Of the iterates under additive noise with the covariance of the minimum, independent batches.

    Returns:
        The stationary covariance of the distances (n, n), and E |theta_j - theta_0|^2 at the lags (L,).
    """
    n, eta, beta = len(at.curvatures), setting.learning_rate, setting.momentum
    hessian, one = np.diag(at.curvatures), np.eye(n)
    step = np.block([[one - eta * hessian, eta * beta * one], [-hessian, beta * one]])
    push = np.vstack([eta * one, one])
    stationary = solve_discrete_lyapunov(step, push @ at.covariance @ push.T / setting.batch_size)
    moved, displacements, done = stationary, [], 0
    for lag in lags:
        moved = np.linalg.matrix_power(step, int(lag) - done) @ moved
        done = int(lag)
        displacements.append(2 * np.trace((stationary - moved)[:n, :n]))
    return stationary[:n, :n], np.array(displacements)


def run(config: Config) -> dict[str, Array]:
    """Run every setting of `settings`.

    Returns:
        S settings, L lags.
        displacement (S, L): mean of |theta_j - theta_0|^2; exponent (S,): over the window; both with _error.
        exact_displacement (S, L), exact_exponent (S,): of additive noise and independent batches, also for the
        reshuffled setting.
        sample_trace, residual_variance, hessian_trace (): tr C and sigma^2 at the minimum, tr H.
    """
    regression = problem(config)
    lags = np.array(config.lags)
    ends = [config.lags.index(lag) for lag in config.window]
    displacement, exponent, predicted = [], [], []
    with one_thread():
        at = minimum(regression)
        for number, setting in enumerate(settings(config)):
            stationary, expected = exact(at, setting, lags)
            squares = squared_displacements(
                _trajectories(regression, at, stationary, setting, config, number), lags, origins="all"
            )
            displacement.append(mean_of(squares))
            _, found = local_exponents(squares[:, ends], lags[ends])
            exponent.append(Estimate(np.asarray(found.value)[0], np.asarray(found.standard_error)[0]))
            predicted.append(expected)
    log = np.log(np.array(predicted)[:, ends])
    return {
        **Estimate.stack(displacement).named("displacement"),
        **Estimate.stack(exponent).named("exponent"),
        "exact_displacement": np.array(predicted),
        "exact_exponent": (log[:, 1] - log[:, 0]) / np.log(config.window[1] / config.window[0]),
        "sample_trace": np.asarray(np.trace(at.covariance)),
        "residual_variance": np.asarray(at.residual_variance),
        "hessian_trace": at.curvatures.sum(),
    }


def _trajectories(
    regression: LinearRegression, at: Minimum, stationary: Array, setting: Setting, config: Config, number: int
) -> Array:
    """Iterates (R, T, d) after the transient."""
    generator = np.random.default_rng([config.seed, number])
    normal = generator.standard_normal((config.replicas, len(at.curvatures)))
    start = at.point + normal @ np.linalg.cholesky(stationary).T @ at.vectors
    first = round(config.forget / (1 - setting.momentum))
    steps = first + config.steps
    states = sgd(
        regression,
        torch.from_numpy(start),
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        momentum=setting.momentum,
        sampling=setting.sampling,
        steps=steps,
        seed=config.seed + number,
        observe=torch.Tensor.numpy,
        observe_at=range(first, steps + 1),
    )
    return np.stack(states, axis=1)
