"""SGD on linear regression: many replicas, the exact full loss at every step, first passage of the loss.

Two engines sample the same process: compiled loops on the CPU, batched PyTorch on other devices.
"""

from dataclasses import asdict, dataclass
from functools import partial

import torch

from sgdlab.dynamics.linear_regression_eigenbasis import Recursion
from sgdlab.dynamics.linear_regression_engines import prepare
from sgdlab.laws import quantities
from sgdlab.problems import GaussianInputs, LinearRegression
from sgdlab.runs.checkpoint import Checkpoint, resumable


@dataclass(frozen=True, eq=False)
class RegressionRun:
    """What `regression_sgd` returns.

    Attributes:
        states: (R, d) final states.
        steps: (K,) after how many steps the losses were recorded, int64.
        losses: (K, R) full losses.
    """

    states: torch.Tensor
    steps: torch.Tensor
    losses: torch.Tensor

    @property
    def diverged(self) -> torch.Tensor:
        """(R,) whether a replica has left the finite numbers."""
        return ~self.states.isfinite().all(1)


@dataclass(frozen=True, eq=False)
class Passage:
    """What `first_passage` returns.

    Attributes:
        steps: (R,) steps until the loss first reached the threshold, int64; `max_steps` for a censored replica.
        censored: (R,) whether the loss stayed below the threshold for all `max_steps`.
    """

    steps: torch.Tensor
    censored: torch.Tensor


def regression_sgd(
    problem: LinearRegression | GaussianInputs,
    start: torch.Tensor,
    *,
    learning_rate: float,
    batch_size: int,
    steps: int,
    sampling: str = "with-replacement",
    seed: int,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    record_every: int = 1,
    allow_divergence: bool = False,
    engine: str | None = None,
    checkpoint: Checkpoint | None = None,
) -> RegressionRun:
    """Run R independent replicas of SGD and record the full loss of each, exact, as they go.

    v' = momentum v + g + weight_decay theta, theta' = theta - learning_rate v', v = 0 at the start; g is the gradient
    of a batch. Mori et al. (2022), eq. (2), is momentum = weight_decay = 0. The loss is that of all samples, or the
    expected one of online data, without the penalty of weight decay. A replica that diverges becomes infinite or NaN
    and leaves the others as they are. The same seed gives the same result whatever the number of threads; the two
    engines draw different numbers.

    Args:
        problem: given data, or online data.
        start: (R, d), float32 or float64, left unchanged; its dtype and device are those of the run.
        learning_rate: eta > 0.
        batch_size: B; at most N without replacement, a divisor of N when reshuffled.
        steps: number of steps, at least 0.
        sampling: as in `sgdlab.dynamics.batches`; online data are sampled "with-replacement".
        seed: from 0 to 2^63 - 1.
        momentum: from 0 to below 1 (heavy ball).
        weight_decay: at least 0.
        record_every: k >= 1: losses are recorded after k, 2k, ... steps.
        allow_divergence: run also where the mean of theta diverges.
        engine: "compiled" (CPU only) or "batched"; None takes the faster one of the device.
        checkpoint: where the run keeps its state; interrupted, it is taken up from there. The compiled engine keeps the
            replicas that have come to their end: of one whose steps take longer than `every` all of them may be lost.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    if record_every < 1:
        raise ValueError(f"record_every must be at least 1, got {record_every}")
    recursion = Recursion(learning_rate, momentum, weight_decay, batch_size, sampling, steps, seed)
    engine, run, rotated = prepare(problem, start, recursion, allow_divergence, engine)
    u = rotated.rotate(start).to(start.dtype)
    losses = start.new_empty(steps // record_every, len(start))
    arguments = {
        "problem": problem,
        "start": start,
        "engine": engine,
        "record_every": record_every,
        **asdict(recursion),
    }
    resume = partial(resumable, checkpoint, arguments)
    run(rotated, u, recursion, losses=losses, record_every=record_every, resume=resume)
    losses += rotated.minimum_loss
    recorded = torch.arange(1, len(losses) + 1, device=start.device) * record_every
    return RegressionRun(rotated.rotate_back(u).to(start.dtype), recorded, losses)


def first_passage(
    problem: LinearRegression | GaussianInputs,
    start: torch.Tensor,
    *,
    threshold: float,
    learning_rate: float,
    batch_size: int,
    max_steps: int,
    sampling: str = "with-replacement",
    seed: int,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    allow_divergence: bool = False,
    engine: str | None = None,
    checkpoint: Checkpoint | None = None,
) -> Passage:
    """Run each of R independent replicas of SGD until its full loss reaches the threshold, tested at every step.

    A replica that diverges has crossed: its loss grows beyond every threshold. If one step takes it beyond the finite
    numbers, that is the step of its passage.

    Args:
        threshold: loss to be reached, above that of every start.
        max_steps: how many steps a replica has at most, at least 1.
        problem, start, learning_rate, batch_size, sampling, seed, momentum, weight_decay, allow_divergence, engine,
            checkpoint: as in `regression_sgd`.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    quantities.loss.check(threshold)
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least 1, got {max_steps}")
    recursion = Recursion(learning_rate, momentum, weight_decay, batch_size, sampling, max_steps, seed)
    engine, run, rotated = prepare(problem, start, recursion, allow_divergence, engine)
    u = rotated.rotate(start)
    highest = float((u.square() @ rotated.curvatures).max()) / 2 + rotated.minimum_loss
    # Not "highest >= threshold": NaN is no start either.
    if not highest < threshold:
        raise ValueError(f"threshold must be above the loss of every start, {highest:g}, got {threshold:g}")
    passage = torch.zeros(len(start), dtype=torch.int64, device=start.device)
    arguments = {"problem": problem, "start": start, "engine": engine, "threshold": threshold, **asdict(recursion)}
    barrier, resume = threshold - rotated.minimum_loss, partial(resumable, checkpoint, arguments)
    run(rotated, u.to(start.dtype), recursion, barrier=barrier, passage=passage, resume=resume)
    censored = passage == 0
    return Passage(passage.masked_fill(censored, max_steps), censored)
