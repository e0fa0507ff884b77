"""The exponent of the mean-square displacement that a power-law density of Hessian eigenvalues makes.

Law `spectrum_exponent`, for the iterates of SGD under the additive noise of the minimum, from their stationary law.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.experiments._additive_chain import Chain, power_law_curvatures
from sgdlab.laws.limiting_dynamics import global_displacement
from sgdlab.measure import Estimate, local_exponents, mean_of


@dataclass(frozen=True)
class Config:
    """What is simulated; batch size and noise variance, 1 each, have no part in an exponent.

    Attributes:
        exponents: of the densities, one run each.
        smallest, largest, modes: eigenvalues are the mid-quantiles of the density between the two.
        learning_rate, momentum: of all runs.
        lags: steps, ascending; the exponent is measured from the first of `window` to its second.
        window: two of the lags.
        replicas: of each run.
        seed: of all of it.
    """

    exponents: tuple[float, ...]
    smallest: float
    largest: float
    modes: int
    learning_rate: float
    momentum: float
    lags: tuple[int, ...]
    window: tuple[int, int]
    replicas: int
    seed: int


QUICK = Config(
    exponents=(1.25, 1.5, 1.75),
    smallest=1e-4,
    largest=1.0,
    modes=400,
    learning_rate=0.5,
    momentum=0.0,
    lags=(4, 8, 15, 30, 60, 120, 250, 600),
    window=(60, 600),
    replicas=200,
    seed=1,
)
FULL = Config(
    exponents=(1.25, 1.5, 1.75),
    smallest=1e-6,
    largest=1.0,
    modes=2000,
    learning_rate=0.1,
    momentum=0.9,
    lags=(1, 3, 10, 30, 100, 200, 400, 1000, 2000, 4000, 10_000),
    window=(400, 4000),
    replicas=100,
    seed=1,
)


def chain(config: Config, exponent: float) -> Chain:
    """The simulated setting of this density."""
    curvatures = power_law_curvatures(exponent, config.smallest, config.largest, config.modes)
    return Chain(curvatures, config.learning_rate, config.momentum, 1.0)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Simulate every density from the stationary law.

    Returns:
        A densities, L lags.
        displacement (A, L): mean of |theta_j - theta_0|^2; exponent (A,): over the window; both with _error.
        exact_displacement (A, L), exact_exponent (A,): the same without error, of these eigenvalues.
    """
    displacement, exponent, exact = [], [], []
    lags = np.array(config.lags)
    ends = [config.lags.index(lag) for lag in config.window]
    for number, density in enumerate(config.exponents):
        generator = np.random.default_rng([config.seed, number])
        moving = chain(config, density)
        squares = moving.squared_displacements(*moving.stationary(config.replicas, generator), lags, generator)
        displacement.append(mean_of(squares))
        _, found = local_exponents(squares[:, ends], lags[ends])
        exponent.append(Estimate(np.asarray(found.value)[0], np.asarray(found.standard_error)[0]))
        exact.append(global_displacement(lags, *moving.setting, model="discrete"))
    log = np.log(np.array(exact)[:, ends])
    return {
        **Estimate.stack(displacement).named("displacement"),
        **Estimate.stack(exponent).named("exponent"),
        "exact_displacement": np.array(exact),
        "exact_exponent": (log[:, 1] - log[:, 0]) / np.log(config.window[1] / config.window[0]),
    }
