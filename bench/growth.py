"""How the cost of linear-regression SGD grows with samples N, dimension d, batch B and replicas R, and its law.

On a CPU the cost is CPU time of one thread; on a GPU, time of the clock.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import nnls

from bench.timing import Effort, Way, in_turns
from sgdlab.dynamics import regression_sgd
from sgdlab.problems import LinearRegression, gaussian_design

LEARNING_RATE = 0.01
# Inputs that are larger than this do not stay in the last cache.
CACHE_BYTES = 20e6
TERMS = ("1/R", "1", "d", "B", "B d", "B d where the inputs exceed 20 MB")

Case = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sizes:
    """The sizes (N, d, B, R) that the law is fitted to and those that it is to predict, and the time spent on each."""

    fitted: tuple[Case, ...]
    unseen: tuple[Case, ...]
    seconds: float


CPU = Sizes(
    fitted=(
        *((10_000, d, B, R) for d in (10, 100) for B in (1, 10) for R in (10, 100, 1000, 10_000)),
        *((10_000, d, 100, R) for d in (10, 100) for R in (10, 100)),
        *((100_000, d, B, 1000) for d in (10, 100) for B in (1, 10)),
        (100_000, 100, 100, 100),
    ),
    unseen=((3000, 30, 3, 300), (30_000, 50, 20, 2000), (200_000, 40, 5, 5000)),
    seconds=0.2,
)
GPU = Sizes(
    fitted=(
        *((10_000, d, B, R) for d in (10, 100) for B in (1, 10) for R in (1000, 10_000, 100_000, 1_000_000)),
        *((1_000_000, 100, B, R) for B in (1, 10) for R in (1000, 100_000)),
    ),
    unseen=((30_000, 50, 5, 30_000), (300_000, 30, 20, 300_000)),
    seconds=0.2,
)


@dataclass(frozen=True, eq=False)
class Growth:
    """The cost of one engine.

    Attributes:
        engine: `"compiled"` or `"batched"`.
        cases: (C, 4) N, d, B and R.
        unseen: (C,) whether the fit left the case out.
        costs: (C, rounds) nanoseconds a replica-step.
        coefficients: (6,) of the terms, nanoseconds, none negative.
        predictions: (C,) nanoseconds a replica-step by the law.
    """

    engine: str
    cases: NDArray[np.int64]
    unseen: NDArray[np.bool_]
    costs: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    predictions: NDArray[np.float64]


def measure(engine: str, sizes: Sizes, effort: Effort, device: str) -> Growth:
    """Measure all cases, all of them in each round, and fit the law to those that it may see."""
    cases = np.array([*sizes.fitted, *sizes.unseen])
    unseen = np.arange(len(cases)) >= len(sizes.fitted)
    costs = _costs(cases, engine, sizes.seconds * effort.share, effort.rounds, device)
    median = np.median(costs, 1)
    coefficients = fit(cases[~unseen], median[~unseen])
    return Growth(engine, cases, unseen, costs, coefficients, predict(cases, coefficients))


def fit(cases: NDArray[np.int64], costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients (6,) of the law for costs (C,) of cases (C, 4): least squares of relative errors, none negative."""
    coefficients: NDArray[np.float64] = nnls(_terms(cases) / costs[:, None], np.ones(len(costs)))[0]
    return coefficients


def predict(cases: NDArray[np.int64], coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nanoseconds a replica-step of the cases (C, 4) by the law, (C,)."""
    return _terms(cases) @ coefficients


def _terms(cases: NDArray[np.int64]) -> NDArray[np.float64]:
    """The law's terms for cases N, d, B, R: (C, 6)."""
    N, d, B, R = cases.T.astype(np.float64)
    return np.stack([1 / R, np.ones_like(R), d, B, B * d, B * d * (4 * N * d > CACHE_BYTES)], 1)


def _costs(cases: NDArray[np.int64], engine: str, seconds: float, rounds: int, device: str) -> NDArray[np.float64]:
    """Nanoseconds a replica-step, (C, rounds): of a run, less what the same call takes without a step."""
    clock = time.process_time if device == "cpu" else _synchronised
    problems: dict[tuple[int, int], LinearRegression] = {}
    ways: dict[str, Way] = {}
    for N, d, B, R in cases.tolist():
        if (N, d) not in problems:
            problems[N, d] = _on(gaussian_design(N, [1.0] * d, 1.0, seed=0, dtype=torch.float32), device)
        run = partial(_run, problems[N, d], B, R, engine)
        steps = _enough_steps(run, seconds, clock)
        ways[f"{N, d, B, R} steps"] = R * steps, partial(run, steps)
        ways[f"{N, d, B, R} none"] = R * steps, partial(run, 0)
    seconds_each = [1 / rate for rate in in_turns(ways, rounds, clock).values()]
    return 1e9 * (np.array(seconds_each[::2]) - np.array(seconds_each[1::2]))


def _run(problem: LinearRegression, batch_size: int, replicas: int, engine: str, steps: int) -> None:
    regression_sgd(
        problem,
        problem.inputs.new_zeros(replicas, problem.dimension),
        learning_rate=LEARNING_RATE,
        batch_size=batch_size,
        steps=steps,
        seed=0,
        engine=engine,
    )


def _enough_steps(run: Callable[[int], None], seconds: float, clock: Callable[[], float]) -> int:
    """A number of steps that takes about so many seconds, and not less than the call without a step."""

    def taken(steps: int) -> float:
        begin = clock()
        run(steps)
        return clock() - begin

    # The first call compiles.
    run(1)
    seconds = max(seconds, taken(0))
    steps = 16
    while (stepping := taken(steps) - taken(0)) < seconds / 4:
        steps *= 4
    return max(1, round(steps * seconds / stepping))


def _on(problem: LinearRegression, device: str) -> LinearRegression:
    return LinearRegression(problem.inputs.to(device), problem.targets.to(device))


def _synchronised() -> float:
    """Seconds of the clock, once the GPU has done what it was told."""
    torch.cuda.synchronize()
    return time.perf_counter()
