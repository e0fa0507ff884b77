"""How far a stationary state of SGD with momentum moves: forty eigendirections with a power-law spectrum.

Simulated step by step with the additive noise of the minimum, against laws `mode_displacement_heavy_ball` and
`mode_displacement` and against the sum in the paper's form; and the correlation of two successive velocities.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.experiments._additive_chain import Chain, power_law_curvatures
from sgdlab.measure import Estimate, jackknife, mean_of


@dataclass(frozen=True)
class Config:
    """What is simulated. The residuals have variance 1.

    Attributes:
        exponent, smallest, largest, modes: of the density of Hessian eigenvalues, taken at its mid-quantiles.
        learning_rate, batch_size: of all runs.
        momenta: one run each.
        lags: steps after which the displacement is measured, ascending.
        replicas, origins: displacements of each replica are averaged over so many stretches, one after the other.
        steps: whose squared lengths are averaged, after that.
        rate, pairs, correlation_lags: relative learning rate, replicas and lags of the velocity correlations.
        seed: of all of it.
    """

    exponent: float
    smallest: float
    largest: float
    modes: int
    learning_rate: float
    batch_size: int
    momenta: tuple[float, ...]
    lags: tuple[int, ...]
    replicas: int
    origins: int
    steps: int
    rate: float
    pairs: int
    correlation_lags: tuple[int, ...]
    seed: int


QUICK = Config(
    exponent=1.5,
    smallest=1e-3,
    largest=10.0,
    modes=40,
    learning_rate=0.05,
    batch_size=32,
    momenta=(0.0, 0.9),
    lags=(1, 2, 4, 7, 10, 20, 40, 70, 100, 200, 400, 700, 1000),
    replicas=1500,
    origins=2,
    steps=300,
    rate=0.1,
    pairs=100_000,
    correlation_lags=(1, 2, 3, 4, 6, 8, 12, 16, 24),
    seed=1,
)


def chain(config: Config, momentum: float) -> Chain:
    """The simulated setting of this momentum."""
    curvatures = power_law_curvatures(config.exponent, config.smallest, config.largest, config.modes)
    return Chain(curvatures, config.learning_rate, momentum, config.batch_size)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Simulate every momentum from the stationary law.

    Returns:
        S momenta, L lags, J correlation lags; each has its standard errors under the name with _error.
        displacement (S, L): mean of |theta_j - theta_0|^2.
        step (S,): mean of |theta_1 - theta_0|^2, over many steps.
        drifted (S,): mean of |theta - theta*|^2 at the end over that at the start; 1 where the start was stationary.
        correlation (S, J): of velocities along one eigendirection, j steps apart.
    """
    displacement, step, drifted, correlation = [], [], [], []
    for number, momentum in enumerate(config.momenta):
        generator = np.random.default_rng([config.seed, number])
        moving = chain(config, momentum)
        x, w = moving.stationary(config.replicas, generator)
        first = (x**2).sum(1)
        lags = np.array(config.lags)
        stretches = [moving.squared_displacements(x, w, lags, generator) for _ in range(config.origins)]
        displacement.append(mean_of(np.mean(stretches, axis=0)))
        step.append(_mean_square_step(moving, x, w, config.steps, generator))
        blocks = min(100, config.replicas)
        drifted.append(jackknife(_ratio, np.stack([(x**2).sum(1), first], axis=1), blocks=blocks))
        correlation.append(_velocity_correlation(config, momentum, generator))
    return {
        **Estimate.stack(displacement).named("displacement"),
        **Estimate.stack(step).named("step"),
        **Estimate.stack(drifted).named("drifted"),
        **Estimate.stack(correlation).named("correlation"),
    }


def _mean_square_step(
    moving: Chain, x: NDArray[np.float64], w: NDArray[np.float64], steps: int, generator: np.random.Generator
) -> Estimate:
    """Over so many steps of every replica, which are moved on."""
    total = np.zeros(len(x))
    for _ in range(steps):
        moving.step(x, w, generator)
        total += (w**2).sum(1)
    return mean_of(moving.learning_rate**2 * total / steps)


def _velocity_correlation(config: Config, momentum: float, generator: np.random.Generator) -> Estimate:
    """(J,) of one eigendirection of curvature 1."""
    moving = Chain(np.ones(1), config.rate, momentum, config.batch_size)
    x, w = moving.stationary(config.pairs, generator)
    first, products, done = w[:, 0].copy(), [], 0
    for lag in config.correlation_lags:
        for _ in range(done, lag):
            moving.step(x, w, generator)
        done = lag
        products.append(first * w[:, 0])
    return jackknife(_correlations, np.stack([first**2, *products], axis=1), blocks=100)


def _correlations(terms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean products over the mean square in the first column."""
    square, *products = terms.mean(0)
    return np.asarray(np.array(products) / square)


def _ratio(pairs: NDArray[np.float64]) -> float:
    """Ratio of the two columns' means."""
    above, below = pairs.mean(0)
    return float(above / below)
