"""SGD of a hundred networks at once, against one after the other."""

from dataclasses import dataclass

import torch
from torch import nn

from bench import baselines
from bench.timing import Effort, Rates, Row, in_turns, named
from sgdlab.dynamics import sgd
from sgdlab.problems import Network, fully_connected

LEARNING_RATE = 0.001


@dataclass(frozen=True)
class Sizes:
    """What is run: one hidden layer and one output."""

    n_inputs: int = 784
    hidden: int = 10
    n_samples: int = 10_000
    replicas: int = 100
    batch_sizes: tuple[int, ...] = (1, 10, 50)
    ensemble_steps: tuple[int, ...] = (100, 60, 20)
    single_steps: int = 500


SIZES = Sizes()


# At least, and aim for, at each batch size.
LIMITS = ((16, 33), (11, 20), (4, 7))


def rows(sizes: Sizes, effort: Effort) -> tuple[list[Row], Rates]:
    """The lines of the table, and the replica-steps per second behind them. The data are random."""
    table: list[Row] = []
    all_rates: Rates = {}
    for batch_size, steps, limits in zip(sizes.batch_sizes, sizes.ensemble_steps, LIMITS, strict=True):
        rates = _rates(sizes, batch_size, effort.steps(steps), effort)
        name = f"{sizes.replicas} networks {sizes.n_inputs}-{sizes.hidden}-1 at once / one after the other"
        table.append(Row(f"{name}, B={batch_size}", rates["at once"] / rates["one after the other"], *limits))
        all_rates |= named(rates, f"networks B={batch_size}")
    return table, all_rates


def _rates(sizes: Sizes, batch_size: int, steps: int, effort: Effort) -> Rates:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(sizes.n_samples, sizes.n_inputs, generator=generator)
    targets = torch.randn(sizes.n_samples, 1, generator=generator)
    network = Network(fully_connected([sizes.n_inputs, sizes.hidden, 1]), inputs, targets)
    start = network.initial(seed=0, replicas=sizes.replicas)
    single_steps = effort.steps(sizes.single_steps)

    def at_once() -> None:
        sgd(
            network,
            start,
            learning_rate=LEARNING_RATE,
            batch_size=batch_size,
            steps=steps,
            sampling="with-replacement",
            seed=0,
            observe=lambda theta: theta,
            observe_at=[steps],
        )

    def one() -> None:
        module = nn.Sequential(nn.Linear(sizes.n_inputs, sizes.hidden), nn.ReLU(), nn.Linear(sizes.hidden, 1))
        baselines.pytorch_network(
            module, inputs, targets, learning_rate=LEARNING_RATE, batch_size=batch_size, steps=single_steps
        )

    ways = {"at once": (steps * sizes.replicas, at_once), "one after the other": (single_steps, one)}
    return in_turns(ways, effort.rounds)
