"""SGD with momentum on fresh samples of linear regression, at a setting."""

from dataclasses import dataclass

import torch

from sgdlab.dynamics import RegressionRun, regression_sgd
from sgdlab.problems import GaussianInputs


@dataclass(frozen=True)
class Setting:
    """Learning rate, momentum, batch size, eigenvalues of the Hessian."""

    learning_rate: float
    momentum: float
    batch_size: int
    spectrum: tuple[float, ...]


def moved_on(
    setting: Setting, noise_variance: float, start: torch.Tensor, steps: int, every: int, seed: int
) -> RegressionRun:
    """Replicas (R, d) after so many steps, with their losses after every so many; Gaussian inputs and residuals."""
    return regression_sgd(
        GaussianInputs(setting.spectrum, noise_variance),
        start,
        learning_rate=setting.learning_rate,
        momentum=setting.momentum,
        batch_size=setting.batch_size,
        steps=steps,
        seed=seed,
        record_every=every,
    )
