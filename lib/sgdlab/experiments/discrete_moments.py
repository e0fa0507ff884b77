"""Stationary second moments of SGD on linear regression: mean loss, spread along each mode, fresh and given data.

Laws `mean_loss_ratio_of_load`, `mode_variance_discrete`, `mean_square_growth`, and `stationary_second_moment`. Beside
it gradient Langevin dynamics on the same spectrum, law `mode_variance_thermal`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.measure import Estimate, mean_of, stationary_mean
from sgdlab.problems import GaussianInputs, LinearRegression, gaussian_design


@dataclass(frozen=True)
class Setting:
    """One run of SGD: learning rate, batch size, eigenvalues of the Hessian."""

    learning_rate: float
    batch_size: int
    spectrum: tuple[float, ...]


@dataclass(frozen=True)
class Config:
    """What is run. The residuals have variance 1.

    Attributes:
        settings: whose mean loss is finite.
        divergent: whose mean loss is not; its growth is measured over `growth_steps` by `growth_replicas`.
        replicas, transient, steps, record_every: of every stationary run, from the minimum.
        final_replicas, final_steps: of the run whose last states give the variances of the modes; Langevin dynamics has
            as many replicas.
        given: the setting for `n_samples` given samples.
        thermal: strength D and time step of gradient Langevin dynamics on the spectrum of the last setting.
    """

    settings: tuple[Setting, ...]
    divergent: Setting
    growth_steps: int
    growth_replicas: int
    replicas: int
    transient: int
    steps: int
    record_every: int
    final_replicas: int
    final_steps: int
    given: Setting
    n_samples: int
    thermal: tuple[float, float]
    seed: int


QUICK = Config(
    settings=(
        Setting(0.1, 1, (1.0,) * 5),
        Setting(0.1, 1, (1.0,) * 16),
        Setting(0.5, 4, (1.0,) * 6),
        Setting(0.3, 2, (2.0, 1.0, 0.5, 0.25)),
    ),
    divergent=Setting(0.1, 1, (1.0,) * 19),
    growth_steps=40,
    growth_replicas=50_000,
    replicas=1000,
    transient=400,
    steps=1600,
    record_every=20,
    final_replicas=20_000,
    final_steps=200,
    given=Setting(0.1, 1, (1.0,) * 4),
    n_samples=20,
    thermal=(0.1, 0.04),
    seed=1,
)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Run everything.

    Returns:
        S settings, n modes of the last one; each has its standard errors under the name with _error.
        mean_loss_ratio (S,): stationary mean of L / L*.
        mode_variance (n,): variance along each mode of the last setting, in units of sigma^2 = 1.
        growth (): factor of the mean square distance in a step without residuals, in the divergent setting.
        given_ratio (): stationary mean of L / L* on the given samples.
        thermal_variance (n,): variance of each mode under gradient Langevin dynamics.
    """
    ratios = [
        _mean_loss_ratio(GaussianInputs(setting.spectrum, 1.0), setting, config, config.seed + number)
        for number, setting in enumerate(config.settings)
    ]
    return {
        **Estimate.stack(ratios).named("mean_loss_ratio"),
        **_mode_variance(config).named("mode_variance"),
        **_growth(config).named("growth"),
        **_mean_loss_ratio(given_samples(config), config.given, config, config.seed).named("given_ratio"),
        **_thermal(config).named("thermal_variance"),
    }


def given_samples(config: Config) -> LinearRegression:
    """The given samples: Gaussian inputs of the setting's spectrum, residuals of variance 1."""
    return gaussian_design(config.n_samples, config.given.spectrum, 1.0, config.seed)


def _mean_loss_ratio(
    problem: GaussianInputs | LinearRegression, setting: Setting, config: Config, seed: int
) -> Estimate:
    """Mean of L / L* after the transient."""
    minimum = problem.minimum()
    moved = regression_sgd(
        problem,
        minimum.expand(config.replicas, -1),
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        steps=config.transient + config.steps,
        seed=seed,
        record_every=config.record_every,
    )
    losses = moved.losses[moved.steps > config.transient] / problem.loss(minimum)
    return stationary_mean(losses.T.numpy())


def _mode_variance(config: Config) -> Estimate:
    """Mean square distance along each mode (n,) at the end of many replicas of the last setting."""
    setting = config.settings[-1]
    moved = regression_sgd(
        GaussianInputs(setting.spectrum, 1.0),
        torch.zeros(config.final_replicas, len(setting.spectrum), dtype=torch.float64),
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        steps=config.final_steps,
        seed=config.seed,
        record_every=config.final_steps,
    )
    return mean_of(moved.states.square().numpy())


def _growth(config: Config) -> Estimate:
    """The mean square distance after some steps without residuals, over that at the start, as a factor for each."""
    setting, steps = config.divergent, config.growth_steps
    dimension = len(setting.spectrum)
    start = torch.full((config.growth_replicas, dimension), dimension**-0.5, dtype=torch.float64)
    moved = regression_sgd(
        GaussianInputs(setting.spectrum, 0.0),
        start,
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        steps=steps,
        seed=config.seed,
        record_every=steps,
    )
    total = mean_of(moved.states.square().sum(1).numpy())
    factor = float(total.value) ** (1 / steps)
    return Estimate(factor, factor / steps * float(total.standard_error) / float(total.value))


def _thermal(config: Config) -> Estimate:
    """Variance of each mode (n,) under theta' = theta - grad L dt + sqrt(2 D dt) N(0, 1), from the minimum."""
    strength, time_step = config.thermal
    curvatures = torch.tensor(config.settings[-1].spectrum, dtype=torch.float64)
    generator = torch.Generator().manual_seed(config.seed)
    theta = torch.zeros(config.final_replicas, len(curvatures), dtype=torch.float64)
    for _ in range(round(5 / (float(curvatures.min()) * time_step))):  # five relaxation times of the slowest mode
        kick = torch.randn(theta.shape, generator=generator, dtype=theta.dtype)
        theta += (2 * strength * time_step) ** 0.5 * kick - time_step * curvatures * theta
    return mean_of(theta.square().numpy())
