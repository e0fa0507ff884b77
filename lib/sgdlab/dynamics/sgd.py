"""Stochastic gradient descent of many replicas at once."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import torch

from sgdlab.dynamics.batches import BatchStream, batches
from sgdlab.dynamics.ensemble import check_start
from sgdlab.dynamics.stability import check_learning_rate
from sgdlab.dynamics.trajectory import observation_steps, observed
from sgdlab.laws import quantities
from sgdlab.problems import LinearRegression, Problem
from sgdlab.runs.checkpoint import Checkpoint

Observation = TypeVar("Observation")


def sgd(
    problem: Problem,
    start: torch.Tensor,
    *,
    learning_rate: float,
    batch_size: int,
    steps: int,
    sampling: str = "reshuffled",
    seed: int,
    observe: Callable[[torch.Tensor], Observation],
    observe_at: Iterable[int],
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    allow_divergence: bool = False,
    checkpoint: Checkpoint | None = None,
) -> list[Observation]:
    """Run R replicas of SGD with independent batches and return what was observed on the way.

    v' = momentum v + g + weight_decay theta, theta' = theta - learning_rate v', v = 0 at the start; g is the gradient
    of a batch. Mori et al. (2022), eq. (2), is momentum = weight_decay = 0. States are not kept, for P may be in the
    millions: `observe` takes from them what is wanted. The same arguments give the same batches whatever the number of
    threads, the dtype and the device. A progress bar shows after two seconds; TQDM_DISABLE in the environment keeps it
    away.

    A replica that diverges becomes infinite or NaN and leaves the others as they are; a RuntimeWarning at the end says
    which ones have, and at which observation the first was seen.

    Args:
        problem: what is trained.
        start: (R, P), left unchanged; its dtype and device are those of the run.
        learning_rate: eta > 0.
        batch_size: B; at most N without replacement, a divisor of N when reshuffled.
        steps: number of steps, at least 0.
        sampling: as in `sgdlab.dynamics.batches`.
        seed: of the batches.
        observe: called with a copy of the states (R, P).
        observe_at: after how many steps, each from 0 (the start) to `steps`; without order.
        momentum: from 0 to below 1 (heavy ball).
        weight_decay: at least 0.
        allow_divergence: run linear regression also where the mean of theta diverges.
        checkpoint: where the run keeps its state; interrupted, it is taken up from there.

    Returns:
        The observations, in the order of their steps.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    quantities.learning_rate.check(learning_rate)
    quantities.momentum.check(momentum)
    quantities.weight_decay.check(weight_decay)
    check_start("start", start, problem.dimension)
    times = observation_steps(observe_at, steps)
    stream = batches(problem.n_samples, batch_size, steps=steps, sampling=sampling, seed=seed, replicas=len(start))
    if isinstance(problem, LinearRegression) and not allow_divergence:
        curvatures, _ = LinearRegression(problem.inputs.double(), problem.targets.double()).eigenbasis()
        check_learning_rate(learning_rate, float(curvatures[0]), momentum=momentum, weight_decay=weight_decay)
    return observed(
        _Descent(problem, start, stream, learning_rate, momentum, weight_decay),
        steps,
        times,
        observe,
        name="SGD",
        checkpoint=checkpoint,
        arguments={
            "problem": problem,
            "start": start,
            "learning_rate": learning_rate,
            "batch_size": batch_size,
            "sampling": sampling,
            "seed": seed,
            "momentum": momentum,
            "weight_decay": weight_decay,
        },
    )


class _Descent:
    """Replicas (R, P), their velocities and their batches to come."""

    def __init__(
        self,
        problem: Problem,
        start: torch.Tensor,
        stream: BatchStream,
        learning_rate: float,
        momentum: float,
        weight_decay: float,
    ) -> None:
        self._problem, self._batches = problem, stream
        self._gradients = torch.func.vmap(problem.gradient)
        self._learning_rate, self._momentum, self._weight_decay = learning_rate, momentum, weight_decay
        self._theta = start.clone()
        # Without momentum a step needs no velocity.
        self._velocity = torch.zeros_like(self._theta) if momentum > 0 else None

    def step(self) -> None:
        """Move all replicas on by one step."""
        samples = next(self._batches).to(self._theta.device)
        if len(self._theta) == 1:
            update = self._gradient_of_one(self._theta[0], samples[0])[None]
        else:
            update = self._gradients(self._theta, samples)
        if self._weight_decay > 0:
            update = update.add(self._theta, alpha=self._weight_decay)
        if self._velocity is not None:
            update = self._velocity.mul_(self._momentum).add_(update)
        self._theta.sub_(update, alpha=self._learning_rate)

    def _gradient_of_one(self, theta: torch.Tensor, samples: torch.Tensor) -> torch.Tensor:
        """As `problem.gradient`, (P,): a transform costs a small network half as much time again."""
        variable = theta.detach().requires_grad_()
        with torch.enable_grad():
            loss = self._problem.loss(variable, samples)
        return torch.autograd.grad(loss, variable)[0]

    def states(self) -> list[torch.Tensor]:
        """A copy of the replicas."""
        return [self._theta.clone()]

    def state_dict(self) -> dict[str, Any]:
        """Replicas, velocities and the place in the stream of batches."""
        return {"theta": self._theta, "velocity": self._velocity, "batches": self._batches.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to where another descent of the same arguments was."""
        self._theta.copy_(state["theta"])
        if self._velocity is not None:
            self._velocity.copy_(state["velocity"])
        self._batches.load_state_dict(state["batches"])
