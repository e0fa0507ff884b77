"""Local and global displacement of SGD with momentum on real data, from rest at the minimum.

The linear part of figure 8 of Kunin et al. (2024): steps grow to the length of law `local_displacement_langevin` while
the velocity forgets that it was at rest. The problem is that of `regression_displacement`, with true minibatches.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import sgd
from sgdlab.dynamics.ensemble import one_thread
from sgdlab.experiments import regression_displacement
from sgdlab.experiments._regression_minimum import Minimum, minimum
from sgdlab.experiments.regression_displacement import Setting
from sgdlab.measure import Estimate, local_exponents, mean_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """What is run, on the data of `regression_displacement.QUICK`.

    Attributes:
        learning_rate, batch_size: of all runs.
        momenta: one run each.
        steps: of each run.
        window: two of them, between which the exponent of the displacement is measured.
        replicas: of each run.
        seed: of all of it.
    """

    learning_rate: float
    batch_size: int
    momenta: tuple[float, ...]
    steps: int
    window: tuple[int, int]
    replicas: int
    seed: int


QUICK = Config(
    learning_rate=0.0005, batch_size=32, momenta=(0.9, 0.99), steps=500, window=(2, 10), replicas=160, seed=1
)


def settings(config: Config) -> list[Setting]:
    """One for each momentum."""
    return [Setting(config.learning_rate, config.batch_size, momentum) for momentum in config.momenta]


def exact(at: Minimum, setting: Setting, steps: int) -> tuple[Array, Array]:
    """Mean square of the j-th step, and of the displacement after it, j = 1, ..., steps, under additive noise.

    Returns:
        Both (steps,).
    """
    h, eta, beta = at.curvatures, setting.learning_rate, setting.momentum
    noise = at.covariance / setting.batch_size
    xx = xw = ww = np.zeros_like(noise)
    step, displacement = np.empty(steps), np.empty(steps)
    for j in range(steps):
        pushed = beta * xw - xx * h  # covariance of x with the next w
        turned = beta * xw.T * h[None, :]
        ww = beta**2 * ww - turned - turned.T + h[:, None] * xx * h + noise
        xx, xw = xx + eta * (pushed + pushed.T) + eta**2 * ww, pushed + eta * ww
        step[j], displacement[j] = eta**2 * np.trace(ww), np.trace(xx)
    return step, displacement


def run(config: Config) -> dict[str, Array]:
    """Run every momentum from rest at the minimum.

    Returns:
        M momenta, T steps.
        step (M, T): mean square of the j-th step; displacement (M, T): of |theta_j - theta_0|; exponent (M,): over the
        window; each with _error.
        exact_step, exact_displacement (M, T), exact_exponent (M,): of additive noise.
    """
    regression = regression_displacement.problem(regression_displacement.QUICK)
    step, displacement, exponent, predicted = [], [], [], []
    window = np.array(config.window)
    with one_thread():
        at = minimum(regression)
        for number, setting in enumerate(settings(config)):
            states = sgd(
                regression,
                torch.from_numpy(at.point).expand(config.replicas, -1),
                learning_rate=setting.learning_rate,
                batch_size=setting.batch_size,
                momentum=setting.momentum,
                sampling=setting.sampling,
                steps=config.steps,
                seed=config.seed + number,
                observe=torch.Tensor.numpy,
                observe_at=range(config.steps + 1),
            )
            path = np.stack(states, axis=1)
            step.append(mean_of((np.diff(path, axis=1) ** 2).sum(2)))
            squares = ((path[:, 1:] - path[:, :1]) ** 2).sum(2)
            displacement.append(mean_of(squares))
            _, found = local_exponents(squares[:, window - 1], window)
            exponent.append(Estimate(np.asarray(found.value)[0], np.asarray(found.standard_error)[0]))
            predicted.append(exact(at, setting, config.steps))
    whole = np.array([moved for _, moved in predicted])
    return {
        **Estimate.stack(step).named("step"),
        **Estimate.stack(displacement).named("displacement"),
        **Estimate.stack(exponent).named("exponent"),
        "exact_step": np.array([one for one, _ in predicted]),
        "exact_displacement": whole,
        "exact_exponent": np.diff(np.log(whole[:, window - 1]))[:, 0] / np.log(window[1] / window[0]),
    }
