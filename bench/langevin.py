"""Langevin dynamics of many replicas, against the random numbers that it needs, and against torchsde."""

from dataclasses import dataclass
from importlib.util import find_spec

import torch

from bench import baselines
from bench.timing import NOT_MEASURED, Effort, Rates, Row, Way, in_turns, named
from sgdlab.dynamics import langevin
from sgdlab.problems import Quadratic

LEARNING_RATE = 0.05
BATCH_SIZE = 10
MINIMUM_LOSS = 0.5


@dataclass(frozen=True)
class Case:
    """An ensemble: its dimension, its replicas, and the steps that it makes."""

    dimension: int
    replicas: int
    steps: int


@dataclass(frozen=True)
class Sizes:
    """What is run: with torchsde beside it, and without."""

    wide: Case = Case(dimension=100, replicas=1000, steps=500)
    narrow: Case = Case(dimension=10, replicas=10_000, steps=500)


SIZES = Sizes()


def rows(sizes: Sizes, effort: Effort) -> tuple[list[Row], Rates]:
    """The lines of the table, and the replica-steps per second behind them.

    The noise is proportional to the loss, the scheme Euler-Maruyama.
    """
    wide, narrow = _rates(sizes.wide, effort, torchsde=True), _rates(sizes.narrow, effort, torchsde=False)
    of_wide, of_narrow = (f"d={case.dimension} R={case.replicas:,}" for case in (sizes.wide, sizes.narrow))
    to_torchsde = wide["ensemble"] / wide["torchsde"] if "torchsde" in wide else NOT_MEASURED
    table = [
        Row(f"SDE / random numbers alone, {of_wide}", wide["ensemble"] / wide["random numbers"], 0.65, 0.85),
        Row(f"SDE / random numbers alone, {of_narrow}", narrow["ensemble"] / narrow["random numbers"], 0.45, 0.7),
        Row(f"SDE / torchsde, {of_wide}", to_torchsde, 2.8, 4.5),
    ]
    return table, named(wide, f"SDE {of_wide}") | named(narrow, f"SDE {of_narrow}")


def _rates(case: Case, effort: Effort, *, torchsde: bool) -> Rates:
    curvatures = torch.linspace(1.0, 0.1, case.dimension)
    landscape = Quadratic(curvatures, MINIMUM_LOSS)
    start = torch.zeros(case.replicas, case.dimension)
    steps = effort.steps(case.steps)
    work = steps * case.replicas

    def ensemble() -> None:
        langevin(
            landscape,
            start,
            learning_rate=LEARNING_RATE,
            batch_size=BATCH_SIZE,
            noise="loss-proportional",
            steps=steps,
            seed=0,
            observe=lambda theta: theta,
            observe_at=[steps],
        )

    def with_torchsde() -> None:
        baselines.torchsde_langevin(
            start, curvatures, MINIMUM_LOSS, learning_rate=LEARNING_RATE, batch_size=BATCH_SIZE, steps=steps
        )

    ways: dict[str, Way] = {
        "ensemble": (work, ensemble),
        "random numbers": (work, lambda: baselines.random_numbers(case.replicas, case.dimension, steps=steps)),
    }
    if torchsde and find_spec("torchsde") is not None:
        ways["torchsde"] = (work, with_torchsde)
    return in_turns(ways, effort.rounds)
