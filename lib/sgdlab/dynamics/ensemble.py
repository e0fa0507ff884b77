"""An ensemble of replicas in blocks: each has its generator, all advance together, some states are observed."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
from tqdm.auto import tqdm

from sgdlab.dynamics.integrators import Integrator

Observation = TypeVar("Observation")

# A block has about so many numbers in each of its states. How replicas are divided is part of what a seed means.
_BLOCK = 100_000
# 2^32 over the golden ratio. A CPU generator uses 32 bits of its seed: multiples of this number lie as far apart there
# as any could, so that neighbouring seeds and their blocks do not meet.
_STRIDE = 2_654_435_769


def blocks(states: Sequence[torch.Tensor], seed: int) -> Iterator[tuple[list[torch.Tensor], torch.Generator]]:
    """Divide states, each (R, d), into blocks of replicas, each with its own generator on their device.

    The generator depends on the seed and on the number of the block alone.
    """
    size = max(1, _BLOCK // states[0].shape[1])
    parts = zip(*(state.split(size) for state in states), strict=True)
    for number, part in enumerate(parts):
        yield list(part), torch.Generator(states[0].device).manual_seed(seed + number * _STRIDE)


def check_start(name: str, states: torch.Tensor, dimension: int) -> None:
    """Raise ValueError unless the states are floating-point numbers of shape (R, d), R at least 1."""
    if states.ndim != 2 or len(states) == 0 or states.shape[1] != dimension:
        raise ValueError(f"{name} must have shape (R, {dimension}), R at least 1, got {tuple(states.shape)}")
    if not states.is_floating_point():
        raise ValueError(f"{name} must be floating-point numbers, got {states.dtype}")


def observation_steps(observe_at: Iterable[int], steps: int) -> set[int]:
    """The steps after which to observe.

    Raises:
        ValueError: the number of steps is negative, or a step to observe at is not from 0 to `steps`.
    """
    if steps < 0:
        raise ValueError(f"steps must be at least 0, got {steps}")
    times = set(observe_at)
    if times and not 0 <= min(times) <= max(times) <= steps:
        raise ValueError(f"observe_at must be between 0 and the {steps} steps, got {min(times)} to {max(times)}")
    return times


def run(
    integrators: Sequence[Integrator], steps: int, observe_at: set[int], observe: Callable[..., Observation]
) -> list[Observation]:
    """Advance all blocks step by step; `observe` gets copies of the states, each (R, d), after the steps named."""
    observations = [observe(*_states(integrators))] if 0 in observe_at else []
    # tqdm itself reads TQDM_DISABLE, but not in its notebook form.
    silent = "TQDM_DISABLE" in os.environ
    with _one_thread():
        for step in tqdm(range(1, steps + 1), desc="Langevin", unit="step", delay=2, disable=silent):
            for integrator in integrators:
                integrator.step()
            if step in observe_at:
                observations.append(observe(*_states(integrators)))
    return observations


@contextmanager
def _one_thread() -> Iterator[None]:
    """Random numbers, most of the work, come from one thread anyway; more would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _states(integrators: Sequence[Integrator]) -> list[torch.Tensor]:
    kinds = zip(*(integrator.states for integrator in integrators), strict=True)
    return [torch.cat(list(parts)).contiguous() for parts in kinds]
