"""Linear-regression SGD on the CPU: blocks of replicas, run by the compiled kernel in as many threads as PyTorch's."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm.auto import tqdm

from sgdlab.dynamics import linear_regression_kernels as kernels
from sgdlab.dynamics.linear_regression_eigenbasis import Recursion, RotatedRegression
from sgdlab.dynamics.row_arithmetic import LANES

_SAMPLING = {
    "with-replacement": kernels.WITH_REPLACEMENT,
    "without-replacement": kernels.WITHOUT_REPLACEMENT,
    "reshuffled": kernels.RESHUFFLED,
}

# A block is some tenths of a second of work: then the progress bar moves and an interrupt is heard.
_FLOPS = 1e9


def run(
    rotated: RotatedRegression,
    u: torch.Tensor,
    recursion: Recursion,
    *,
    losses: torch.Tensor | None = None,
    record_every: int = 1,
    barrier: float = np.inf,
    passage: torch.Tensor | None = None,
) -> None:
    """Move the states u (R, d); write excess losses (K, R), or the steps (R,) at which they reach `barrier`."""
    replicas, d = u.shape
    dtype = u.numpy().dtype
    states = _padded(u)
    inputs, residuals = _padded(rotated.inputs.to(u.dtype)), rotated.residuals.to(u.dtype).numpy()
    curvatures, minimum = (_padded(row[None].to(u.dtype)) for row in (rotated.curvatures, rotated.minimum))
    rates = np.array(
        [recursion.learning_rate, recursion.momentum, recursion.weight_decay, 1 / recursion.batch_size], dtype
    )
    sampling, online = _SAMPLING[recursion.sampling], np.empty(0)
    if rotated.online is not None:
        sampling = kernels.ONLINE
        deviations = rotated.curvatures.sqrt().numpy(), np.sqrt([rotated.online.noise_variance])
        online = np.concatenate([*deviations, [rotated.online.kurtosis or 0]])

    excess = np.empty((0, 0), dtype) if losses is None else losses.numpy()

    threads = torch.get_num_threads()
    work = max(1, recursion.steps) * 4 * recursion.batch_size * d
    size = max(1, min(int(_FLOPS / work), -(-replicas // threads)))

    def run_block(first: int) -> None:
        block = slice(first, min(first + size, replicas))
        count = block.stop - first
        if sampling == kernels.ONLINE:
            samples = np.zeros((recursion.batch_size, states.shape[1]), dtype), np.empty(recursion.batch_size, dtype)
        else:
            samples = inputs, residuals
        kernels.sgd(
            states[block],
            np.uint64(recursion.seed),
            first,
            *samples,
            online,
            sampling,
            recursion.batch_size,
            curvatures,
            minimum,
            rates,
            recursion.steps,
            recursion.steps + 1 if losses is None else record_every,
            excess,
            barrier,
            np.zeros(count, np.int64) if passage is None else passage.numpy()[block],
        )

    pool = ThreadPoolExecutor(threads)
    try:
        blocks = range(0, replicas, size)
        done = pool.map(run_block, blocks)
        # tqdm itself reads TQDM_DISABLE, but not in its notebook form.
        for _ in tqdm(done, total=len(blocks), desc="SGD", unit="block", delay=2, disable="TQDM_DISABLE" in os.environ):
            pass
    finally:
        pool.shutdown(cancel_futures=True)
    u.copy_(torch.from_numpy(states[:, :d]))


def _padded(rows: torch.Tensor) -> NDArray[Any]:
    """A copy whose number of columns is a multiple of what the kernel takes at once, with zeros."""
    return torch.nn.functional.pad(rows, (0, -rows.shape[1] % LANES)).numpy()
