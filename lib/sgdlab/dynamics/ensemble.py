"""Langevin ensembles in blocks of replicas: each block has its integrator and generator, all advance together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from sgdlab.dynamics.integrators import Integrator

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


class LangevinEnsemble:
    """All blocks of replicas, each with its integrator."""

    def __init__(self, integrators: Sequence[Integrator]) -> None:
        self._integrators = integrators

    def step(self) -> None:
        """Move all replicas on by one time step."""
        for integrator in self._integrators:
            integrator.step()

    def states(self) -> list[torch.Tensor]:
        """Copies of the states of all replicas, each (R, d)."""
        kinds = zip(*(integrator.states for integrator in self._integrators), strict=True)
        return [torch.cat(list(parts)).contiguous() for parts in kinds]

    def state_dict(self) -> dict[str, Any]:
        """States and generators, block by block."""
        return {
            "states": [integrator.states for integrator in self._integrators],
            "generators": [integrator.generator.get_state() for integrator in self._integrators],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to where another ensemble of the same arguments was."""
        for integrator, states, generator in zip(self._integrators, state["states"], state["generators"], strict=True):
            for mine, other in zip(integrator.states, states, strict=True):
                mine.copy_(other)
            integrator.generator.set_state(generator)


@contextmanager
def one_thread() -> Iterator[None]:
    """Random numbers, most of the work, come from one thread anyway; more would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
