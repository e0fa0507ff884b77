"""Minibatches: the numbers of the samples that each replica sees at each step."""

from collections.abc import Iterator
from typing import Any

import torch

SAMPLINGS = ("with-replacement", "without-replacement", "reshuffled")

# Keys and their order are drawn for as many replicas at once as this allows.
_BYTES = 200_000_000


def batches(
    n_samples: int,
    batch_size: int,
    *,
    steps: int,
    sampling: str,
    seed: int,
    replicas: int = 1,
) -> "BatchStream":
    """Yield for each step the sample numbers (R, B) of every replica's batch, int64, on the CPU.

    Replicas and steps are independent, but for the steps of one reshuffled epoch. One generator, seeded here, draws
    everything: the stream depends on the arguments alone, not on the number of threads.

    Args:
        n_samples: N.
        batch_size: B; at most N without replacement, a divisor of N when reshuffled.
        steps: number of batches of each replica, at least 0.
        sampling: `"with-replacement"`: B independent samples; `"without-replacement"`: B different samples;
            `"reshuffled"`: each N/B batches of a replica cut one random permutation of all samples (an epoch).
        seed: of the generator.
        replicas: R.

    Raises:
        ValueError: an argument outside its range.
    """
    if n_samples < 1:
        raise ValueError(f"n_samples must be at least 1, got {n_samples}")
    if replicas < 1:
        raise ValueError(f"replicas must be at least 1, got {replicas}")
    if steps < 0:
        raise ValueError(f"steps must be at least 0, got {steps}")
    check_batch_size(batch_size, n_samples, sampling)
    return BatchStream(n_samples, batch_size, steps, sampling, seed, replicas)


def check_batch_size(batch_size: int, n_samples: int, sampling: str) -> None:
    """Raise ValueError unless `sampling` is known and batches of this size can be drawn from N samples."""
    if sampling not in SAMPLINGS:
        raise ValueError(f"sampling must be one of {', '.join(SAMPLINGS)}, got {sampling!r}")
    if batch_size < 1 or batch_size != int(batch_size):
        raise ValueError(f"batch_size must be a whole number >= 1, got {batch_size}")
    if sampling != "with-replacement" and batch_size > n_samples:
        raise ValueError(f"batch_size must be at most the {n_samples} samples {sampling}, got {batch_size}")
    if sampling == "reshuffled" and n_samples % batch_size:
        raise ValueError(f"batch_size must divide the {n_samples} samples of a reshuffled epoch, got {batch_size}")


class BatchStream(Iterator[torch.Tensor]):
    """What `batches` returns: an iterator that can be taken up where another one was left."""

    def __init__(self, n_samples: int, batch_size: int, steps: int, sampling: str, seed: int, replicas: int) -> None:
        self._n_samples, self._batch_size, self._replicas = n_samples, batch_size, replicas
        self._steps, self._sampling = steps, sampling
        self._generator = torch.Generator().manual_seed(seed)
        self._step = 0

    def __next__(self) -> torch.Tensor:
        if self._step == self._steps:
            raise StopIteration
        if self._sampling == "with-replacement":
            shape = (self._replicas, self._batch_size)
            batch = torch.randint(self._n_samples, shape, generator=self._generator)
        elif self._sampling == "without-replacement":
            batch = self._permutations(self._batch_size)
        else:
            place = self._place()
            if place == 0:
                self._begin_epoch()
            batch = self._epoch[:, place : place + self._batch_size]
        self._step += 1
        return batch

    def state_dict(self) -> dict[str, Any]:
        """How many batches were drawn, and the generator's state: that at the beginning of the epoch within one."""
        generator = self._generator.get_state() if self._place() == 0 else self._before_epoch
        return {"step": self._step, "generator": generator}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state of a stream of the same arguments."""
        self._step = state["step"]
        self._generator.set_state(state["generator"])
        if self._place() > 0:
            self._begin_epoch()

    def _place(self) -> int:
        """Where in its epoch the next batch begins; 0 without epochs."""
        if self._sampling != "reshuffled":
            return 0
        return self._step % (self._n_samples // self._batch_size) * self._batch_size

    def _begin_epoch(self) -> None:
        self._before_epoch = self._generator.get_state()
        self._epoch = self._permutations(self._n_samples)

    def _permutations(self, length: int) -> torch.Tensor:
        """The first `length` members of a random permutation of the samples for each replica, (R, length)."""
        order = torch.empty(self._replicas, length, dtype=torch.int64)
        # Per key: itself, its sorted copy and its index. Two float64 keys of a row agree once in 1e8 rows of 1e4
        # samples.
        for rows in torch.split(order, max(1, _BYTES // (24 * self._n_samples))):
            keys = torch.rand(len(rows), self._n_samples, generator=self._generator, dtype=torch.float64)
            rows.copy_(keys.argsort(1)[:, :length])
        return order
