"""Linear-regression SGD on any device: all replicas of a block at once, in PyTorch."""

import math
import os
from collections.abc import Iterator

import numpy as np
import torch
from tqdm.auto import tqdm

from sgdlab.dynamics.batches import batches
from sgdlab.dynamics.linear_regression_eigenbasis import Recursion, RotatedRegression

# What the samples of one step of one block may take.
_BYTES_ON_CPU = 64_000_000
_BYTES_ON_GPU = 4_000_000_000
# Steps whose samples are drawn at once, and after which replicas that have crossed are taken out.
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
) -> None:
    """Move the states u (R, d); write excess losses (K, R), or the steps (R,) at which they reach `barrier`."""
    memory = _BYTES_ON_CPU if u.device.type == "cpu" else _BYTES_ON_GPU
    size = max(1, memory // (recursion.batch_size * u.shape[1] * u.element_size()))
    for number, first in enumerate(range(0, len(u), size)):
        block = slice(first, first + size)
        seed = int(np.random.SeedSequence([recursion.seed, number]).generate_state(1, np.uint64)[0] >> 1)
        ensemble = _Ensemble(rotated, u[block], recursion, seed)
        progress = tqdm(
            range(1, recursion.steps + 1),
            desc=f"SGD from replica {first}",
            delay=2,
            # tqdm itself reads TQDM_DISABLE, but not in its notebook form.
            disable="TQDM_DISABLE" in os.environ,
        )
        if losses is not None:
            for step in progress:
                ensemble.step()
                if step % record_every == 0:
                    losses[step // record_every - 1, block] = ensemble.excess()
        if passage is not None:
            passages = torch.zeros_like(ensemble.replicas)
            for step in progress:
                ensemble.step()
                # Not "excess >= barrier": NaN has crossed as well. A replica's first passage stays.
                crossed = ~(ensemble.excess() < barrier)
                passages = torch.where(crossed & (passages == 0), step, passages)
                if step % _STEPS == 0 or step == recursion.steps:
                    passage[block][ensemble.replicas] = passages
                    waiting = (passages == 0).nonzero()[:, 0]
                    if len(waiting) == 0:
                        break
                    ensemble.keep(waiting)
                    passages = passages[waiting]


class _Ensemble:
    """A block of replicas on their way, of which those not wanted any more can be taken out."""

    def __init__(self, rotated: RotatedRegression, u: torch.Tensor, recursion: Recursion, seed: int) -> None:
        self._rotated, self._recursion = rotated, recursion
        self._u, self._velocity = u, torch.zeros_like(u)
        self._half_curvatures, self._minimum = rotated.curvatures.to(u) / 2, rotated.minimum.to(u)
        self._inputs, self._residuals = rotated.inputs.to(u), rotated.residuals.to(u)
        self._generator = torch.Generator(u.device).manual_seed(seed)
        self._numbers = self._sample_numbers(seed)
        self._gathered = u.new_empty(len(u) * recursion.batch_size, u.shape[1])
        self.replicas = torch.arange(len(u), device=u.device)

    def step(self) -> None:
        """Move every replica by one step."""
        parameters = self._recursion
        inputs, residuals = self._draw()
        errors = torch.baddbmm(residuals, inputs, self._u[:, :, None], beta=-1)
        self._velocity[:, None, :].baddbmm_(
            errors.mT, inputs, beta=parameters.momentum, alpha=1 / parameters.batch_size
        )
        if parameters.weight_decay > 0:
            self._velocity.add_(self._u + self._minimum, alpha=parameters.weight_decay)
        self._u.sub_(self._velocity, alpha=parameters.learning_rate)

    def excess(self) -> torch.Tensor:
        """Full loss of every replica above its minimum."""
        return self._u.square() @ self._half_curvatures

    def keep(self, places: torch.Tensor) -> None:
        """Take out all replicas but those at these places."""
        self._u, self._velocity, self.replicas = self._u[places], self._velocity[places], self.replicas[places]

    def _draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs (R, B, d) and residuals (R, B, 1) of the next batches."""
        shape = (len(self._u), self._recursion.batch_size)
        if self._rotated.online is not None:
            inputs, residuals = self._rotated.online.draw(math.prod(shape), self._generator, self._u.dtype)
        else:
            numbers = next(self._numbers).flatten()
            inputs = torch.index_select(self._inputs, 0, numbers, out=self._gathered[: len(numbers)])
            residuals = self._residuals[numbers]
        return inputs.view(*shape, -1), residuals.view(*shape, 1)

    def _sample_numbers(self, seed: int) -> Iterator[torch.Tensor]:
        """Sample numbers (R, B) of the replicas that are left."""
        parameters, device = self._recursion, self._u.device
        n_samples = len(self._inputs)
        if parameters.sampling == "with-replacement":
            while True:
                shape = (_STEPS, len(self._u), parameters.batch_size)
                yield from torch.randint(n_samples, shape, generator=self._generator, device=device)
        stream = batches(
            n_samples,
            parameters.batch_size,
            steps=parameters.steps,
            sampling=parameters.sampling,
            seed=seed,
            replicas=len(self._u),
        )
        for numbers in stream:
            yield numbers.to(device)[self.replicas]
