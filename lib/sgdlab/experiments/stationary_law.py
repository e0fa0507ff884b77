"""Figure 3a of Mori et al. (2022): the exponent that a fit finds in the stationary law of SGD, and in Gaussian numbers.

Linear regression in one dimension on N samples with independent standard normal inputs and labels. The same two fits
are made to SGD's displacements and to Gaussian numbers of their variance, which have no power law at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.experiments._histogram_fit import histogram_exponent
from sgdlab.laws.power_law_escape import exponent_of_variance, stationary_second_moment
from sgdlab.measure import Estimate, power_law_exponent, stationary_mean
from sgdlab.problems import LinearRegression, gaussian_design

Array = NDArray[np.float64]

# Intervals between samples that are left out at the start: at least ten relaxation times.
_TRANSIENT = 10


@dataclass(frozen=True)
class Setting:
    """One point of the figure.

    Attributes:
        learning_rate, batch_size: eta, B.
        data_sets: how many data sets, each with a run of its own.
    """

    learning_rate: float
    batch_size: int
    data_sets: int


@dataclass(frozen=True)
class Config:
    """The size of the experiment.

    Attributes:
        settings: the points of the figure.
        n_samples: N, of a data set.
        kept: samples of the displacement from a run.
        every: steps of SGD between two of them.
        bins: of the histogram, over the range of the samples.
        seed: of the first data set; batches and Gaussian numbers have their own, the same in every configuration.
    """

    settings: tuple[Setting, ...]
    n_samples: int
    kept: int
    every: int
    bins: int
    seed: int


_POINTS = ((0.01, 1), (0.01, 4), (0.1, 1), (0.1, 4), (0.1, 10), (0.1, 30), (1.0, 4), (1.0, 10), (1.0, 30), (1.0, 100))
# The smaller the learning rate, the closer the two formulas, and the more runs it takes to tell them apart.
_DATA_SETS = {(0.01, 1): 300, (0.01, 4): 600, (0.1, 1): 60, (0.1, 4): 60, (0.1, 10): 60, (0.1, 30): 60}

QUICK = Config(
    settings=tuple(Setting(eta, size, data_sets=1) for eta, size in _POINTS),
    n_samples=100_000,
    kept=10_000,
    every=100,
    bins=60,
    seed=1,
)
FULL = Config(
    settings=tuple(Setting(eta, size, _DATA_SETS.get((eta, size), 30)) for eta, size in _POINTS),
    n_samples=100_000,
    kept=10_000,
    every=100,
    bins=60,
    seed=2,
)


def run(config: Config) -> dict[str, Array]:
    """Run SGD at all settings and fit the density L^-phi to its displacements from the minimum of the data.

    Returns:
        S settings, each array (S,). Where there are several data sets a value is the mean over them, and its error,
        under the name with _error, comes from their scatter; of one data set it is that of the fit.
        curvature: h*, of the data.
        likelihood, histogram: the exponent by maximum likelihood, and by least squares on the histogram.
        gaussian, gaussian_histogram: the same of Gaussian numbers, as many and of the same variance.
        exact: 3/2 + L* / (h Var) with the variance that these data have exactly.
        excess_kurtosis: of the displacements.
    """
    rows = [_setting(config, number) for number in range(len(config.settings))]
    results = {"curvature": np.array([float(np.mean(row.pop("curvature"))) for row in rows])}
    for name in rows[0]:
        results |= Estimate.stack([row[name] for row in rows]).named(name)
    return results


@cache
def quick(seed: int = 0) -> dict[str, Array]:
    """`run(QUICK)`, once for a page; another seed has other data, batches and numbers."""
    return run(replace(QUICK, seed=QUICK.seed + 10**6 * seed))


def fitted(name: str, sizes: Sequence[int]) -> Callable[[float, int], Estimate]:
    """For a live figure: a result of `quick` at these batch sizes, NaN where there is no such setting.

    Args:
        name: of the result, "likelihood" for instance.
        sizes: (K,) values of B.

    Returns:
        A function of learning_rate and seed, which gives an estimate (K,).
    """

    def measured(learning_rate: float, seed: int = 0) -> Estimate:
        results = quick(seed)
        values = np.full((2, len(sizes)), np.nan)
        for number, setting in enumerate(QUICK.settings):
            if setting.learning_rate == learning_rate and setting.batch_size in sizes:
                at = sizes.index(setting.batch_size)
                values[:, at] = results[name][number], results[f"{name}_error"][number]
        return Estimate(*values)

    return measured


def displacements(problem: LinearRegression, learning_rate: float, batch_size: int, config: Config, seed: int) -> Array:
    """Distances (kept,) from the minimum of the data, in units of sqrt(2 L* / h), after the transient.

    In these units the loss ratio is 1 + x^2, whatever the data.
    """
    start = problem.minimum()[None]
    run = regression_sgd(
        problem,
        start,
        learning_rate=learning_rate,
        batch_size=batch_size,
        steps=(_TRANSIENT + config.kept) * config.every,
        seed=seed,
        record_every=config.every,
    )
    minimum_loss = float(problem.loss(start[0]))
    # The minimum is exact but for rounding, below which the excess may be.
    excess = np.maximum(run.losses[_TRANSIENT:, 0].numpy() / minimum_loss - 1, 0)
    return np.asarray(np.sqrt(excess))


def data_exponent(problem: LinearRegression, learning_rate: float, batch_size: int) -> float:
    """The law `exponent_of_variance` with the stationary variance that SGD has exactly on given data (N, 1)."""
    data = problem.inputs.numpy(), problem.targets.numpy()
    return float(
        exponent_of_variance(
            mode_variance=stationary_second_moment(*data, learning_rate, batch_size)[0, 0],
            curvature=float(problem.hessian()),
            minimum_loss=float(problem.loss(problem.minimum())),
        )
    )


def _setting(config: Config, number: int) -> dict[str, Any]:
    """All data sets of one setting: the curvatures, and an estimate by name."""
    setting = config.settings[number]
    runs = [_fits(config, setting, config.seed + i, 1000 * number + 100_000 * i) for i in range(setting.data_sets)]
    combined: dict[str, Any] = {"curvature": [fits.pop("curvature") for fits in runs]}
    for name, first in runs[0].items():
        values = np.array([fits[name].value for fits in runs])
        error = values.std(ddof=1) / np.sqrt(len(runs)) if len(runs) > 1 else first.standard_error
        combined[name] = Estimate(values.mean(), error)
    return combined


def _fits(config: Config, setting: Setting, data_seed: int, run_seed: int) -> dict[str, Any]:
    """One data set: its curvature, and the fits to SGD's displacements and to Gaussian numbers."""
    eta, size = setting.learning_rate, setting.batch_size
    problem = gaussian_design(config.n_samples, [1.0], 1.0, data_seed)
    x = displacements(problem, eta, size, config, run_seed)
    independent = stationary_mean(np.log1p(x**2)).effective_samples
    second, fourth = (x**2).mean(), (x**4).mean()
    gaussian = np.abs(np.random.default_rng(run_seed).normal(0, np.sqrt(second), config.kept))
    correlation = np.sqrt(config.kept / independent)
    histogram = histogram_exponent(x, config.bins)
    return {
        "curvature": float(problem.hessian()),
        "likelihood": power_law_exponent(x, 1.0, effective_samples=independent),
        "histogram": Estimate(histogram.value, histogram.standard_error * correlation),
        "gaussian": power_law_exponent(gaussian, 1.0),
        "gaussian_histogram": histogram_exponent(gaussian, config.bins),
        "exact": Estimate(data_exponent(problem, eta, size), 0.0),
        # The error is that of Gaussian numbers.
        "excess_kurtosis": Estimate(fourth / second**2 - 3, np.sqrt(24 / independent)),
    }
