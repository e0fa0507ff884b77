"""At which order in the learning rate SGD leaves its stochastic differential equation, at a fixed time.

Linear regression in one dimension on fresh Gaussian inputs, curvature 1, where both have closed moments
(`laws.power_law_escape.regression_moments`). The learning rates divide the time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.laws.power_law_escape import regression_moments
from sgdlab.measure import Estimate, jackknife, mean_of
from sgdlab.problems import GaussianInputs

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        learning_rates: each a whole part of `time`.
        time: t = eta k at which the moments are compared.
        start: distance from the minimum at time 0.
        batch_size, noise_variance: B, sigma^2.
        replicas: for each learning rate.
        blocks: of the jackknife.
    """

    learning_rates: tuple[float, ...]
    time: float
    start: float
    batch_size: int
    noise_variance: float
    replicas: int
    blocks: int
    seed: int


QUICK = Config(
    learning_rates=(0.05, 0.1, 0.125, 0.2, 0.25),
    time=1.0,
    start=2.0,
    batch_size=8,
    noise_variance=1.0,
    replicas=100_000,
    blocks=50,
    seed=1,
)


def run(config: Config) -> dict[str, Array]:
    """Run SGD to the time at each learning rate and fit how its moments leave those of the equation.

    Returns:
        E learning rates; each array but the first has its standard errors under the name with _error.
        learning_rate (E,).
        mean_deviation, square_deviation (E,): mean and mean square of SGD less those of the equation, over the start
        and its square.
        mean_order, square_order (): slope of the logarithm of the deviation in that of the learning rate.
        mean_coefficient, square_coefficient (): limit of deviation / learning rate, by a straight line in it.
    """
    rates = np.array(config.learning_rates)
    places = np.stack([_final_places(config, number) for number in range(len(rates))], axis=1)
    results: dict[str, Array] = {"learning_rate": rates}
    for power, name in ((1, "mean"), (2, "square")):
        expected = moments(config, "sde")[power - 1]
        deviations = (places**power - expected) / config.start**power
        results |= mean_of(deviations).named(f"{name}_deviation")
        for quantity, fit in (("order", order), ("coefficient", coefficient)):
            fitted = jackknife(_of_mean(fit, rates), deviations, blocks=config.blocks)
            results |= Estimate(float(fitted.value), float(fitted.standard_error)).named(f"{name}_{quantity}")
    return results


def moments(config: Config, model: str) -> tuple[Array, Array]:
    """Mean and mean square at the time for every learning rate, both (E,), by one of the models of the laws."""
    return regression_moments(
        config.time, config.start, config.learning_rates, config.batch_size, 1.0, config.noise_variance, model
    )


def order(rates: Array, deviations: Array) -> float:
    """Least-squares slope of log |deviation| against log learning rate; both (E,)."""
    return float(np.polyfit(np.log(rates), np.log(np.abs(deviations)), 1)[0])


def coefficient(rates: Array, deviations: Array) -> float:
    """Deviation / learning rate, extrapolated to 0 by a straight line; both (E,)."""
    return float(np.polyfit(rates, deviations / rates, 1)[1])


def _of_mean(fit: Callable[[Array, Array], float], rates: Array) -> Callable[[Array], float]:
    return lambda samples: fit(rates, samples.mean(axis=0))


def _final_places(config: Config, number: int) -> NDArray[Any]:
    """Places (R,) of SGD at the time, with one of the learning rates."""
    rate = config.learning_rates[number]
    start = torch.full((config.replicas, 1), config.start, dtype=torch.float64)
    steps = round(config.time / rate)
    problem = GaussianInputs([1.0], config.noise_variance)
    moved = regression_sgd(
        problem,
        start,
        learning_rate=rate,
        batch_size=config.batch_size,
        steps=steps,
        seed=config.seed + number,
        record_every=steps,
    )
    return moved.states[:, 0].numpy()
