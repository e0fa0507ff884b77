"""A late exponent above 1: a start that training has not finished with, at several batch sizes.

Forty eigendirections under the additive noise of the minimum. The start lies at the distance that gradient flow from
`distance` has left after the time `trained`: the sharp directions have arrived, the flat ones have not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.experiments._additive_chain import Chain, power_law_curvatures
from sgdlab.laws.limiting_dynamics import global_displacement
from sgdlab.measure import Estimate, local_exponents, mean_of


@dataclass(frozen=True)
class Config:
    """What is simulated. The residuals have variance 1.

    Attributes:
        exponent, smallest, largest, modes: of the density of Hessian eigenvalues, taken at its mid-quantiles.
        learning_rate, momentum: of all runs.
        batch_sizes: two runs each, one from the stationary law and one from the trained start, at rest.
        distance, trained: of the start along each eigendirection before training, and the time of gradient flow.
        lags: steps, ascending; exponents are measured between the two of `window`.
        window: two of the lags.
        replicas: of each run.
        seed: of all of it.
    """

    exponent: float
    smallest: float
    largest: float
    modes: int
    learning_rate: float
    momentum: float
    batch_sizes: tuple[int, ...]
    distance: float
    trained: float
    lags: tuple[int, ...]
    window: tuple[int, int]
    replicas: int
    seed: int


QUICK = Config(
    exponent=1.5,
    smallest=1e-3,
    largest=10.0,
    modes=40,
    learning_rate=0.05,
    momentum=0.9,
    batch_sizes=(8, 64, 512),
    distance=3.0,
    trained=1000.0,
    lags=(1, 2, 4, 7, 10, 20, 40, 70, 100, 200, 300, 500, 700, 1000),
    window=(300, 1000),
    replicas=400,
    seed=1,
)


def chain(config: Config, batch_size: int) -> Chain:
    """The simulated setting of this batch size."""
    curvatures = power_law_curvatures(config.exponent, config.smallest, config.largest, config.modes)
    return Chain(curvatures, config.learning_rate, config.momentum, batch_size)


def start(config: Config) -> NDArray[np.float64]:
    """(n,) distances from the minimum where the trained runs begin."""
    curvatures = power_law_curvatures(config.exponent, config.smallest, config.largest, config.modes)
    return np.asarray(config.distance * np.exp(-curvatures * config.trained))


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Simulate every batch size from both starts.

    Returns:
        S batch sizes, two starts (stationary, trained), L lags.
        displacement (S, 2, L): mean of |theta_j - theta_0|^2; exponent (S, 2): over the window; spread_exponent (S,):
        from the trained start, of the mean of |theta_j - its mean|^2; each with _error.
        exact_displacement (S, 2, L), exact_exponent (S, 2), exact_spread_exponent (S,): the same without error.
    """
    lags = np.array(config.lags)
    ends = [config.lags.index(lag) for lag in config.window]
    displacement, exponent, spread, exact, exact_spread = [], [], [], [], []
    for number, batch_size in enumerate(config.batch_sizes):
        moving = chain(config, batch_size)
        generator = np.random.default_rng([config.seed, number])
        stationary = moving.squared_displacements(*moving.stationary(config.replicas, generator), lags, generator)
        trained, around = _from_start(moving, config, lags, generator)
        drift, noise = moving.displacement_from_rest(start(config), int(lags[-1]))
        displacement.append([mean_of(stationary), mean_of(trained)])
        exponent.append([_exponent(stationary, lags, ends), _exponent(trained, lags, ends)])
        spread.append(_exponent(around, lags, ends))
        still = global_displacement(lags, *moving.setting, model="discrete")
        exact.append([still, (drift + noise)[lags - 1]])
        exact_spread.append(noise[lags - 1])
    return {
        **Estimate.stack(displacement).named("displacement"),
        **Estimate.stack(exponent).named("exponent"),
        **Estimate.stack(spread).named("spread_exponent"),
        "exact_displacement": np.array(exact),
        "exact_exponent": _slope(np.array(exact), config, ends),
        "exact_spread_exponent": _slope(np.array(exact_spread), config, ends),
    }


def _from_start(
    moving: Chain, config: Config, lags: NDArray[np.int64], generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Squared displacements from the trained start, and squared distances from their mean path, both (R, L)."""
    origin = start(config)
    x = np.tile(origin, (config.replicas, 1))
    w = np.zeros_like(x)
    squares, around, done = [], [], 0
    for lag in lags:
        for _ in range(done, int(lag)):
            moving.step(x, w, generator)
        done = int(lag)
        squares.append(((x - origin) ** 2).sum(1))
        around.append(((x - x.mean(0)) ** 2).sum(1))
    return np.stack(squares, axis=1), np.stack(around, axis=1)


def _exponent(squares: NDArray[np.float64], lags: NDArray[np.int64], ends: list[int]) -> Estimate:
    """Over the window, from squared displacements (R, L)."""
    _, found = local_exponents(squares[:, ends], lags[ends])
    return Estimate(np.asarray(found.value)[0], np.asarray(found.standard_error)[0])


def _slope(displacement: NDArray[np.float64], config: Config, ends: list[int]) -> NDArray[np.float64]:
    """The exponent over the window, of exact displacements (..., L)."""
    first, last = (np.log(displacement[..., end]) for end in ends)
    return np.asarray((last - first) / np.log(config.window[1] / config.window[0]))
