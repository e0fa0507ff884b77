"""Several ways of doing one thing, timed in turns: what disturbs the machine disturbs all of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# How much work a way does, in any unit, and the call that does it.
Way = tuple[float, Callable[[], object]]
Rates = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: how many times each way is timed, at least 1.
        share: of the steps that a full run makes.
    """

    rounds: int
    share: float

    def steps(self, full: int) -> int:
        """The number of steps where a full run makes `full`."""
        return max(1, round(self.share * full))


@dataclass(frozen=True, eq=False)
class Row:
    """A line of the table.

    Attributes:
        name: what is measured; of a ratio, what is divided by what.
        values: one of each round; empty where it could not be measured.
        limit: the least that the median should be; the most, where `aim` is below it.
        aim: what it is hoped to be.
    """

    name: str
    values: NDArray[np.float64]
    limit: float
    aim: float


NOT_MEASURED = np.empty(0)


def in_turns(ways: Mapping[str, Way], rounds: int, clock: Callable[[], float] = time.process_time) -> Rates:
    """Run all ways in turns, A B C A B C, and return the rate of each in every round: work per second, (rounds,).

    The seconds are those of this process's CPU time, unless another clock is given. One turn more, which is not
    counted, comes first: it compiles.
    """
    rates = {name: np.empty(rounds) for name in ways}
    for _, run in ways.values():
        run()
    for turn in range(rounds):
        for name, (work, run) in ways.items():
            begin = clock()
            run()
            rates[name][turn] = work / (clock() - begin)
    return rates


def named(rates: Rates, of: str) -> Rates:
    """The rates under names that say what they are the rates of."""
    return {f"{of}: {way}": values for way, values in rates.items()}
