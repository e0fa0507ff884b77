"""Overdamped Langevin dynamics of many replicas at once: SGD as a stochastic differential equation."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch

from sgdlab.dynamics.ensemble import LangevinEnsemble, blocks, check_start, one_thread
from sgdlab.dynamics.gradient_noise import GradientNoise, check_noise
from sgdlab.dynamics.integrators import EulerMaruyama, GaussianStep, Integrator
from sgdlab.dynamics.ornstein_uhlenbeck import overdamped_transition
from sgdlab.dynamics.trajectory import observation_steps, observed
from sgdlab.laws import quantities
from sgdlab.problems.landscape import Landscape
from sgdlab.problems.quadratic import Quadratic
from sgdlab.runs.checkpoint import Checkpoint

Observation = TypeVar("Observation")

SCHEMES = ("euler-maruyama", "exact")


def langevin(
    landscape: Landscape,
    start: torch.Tensor,
    *,
    learning_rate: float,
    batch_size: float,
    noise: str,
    steps: int,
    time_step: float | None = None,
    seed: int,
    observe: Callable[[torch.Tensor], Observation],
    observe_at: Iterable[int],
    scheme: str = "euler-maruyama",
    allow_divergence: bool = False,
    checkpoint: Checkpoint | None = None,
) -> list[Observation]:
    """Run d theta = -grad L dt + sqrt(eta Sigma(theta)) dW (Itô) and return what was observed on the way.

    Mori et al. (2022), eq. (4), for R independent replicas; with the loss-proportional noise eq. (12). One step of SGD
    takes the time eta. The same arguments give the same result whatever the number of threads. A progress bar shows
    after two seconds; TQDM_DISABLE in the environment keeps it away.

    A replica that diverges becomes infinite or NaN and leaves the others as they are; a RuntimeWarning at the end says
    which ones have, and at which observation the first was seen.

    Args:
        landscape: L, with its minimum and the eigenvalues of the Hessian there.
        start: (R, d), left unchanged; its dtype and device are those of the run.
        learning_rate: eta > 0.
        batch_size: B >= 1.
        noise: the model of Sigma(theta), `"frozen"`, `"loss-proportional"` or `"gaussian-inputs"`: see
            `sgdlab.dynamics.gradient_noise.GradientNoise`.
        steps: number of time steps, at least 0.
        time_step: dt > 0; eta where it is not given.
        seed: of the noise, a whole number.
        observe: called with a copy of the states (R, d).
        observe_at: after how many time steps, each from 0 (the start) to `steps`; without order.
        scheme: `"euler-maruyama"`, of weak order 1; or `"exact"`, which has the law of the equation at any time step,
            for frozen noise on a quadratic landscape.
        allow_divergence: run Euler-Maruyama on a quadratic landscape also where its mean diverges, dt >= 2 / h_max.
        checkpoint: where the run keeps its state; interrupted, it is taken up from there.

    Returns:
        The observations, in the order of their steps.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    dt = learning_rate if time_step is None else time_step
    check_arguments(learning_rate, batch_size, noise, dt, scheme)
    check_start("start", start, landscape.dimension)
    times = observation_steps(observe_at, steps)

    integrators: list[Integrator] = []
    if scheme == "exact":
        quadratic = require_quadratic(landscape, noise)
        law = overdamped_transition(quadratic, learning_rate=learning_rate, batch_size=batch_size, time=dt)
        integrators += [GaussianStep(law, states, generator) for states, generator in blocks([start], seed)]
    else:
        if isinstance(landscape, Quadratic) and not allow_divergence:
            check_limit(dt, 2 / float(landscape.curvatures.max()) if landscape.curvatures.any() else float("inf"))
        moved = landscape.to(start)
        for (theta,), generator in blocks([start], seed):
            xi = GradientNoise(moved, noise, batch_size, len(theta), generator)
            integrators.append(EulerMaruyama(moved, xi, theta, learning_rate=learning_rate, time_step=dt))
    with one_thread():
        return observed(
            LangevinEnsemble(integrators),
            steps,
            times,
            observe,
            name="Langevin",
            checkpoint=checkpoint,
            arguments={
                "landscape": landscape,
                "start": start,
                "learning_rate": learning_rate,
                "batch_size": batch_size,
                "noise": noise,
                "time_step": dt,
                "seed": seed,
                "scheme": scheme,
            },
        )


def check_arguments(learning_rate: float, batch_size: float, noise: str, time_step: float, scheme: str) -> None:
    """Raise ValueError unless each is in its range."""
    quantities.learning_rate.check(learning_rate)
    quantities.batch_size.check(batch_size)
    check_noise(noise)
    if not 0 < time_step < float("inf"):
        raise ValueError(f"time_step must be a finite number > 0, got {time_step}")
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}, got {scheme!r}")


def check_limit(time_step: float, limit: float) -> None:
    """Raise ValueError unless the time step is below that from which on the mean of Euler-Maruyama diverges."""
    if time_step >= limit:
        raise ValueError(
            f"time_step must be below {limit:.6g}, else the mean diverges (allow_divergence=True to see it), "
            f"got {time_step}"
        )


def require_quadratic(landscape: Landscape, noise: str) -> Quadratic:
    """The landscape, where its law is Gaussian; else raise ValueError."""
    if not isinstance(landscape, Quadratic):
        raise ValueError(f"scheme exact needs a Quadratic landscape, got {type(landscape).__name__}")
    if noise != "frozen":
        raise ValueError(f"scheme exact needs noise frozen, got {noise!r}")
    return landscape
