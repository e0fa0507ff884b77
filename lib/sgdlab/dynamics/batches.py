"""Minibatches: the numbers of the samples that each replica sees at each step."""

from collections.abc import Iterator

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
) -> Iterator[torch.Tensor]:
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
    return _stream(n_samples, batch_size, steps, sampling, torch.Generator().manual_seed(seed), replicas)


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


def _stream(
    n_samples: int, batch_size: int, steps: int, sampling: str, generator: torch.Generator, replicas: int
) -> Iterator[torch.Tensor]:
    if sampling == "with-replacement":
        for _ in range(steps):
            yield torch.randint(n_samples, (replicas, batch_size), generator=generator)
    elif sampling == "without-replacement":
        for _ in range(steps):
            yield _permutations(n_samples, replicas, batch_size, generator)
    else:
        for step in range(steps):
            place = step % (n_samples // batch_size) * batch_size
            if place == 0:
                epoch = _permutations(n_samples, replicas, n_samples, generator)
            yield epoch[:, place : place + batch_size]


def _permutations(n_samples: int, replicas: int, length: int, generator: torch.Generator) -> torch.Tensor:
    """The first `length` members of a random permutation of the samples for each replica, (R, length)."""
    order = torch.empty(replicas, length, dtype=torch.int64)
    # Per key: itself, its sorted copy and its index. Two float64 keys of a row agree once in 1e8 rows of 1e4 samples.
    for rows in torch.split(order, max(1, _BYTES // (24 * n_samples))):
        keys = torch.rand(len(rows), n_samples, generator=generator, dtype=torch.float64)
        rows.copy_(keys.argsort(1)[:, :length])
    return order
