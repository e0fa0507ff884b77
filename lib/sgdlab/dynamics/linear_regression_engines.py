"""Which engine runs linear-regression SGD, and whether its arguments are in their ranges."""

from collections.abc import Callable

import torch

from sgdlab.dynamics import linear_regression_batched, linear_regression_compiled
from sgdlab.dynamics.batches import check_batch_size
from sgdlab.dynamics.linear_regression_eigenbasis import Recursion, RotatedRegression, in_eigenbasis
from sgdlab.dynamics.stability import check_learning_rate
from sgdlab.laws import quantities
from sgdlab.problems import GaussianInputs, LinearRegression

_ENGINES: dict[str, Callable[..., None]] = {
    "compiled": linear_regression_compiled.run,
    "batched": linear_regression_batched.run,
}


def prepare(
    problem: LinearRegression | GaussianInputs,
    start: torch.Tensor,
    recursion: Recursion,
    allow_divergence: bool,
    engine: str | None,
) -> tuple[str, Callable[..., None], RotatedRegression]:
    """The engine, by name and as a function, and the problem in its eigenbasis.

    Raises:
        ValueError: an argument outside its range, as `regression_sgd` says.
    """
    quantities.learning_rate.check(recursion.learning_rate)
    quantities.momentum.check(recursion.momentum)
    quantities.weight_decay.check(recursion.weight_decay)
    if start.ndim != 2 or len(start) == 0 or start.shape[1] != problem.dimension:
        raise ValueError(f"start must have shape (R, {problem.dimension}), R at least 1, got {tuple(start.shape)}")
    if start.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"start must be float32 or float64, got {start.dtype}")
    if recursion.steps < 0:
        raise ValueError(f"steps must be at least 0, got {recursion.steps}")
    if not 0 <= recursion.seed < 2**63:
        raise ValueError(f"seed must be from 0 to 2^63 - 1, got {recursion.seed}")
    if isinstance(problem, GaussianInputs):
        if recursion.sampling != "with-replacement":
            raise ValueError(f"sampling must be with-replacement for online data, got {recursion.sampling!r}")
        check_batch_size(recursion.batch_size, recursion.batch_size, recursion.sampling)
    else:
        check_batch_size(recursion.batch_size, problem.n_samples, recursion.sampling)
    default = "compiled" if start.device.type == "cpu" else "batched"
    engine = default if engine is None else engine
    if engine not in _ENGINES or (engine == "compiled" and default == "batched"):
        raise ValueError(f"engine must be batched or, on the CPU, compiled, got {engine!r} on {start.device.type}")
    rotated = in_eigenbasis(problem, start.device)
    if not allow_divergence:
        check_learning_rate(
            recursion.learning_rate,
            float(rotated.curvatures.max()),
            momentum=recursion.momentum,
            weight_decay=recursion.weight_decay,
        )
    return engine, _ENGINES[engine], rotated
