"""Underdamped Langevin dynamics of many replicas at once: SGD with momentum as a stochastic differential equation."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import torch

from sgdlab.dynamics.ensemble import LangevinEnsemble, blocks, check_start, one_thread
from sgdlab.dynamics.gradient_noise import GradientNoise
from sgdlab.dynamics.integrators import GaussianStep, Integrator, UnderdampedEulerMaruyama
from sgdlab.dynamics.langevin import check_arguments, check_limit, require_quadratic
from sgdlab.dynamics.ornstein_uhlenbeck import damping_and_frequency, underdamped_transition
from sgdlab.dynamics.trajectory import observation_steps, observed
from sgdlab.laws import quantities
from sgdlab.problems.landscape import Landscape
from sgdlab.problems.quadratic import Quadratic
from sgdlab.runs.checkpoint import Checkpoint

Observation = TypeVar("Observation")


def underdamped_langevin(
    landscape: Landscape,
    start: torch.Tensor,
    *,
    velocity: torch.Tensor | None = None,
    learning_rate: float,
    batch_size: float,
    momentum: float,
    weight_decay: float = 0.0,
    noise: str,
    steps: int,
    time_step: float | None = None,
    seed: int,
    observe: Callable[[torch.Tensor, torch.Tensor], Observation],
    observe_at: Iterable[int],
    scheme: str = "euler-maruyama",
    allow_divergence: bool = False,
    checkpoint: Checkpoint | None = None,
) -> list[Observation]:
    """Run d theta = w dt, m dw = -(grad L + lambda theta + (1 - beta) w) dt + sqrt(eta Sigma(theta)) dW.

    Kunin et al. (2024): SGD with momentum beta and the mass m = eta (1 + beta) / 2. One step of SGD takes the time eta;
    w is the velocity d theta / dt, minus the momentum buffer of PyTorch. Replicas, threads, progress and divergence as
    in `sgdlab.dynamics.langevin`.

    Args:
        landscape: L, with its minimum and the eigenvalues of the Hessian there.
        start: (R, d) positions, left unchanged; their dtype and device are those of the run.
        velocity: (R, d) of the same dtype, left unchanged; at rest where it is not given.
        learning_rate: eta > 0.
        batch_size: B >= 1.
        momentum: beta, 0 <= beta < 1.
        weight_decay: lambda >= 0.
        noise: as in `langevin`; weight decay has no part in it.
        steps: number of time steps, at least 0.
        time_step: dt > 0; eta where it is not given.
        seed: of the noise, a whole number.
        observe: called with copies of positions and velocities, (R, d) each.
        observe_at: after how many time steps, each from 0 (the start) to `steps`; without order.
        scheme: `"euler-maruyama"` or `"exact"`, as in `langevin`.
        allow_divergence: run Euler-Maruyama on a quadratic landscape also where its mean diverges.
        checkpoint: where the run keeps its state; interrupted, it is taken up from there.

    Returns:
        The observations, in the order of their steps.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    dt = learning_rate if time_step is None else time_step
    check_arguments(learning_rate, batch_size, noise, dt, scheme)
    quantities.momentum.check(momentum)
    quantities.weight_decay.check(weight_decay)
    check_start("start", start, landscape.dimension)
    w = torch.zeros_like(start) if velocity is None else velocity
    if w.shape != start.shape or w.dtype != start.dtype or w.device != start.device:
        raise ValueError(f"velocity must be like start, {tuple(start.shape)} of {start.dtype}, got {tuple(w.shape)}")
    times = observation_steps(observe_at, steps)

    integrators: list[Integrator] = []
    if scheme == "exact":
        law = underdamped_transition(
            require_quadratic(landscape, noise),
            learning_rate=learning_rate,
            batch_size=batch_size,
            momentum=momentum,
            weight_decay=weight_decay,
            time=dt,
        )
        integrators += [GaussianStep(law, states, generator) for states, generator in blocks([start, w], seed)]
    else:
        if isinstance(landscape, Quadratic) and not allow_divergence:
            check_limit(dt, _limit(landscape, learning_rate, momentum, weight_decay))
        moved = landscape.to(start)
        for states, generator in blocks([start, w], seed):
            xi = GradientNoise(moved, noise, batch_size, len(states[0]), generator)
            integrators.append(
                UnderdampedEulerMaruyama(
                    moved,
                    xi,
                    *states,
                    learning_rate=learning_rate,
                    momentum=momentum,
                    weight_decay=weight_decay,
                    time_step=dt,
                )
            )
    with one_thread():
        return observed(
            LangevinEnsemble(integrators),
            steps,
            times,
            observe,
            name="underdamped Langevin",
            checkpoint=checkpoint,
            arguments={
                "landscape": landscape,
                "start": start,
                "velocity": w,
                "learning_rate": learning_rate,
                "batch_size": batch_size,
                "momentum": momentum,
                "weight_decay": weight_decay,
                "noise": noise,
                "time_step": dt,
                "seed": seed,
                "scheme": scheme,
            },
        )


def _limit(landscape: Quadratic, learning_rate: float, momentum: float, weight_decay: float) -> float:
    """The time step at which an eigenvalue z of the Euler step, z^2 - (2 - 2 gamma dt) z + ..., leaves the unit disc.

    With the rates r = gamma +- sqrt(gamma^2 - omega^2) of a mode z = 1 - r dt: dt = 2 Re r / |r|^2 for each.
    """
    gamma, omega = damping_and_frequency(landscape, learning_rate, momentum, weight_decay)
    rates = gamma + np.sqrt((gamma**2 - omega**2).astype(complex))
    return float((2 * rates.real / np.abs(rates) ** 2).min())
