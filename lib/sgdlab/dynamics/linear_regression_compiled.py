"""Linear-regression SGD on the CPU: blocks of replicas, run by the compiled kernel in as many threads as PyTorch's."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import lane_arithmetic
from sgdlab.dynamics import linear_regression_kernels as kernels
from sgdlab.dynamics import linear_regression_lanes as lanes
from sgdlab.dynamics.linear_regression_eigenbasis import Recursion, RotatedRegression
from sgdlab.dynamics.progress import progress_bar
from sgdlab.dynamics.row_arithmetic import LANES
from sgdlab.runs.checkpoint import Resume

_SAMPLING = {
    "with-replacement": kernels.WITH_REPLACEMENT,
    "without-replacement": kernels.WITHOUT_REPLACEMENT,
    "reshuffled": kernels.RESHUFFLED,
}

# A block is some tenths of a second of work, or one replica: then the progress bar moves, an interrupt is heard and the
# run may be saved.
_FLOPS = 1e9

# Numbers in a batch above which replicas are faster in turns than side by side, where a block of their batches fills
# the first cache.
_BATCH_SIDE_BY_SIDE = 256


def run(
    rotated: RotatedRegression,
    u: torch.Tensor,
    recursion: Recursion,
    *,
    losses: torch.Tensor | None = None,
    record_every: int = 1,
    barrier: float = np.inf,
    passage: torch.Tensor | None = None,
    resume: Resume,
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

    side_by_side = (
        sampling == kernels.WITH_REPLACEMENT
        and recursion.momentum == recursion.weight_decay == 0
        and recursion.batch_size * states.shape[1] <= _BATCH_SIDE_BY_SIDE
        and replicas >= lane_arithmetic.LANES
    )
    threads = torch.get_num_threads()
    work = max(1, recursion.steps) * 4 * recursion.batch_size * d
    size = max(lane_arithmetic.LANES if side_by_side else 1, min(int(_FLOPS / work), -(-replicas // threads)))
    finished = _Finished(states, losses, passage)

    def run_block(block: slice) -> None:
        if sampling == kernels.ONLINE:
            samples = np.zeros((recursion.batch_size, states.shape[1]), dtype), np.empty(recursion.batch_size, dtype)
        else:
            samples = inputs, residuals
        every = recursion.steps + 1 if losses is None else record_every
        passed = np.zeros(block.stop - block.start, np.int64) if passage is None else passage.numpy()[block]
        end = recursion.steps, every, excess, barrier, passed
        begin = states[block], np.uint64(recursion.seed), block.start, *samples
        if side_by_side:
            rate = dtype.type(recursion.learning_rate / recursion.batch_size)
            lanes.sgd(*begin, d, recursion.batch_size, curvatures, rate, *end)
        else:
            kernels.sgd(*begin, online, sampling, recursion.batch_size, curvatures, minimum, rates, *end)
        finished.replicas[block] = True

    with resume(finished) as after_block:
        blocks = finished.waiting(size)
        pool = ThreadPoolExecutor(threads)
        try:
            done = pool.map(run_block, blocks)
            with progress_bar("SGD", len(blocks), unit="block") as bar:
                for _ in done:
                    bar.update()
                    after_block()
        finally:
            pool.shutdown(cancel_futures=True)
    u.copy_(torch.from_numpy(states[:, :d]))


class _Finished:
    """Replicas that have come to their end; what a replica does depends on no other one."""

    def __init__(self, states: NDArray[Any], losses: torch.Tensor | None, passage: torch.Tensor | None) -> None:
        self._states, self._losses, self._passage = torch.from_numpy(states), losses, passage
        self.replicas = np.zeros(len(states), bool)

    def waiting(self, size: int) -> list[slice]:
        """Blocks of up to `size` neighbouring replicas that make all those that are left."""
        edges = np.flatnonzero(np.diff(self.replicas, prepend=True, append=True))
        gaps = edges.reshape(-1, 2).tolist()
        return [slice(first, min(first + size, stop)) for start, stop in gaps for first in range(start, stop, size)]

    def state_dict(self) -> dict[str, Any]:
        """Which replicas have finished, taken first: others may still be on their way; and all results."""
        finished = torch.from_numpy(self.replicas.copy())
        return {"finished": finished, "states": self._states, "losses": self._losses, "passage": self._passage}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the results of the replicas that have finished."""
        finished = state["finished"]
        self.replicas[:] = finished.numpy()
        self._states[finished] = state["states"][finished]
        if self._losses is not None:
            self._losses[:, finished] = state["losses"][:, finished]
        if self._passage is not None:
            self._passage[finished] = state["passage"][finished]


def _padded(rows: torch.Tensor) -> NDArray[Any]:
    """A copy whose number of columns is a multiple of what the kernel takes at once, with zeros."""
    return torch.nn.functional.pad(rows, (0, -rows.shape[1] % LANES)).numpy()
