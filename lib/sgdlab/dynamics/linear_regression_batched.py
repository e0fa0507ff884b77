"""Linear-regression SGD on any device: all replicas of a block at once, in PyTorch."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from sgdlab.dynamics.batches import batches
from sgdlab.dynamics.linear_regression_eigenbasis import Recursion, RotatedRegression
from sgdlab.dynamics.progress import progress_bar
from sgdlab.runs.checkpoint import Resume

# What the samples of one step of one block may take.
_BYTES_ON_CPU = 64_000_000
_BYTES_ON_GPU = 4_000_000_000
# Steps whose samples are drawn at once; after them, replicas that have crossed are taken out, and the run may be saved.
_STEPS = 16


def run(
    rotated: RotatedRegression,
    u: torch.Tensor,
    recursion: Recursion,
    *,
    losses: torch.Tensor | None = None,
    record_every: int = 1,
    barrier: float = math.inf,
    passage: torch.Tensor | None = None,
    resume: Resume,
) -> None:
    """Move the states u (R, d); write excess losses (K, R), or the steps (R,) at which they reach `barrier`."""
    blocks = _Blocks(rotated, u, recursion, losses, record_every, barrier, passage)
    with resume(blocks) as after_steps:
        for number in range(blocks.number, blocks.n_blocks):
            if number > blocks.number:
                blocks.begin(number)
            with progress_bar(f"SGD, block {number + 1}", recursion.steps, initial=blocks.steps_taken) as bar:
                while blocks.waiting():
                    bar.update(blocks.advance())
                    after_steps()


class _Blocks:
    """Blocks of replicas, one after the other: those before the present one have come to their end."""

    def __init__(
        self,
        rotated: RotatedRegression,
        u: torch.Tensor,
        recursion: Recursion,
        losses: torch.Tensor | None,
        record_every: int,
        barrier: float,
        passage: torch.Tensor | None,
    ) -> None:
        self._rotated, self._u, self._recursion = rotated, u, recursion
        self._losses, self._record_every, self._passage, self._barrier = losses, record_every, passage, barrier
        memory = _BYTES_ON_CPU if u.device.type == "cpu" else _BYTES_ON_GPU
        self._size = max(1, memory // (recursion.batch_size * u.shape[1] * u.element_size()))
        self.n_blocks = -(-len(u) // self._size)
        self.begin(0)

    def begin(self, number: int) -> None:
        """Go to the start of a block."""
        self.number, self.steps_taken = number, 0
        self._place = slice(number * self._size, (number + 1) * self._size)
        seed = int(np.random.SeedSequence([self._recursion.seed, number]).generate_state(1, np.uint64)[0] >> 1)
        self._ensemble = _Ensemble(self._rotated, self._u[self._place], self._recursion, seed)

    def waiting(self) -> bool:
        """Whether the present block has steps before it."""
        return self.steps_taken < self._recursion.steps and len(self._ensemble.replicas) > 0

    def advance(self) -> int:
        """Move the present block on until samples are to be drawn again; return by how many steps."""
        ensemble = self._ensemble
        steps = range(self.steps_taken + 1, min(self.steps_taken + _STEPS, self._recursion.steps) + 1)
        passages = torch.zeros_like(ensemble.replicas)
        for step in steps:
            ensemble.step()
            if self._losses is not None and step % self._record_every == 0:
                self._losses[step // self._record_every - 1, self._place] = ensemble.excess()
            if self._passage is not None:
                # Not "excess >= barrier": NaN, where a step overflows, has crossed as well. The first passage stays.
                crossed = ~(ensemble.excess() < self._barrier)
                passages = torch.where(crossed & (passages == 0), step, passages)
        if self._passage is not None:
            self._passage[self._place][ensemble.replicas] = passages
            ensemble.keep((passages == 0).nonzero()[:, 0])
        self.steps_taken += len(steps)
        return len(steps)

    def state_dict(self) -> dict[str, Any]:
        """All replicas, those of the present block as they are on their way, and what was recorded."""
        return {
            "number": self.number,
            "steps_taken": self.steps_taken,
            "ensemble": self._ensemble.state_dict(),
            "tensors": [self._u, self._losses, self._passage],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to where another run of the same arguments was."""
        for mine, other in zip([self._u, self._losses, self._passage], state["tensors"], strict=True):
            if mine is not None:
                mine.copy_(other)
        self.begin(state["number"])
        self.steps_taken = state["steps_taken"]
        self._ensemble.load_state_dict(state["ensemble"])


class _Ensemble:
    """A block of replicas on their way, of which those not wanted any more can be taken out."""

    def __init__(self, rotated: RotatedRegression, u: torch.Tensor, recursion: Recursion, seed: int) -> None:
        self._rotated, self._recursion = rotated, recursion
        self._u, self._velocity = u, torch.zeros_like(u)
        self._half_curvatures, self._minimum = rotated.curvatures.to(u) / 2, rotated.minimum.to(u)
        self._inputs, self._residuals = rotated.inputs.to(u), rotated.residuals.to(u)
        self._generator = torch.Generator(u.device).manual_seed(seed)
        self._stream = None
        if recursion.sampling != "with-replacement":
            n, size, steps = len(self._inputs), recursion.batch_size, recursion.steps
            self._stream = batches(n, size, steps=steps, sampling=recursion.sampling, seed=seed, replicas=len(u))
        self._numbers = self._sample_numbers()
        self._gathered = u.new_empty(len(u) * recursion.batch_size, u.shape[1])
        self.replicas = torch.arange(len(u), device=u.device)

    def step(self) -> None:
        """Move every replica by one step."""
        parameters = self._recursion
        inputs, residuals = self._draw()
        errors = torch.linalg.vecdot(inputs, self._u[:, None, :]).sub_(residuals)
        share = 1 / parameters.batch_size
        if parameters.momentum == 0 and parameters.weight_decay == 0:
            _add_products(self._u, errors, inputs, -parameters.learning_rate * share)
            return
        self._velocity.mul_(parameters.momentum).add_(self._u + self._minimum, alpha=parameters.weight_decay)
        _add_products(self._velocity, errors, inputs, share)
        self._u.sub_(self._velocity, alpha=parameters.learning_rate)

    def excess(self) -> torch.Tensor:
        """Full loss of every replica above its minimum."""
        return self._u.square() @ self._half_curvatures

    def keep(self, places: torch.Tensor) -> None:
        """Take out all replicas but those at these places."""
        self._u, self._velocity, self.replicas = self._u[places], self._velocity[places], self.replicas[places]

    def state_dict(self) -> dict[str, Any]:
        """The replicas that are left, and where their random numbers are, at a step at which samples are drawn."""
        return {
            "replicas": self.replicas,
            "u": self._u,
            "velocity": self._velocity,
            "generator": self._generator.get_state(),
            "stream": None if self._stream is None else self._stream.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go from the start to where another ensemble of the same block was."""
        if len(state["replicas"]) < len(self.replicas):
            self.keep(state["replicas"])
        self._u.copy_(state["u"])
        self._velocity.copy_(state["velocity"])
        self._generator.set_state(state["generator"])
        if self._stream is not None:
            self._stream.load_state_dict(state["stream"])

    def _draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs (R, B, d) and residuals (R, B) of the next batches."""
        shape = (len(self._u), self._recursion.batch_size)
        if self._rotated.online is not None:
            inputs, residuals = self._rotated.online.draw(math.prod(shape), self._generator, self._u.dtype)
        else:
            numbers = next(self._numbers).flatten()
            inputs = torch.index_select(self._inputs, 0, numbers, out=self._gathered[: len(numbers)])
            residuals = torch.index_select(self._residuals, 0, numbers)
        return inputs.view(*shape, -1), residuals.view(shape)

    def _sample_numbers(self) -> Iterator[torch.Tensor]:
        """Sample numbers (R, B) of the replicas that are left."""
        if self._stream is not None:
            for numbers in self._stream:
                yield numbers.to(self._u.device)[self.replicas]
        while True:
            shape = (_STEPS, len(self._u), self._recursion.batch_size)
            yield from torch.randint(len(self._inputs), shape, generator=self._generator, device=self._u.device)


def _add_products(rows: torch.Tensor, weights: torch.Tensor, inputs: torch.Tensor, factor: float) -> None:
    """rows (R, d) += factor * sum_b weights_b inputs_b, for weights (R, B) and inputs (R, B, d)."""
    if weights.shape[1] == 1:
        # A product of matrices is slow for a single row.
        rows.addcmul_(weights, inputs[:, 0], value=factor)
    else:
        rows[:, None, :].baddbmm_(weights[:, None, :], inputs, alpha=factor)
