"""Stochastic gradient descent of many replicas at once."""

import os
from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
from tqdm.auto import tqdm

from sgdlab.dynamics.batches import batches
from sgdlab.laws import quantities
from sgdlab.problems import Problem

Observation = TypeVar("Observation")


def sgd(
    problem: Problem,
    start: torch.Tensor,
    *,
    learning_rate: float,
    batch_size: int,
    steps: int,
    sampling: str = "reshuffled",
    seed: int,
    observe: Callable[[torch.Tensor], Observation],
    observe_at: Iterable[int],
) -> list[Observation]:
    """Run theta' = theta - learning_rate * gradient(theta, batch) and return what was observed on the way.

    Mori et al. (2022), eq. (2), for R replicas with independent batches. States are not kept, for P may be in the
    millions: `observe` takes from them what is wanted. A replica that diverges becomes infinite or NaN and leaves the
    others as they are. The same arguments give the same batches whatever the number of threads, the dtype and the
    device. A progress bar shows after two seconds; TQDM_DISABLE in the environment keeps it away.

    Args:
        problem: what is trained.
        start: (R, P), left unchanged; its dtype and device are those of the run.
        learning_rate: eta > 0.
        batch_size: B; at most N without replacement, a divisor of N when reshuffled.
        steps: number of steps, at least 0.
        sampling: as in `sgdlab.dynamics.batches`.
        seed: of the batches.
        observe: called with a copy of the states (R, P).
        observe_at: after how many steps, each from 0 (the start) to `steps`; without order.

    Returns:
        The observations, in the order of their steps.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    quantities.learning_rate.check(learning_rate)
    if start.ndim != 2 or len(start) == 0 or start.shape[1] != problem.dimension:
        raise ValueError(f"start must have shape (R, {problem.dimension}), R at least 1, got {tuple(start.shape)}")
    times = set(observe_at)
    if times and not 0 <= min(times) <= max(times) <= steps:
        raise ValueError(f"observe_at must be between 0 and the {steps} steps, got {min(times)} to {max(times)}")
    stream = batches(problem.n_samples, batch_size, steps=steps, sampling=sampling, seed=seed, replicas=len(start))

    theta = start.clone()
    observations = [observe(theta.clone())] if 0 in times else []
    gradients = torch.func.vmap(problem.gradient)
    # tqdm itself reads TQDM_DISABLE, but not in its notebook form.
    progress = tqdm(stream, total=steps, desc="SGD", unit="step", delay=2, disable="TQDM_DISABLE" in os.environ)
    for step, samples in enumerate(progress, start=1):
        samples = samples.to(theta.device)
        if len(theta) == 1:
            theta[0].sub_(problem.gradient(theta[0], samples[0]), alpha=learning_rate)
        else:
            theta.sub_(gradients(theta, samples), alpha=learning_rate)
        if step in times:
            observations.append(observe(theta.clone()))
    return observations
