"""The way of an ensemble: it moves step by step, is observed after some of them, and can be interrupted."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

import torch

from sgdlab.dynamics.progress import progress_bar
from sgdlab.runs.checkpoint import Checkpoint, Resumable, resumable

Observation = TypeVar("Observation")

# Replicas that a warning names.
_NAMED = 5


class Ensemble(Resumable, Protocol):
    """Replicas on their way."""

    def step(self) -> None:
        """Move all replicas on by one step."""

    def states(self) -> list[torch.Tensor]:
        """Copies of their states, each (R, d): positions, and velocities where those are observed."""


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


def observed(
    ensemble: Ensemble,
    steps: int,
    observe_at: set[int],
    observe: Callable[..., Observation],
    *,
    name: str,
    checkpoint: Checkpoint | None,
    arguments: Mapping[str, Any],
) -> list[Observation]:
    """Move the ensemble on by so many steps and return what was observed on the way, in the order of the steps.

    A progress bar with this name shows after two seconds. Replicas that have left the finite numbers are reported by a
    RuntimeWarning at the end.

    Args:
        ensemble: at its start.
        steps: how many.
        observe_at: after how many steps, from `observation_steps`.
        observe: called with the copies of the states.
        name: of the progress bar.
        checkpoint: where the run is kept, or None.
        arguments: all that decides the result, but for those named here.
    """
    trajectory = _Trajectory(ensemble, observe_at, observe)
    known = {"dynamics": name, "steps": steps, "observe_at": sorted(observe_at), "observe": observe}
    with resumable(checkpoint, {**arguments, **known}, trajectory) as after_step:
        trajectory.begin()
        with progress_bar(name, steps, initial=trajectory.steps_taken) as bar:
            while trajectory.steps_taken < steps:
                trajectory.step()
                bar.update()
                after_step()
    trajectory.report_divergence()
    return trajectory.observations


class _Trajectory:
    """How far an ensemble has come, and what was seen on the way."""

    def __init__(self, ensemble: Ensemble, observe_at: set[int], observe: Callable[..., Any]) -> None:
        self._ensemble, self._observe_at, self._observe = ensemble, observe_at, observe
        self.steps_taken = 0
        self.observations: list[Any] = []
        # Numbers of the replicas beyond the finite numbers, and after how many steps the first of them was seen there.
        self._diverged: list[int] = []
        self._seen_after = 0

    def begin(self) -> None:
        """Observe the start, unless that was done before an interruption."""
        if not self.observations:
            self._observe_states()

    def step(self) -> None:
        """Move on by one step, and observe if it is time to."""
        self._ensemble.step()
        self.steps_taken += 1
        self._observe_states()

    def state_dict(self) -> dict[str, Any]:
        """Where the replicas are, and what was seen on the way."""
        return {
            "ensemble": self._ensemble.state_dict(),
            "steps_taken": self.steps_taken,
            "observations": self.observations,
            "diverged": (self._diverged, self._seen_after),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to where another trajectory was."""
        self._ensemble.load_state_dict(state["ensemble"])
        self.steps_taken = state["steps_taken"]
        self.observations = state["observations"]
        self._diverged, self._seen_after = state["diverged"]

    def report_divergence(self) -> None:
        """Warn if replicas have left the finite numbers."""
        self._look(self._ensemble.states())
        if self._diverged:
            named = ", ".join(str(number) for number in self._diverged[:_NAMED])
            warnings.warn(
                f"{len(self._diverged)} of {len(self._ensemble.states()[0])} replicas have left the finite numbers: "
                f"{named}{', ...' if len(self._diverged) > _NAMED else ''}; first seen after {self._seen_after} steps",
                RuntimeWarning,
                stacklevel=4,
            )

    def _observe_states(self) -> None:
        if self.steps_taken in self._observe_at:
            states = self._ensemble.states()
            self._look(states)
            self.observations.append(self._observe(*states))

    def _look(self, states: list[torch.Tensor]) -> None:
        """Note the replicas that are not finite. Sums tell at little cost that there is none."""
        if all(bool(kind.sum().isfinite()) for kind in states):
            return
        finite = torch.stack([kind.isfinite().all(1) for kind in states]).all(0)
        if not self._diverged:
            self._seen_after = self.steps_taken
        self._diverged = (~finite).nonzero()[:, 0].tolist()
