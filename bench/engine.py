"""How fast the laboratory computes: a part of `make bench`. For authors, a part of it, or a short look at all of it:

    OMP_NUM_THREADS=1 TQDM_DISABLE=1 python -m bench.engine [PART ...] [--quick]

On one thread, in CPU time; whatever is compared runs in turns in one process, and each number is the median of the
rounds. A run of all parts at full effort is stored as the result `benchmarks` of the package, `full`: arrays

- `rows` (n,) names, `values` (n, rounds), `limits` and `aims` (n,) of the table; NaN where it was not measured;
- `ways` (m,) names, `rates` (m, rounds): work per second of CPU time behind the ratios;
- of each engine, `growth_ENGINE_` + `cases` (C, 4) as N, d, B and R, `unseen` (C,), `costs` (C, rounds) and
  `predictions` (C,) in nanoseconds a replica-step, `coefficients` (6,) of the `terms` (6,).

Where PyTorch sees a GPU, the growth of the batched engine on it is stored as `benchmarks`, `gpu`.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench import first_passage, growth, langevin, linear_regression, memory, networks, spectra
from bench.report import print_growth, print_rates, print_rows, print_titles
from bench.timing import Effort, Rates, Row
from sgdlab.runs import provenance, store

# Each has its sizes, and a function that measures rows of the table.
PARTS: dict[str, ModuleType] = {
    "linear_regression": linear_regression,
    "langevin": langevin,
    "networks": networks,
    "spectra": spectra,
    "first_passage": first_passage,
    "memory": memory,
}
FULL, QUICK = Effort(rounds=5, share=1.0), Effort(rounds=1, share=0.1)
GROWTH_FIELDS = ("cases", "unseen", "costs", "coefficients", "predictions")


@dataclass(frozen=True)
class Config:
    """What was run: how much of it, and the sizes of each part by name."""

    effort: Effort
    sizes: dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line names; 0 when it has run, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description="How fast the laboratory computes.")
    known = [*PARTS, "growth"]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(known)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="one short round; nothing is stored")
    options = parser.parse_args(arguments)
    unknown = [part for part in options.parts if part not in known]
    if unknown:
        parser.error(f"no part is named {unknown[0]!r}; there are: {', '.join(known)}")
    if os.environ.get("OMP_NUM_THREADS") != "1":
        parser.error("NumPy and PyTorch are to have one thread each: set OMP_NUM_THREADS=1, as `make bench` does")
    torch.set_num_threads(1)

    effort = QUICK if options.quick else FULL
    parts = options.parts or known
    to_store = parts == known and not options.quick
    on_cpu(parts, effort, to_store)
    if "growth" in parts:
        if torch.cuda.is_available():
            on_gpu("cuda", effort, to_store)
        else:
            print("\nGrowth of the batched engine on a GPU: not measured, PyTorch sees none.")
    return 0


def on_cpu(parts: Sequence[str], effort: Effort, to_store: bool) -> None:
    """Run the parts that are named, print what they measure, and store it if told to."""
    begin = time.monotonic()
    table, rates = measure_rows([part for part in parts if part in PARTS], effort)
    growths = []
    if "growth" in parts:
        growths = [growth.measure(engine, growth.CPU, effort, "cpu") for engine in ("compiled", "batched")]
    for growth_of in growths:
        print_growth(growth_of, "CPU, one thread")
    if to_store:
        sizes = {name: part.SIZES for name, part in PARTS.items()} | {"growth": growth.CPU}
        record = provenance(Config(effort, sizes), time.monotonic() - begin)
        store("benchmarks", "full", row_arrays(table, rates, effort.rounds) | growth_arrays(growths), record)


def on_gpu(device: str, effort: Effort, to_store: bool) -> None:
    """Measure the growth of the batched engine on this device, print it, and store it if told to."""
    begin = time.monotonic()
    measured = growth.measure("batched", growth.GPU, effort, device)
    print_growth(measured, torch.cuda.get_device_name())
    if to_store:
        record = provenance(Config(effort, {"growth": growth.GPU}), time.monotonic() - begin)
        store("benchmarks", "gpu", growth_arrays([measured]), record)


def measure_rows(parts: Sequence[str], effort: Effort) -> tuple[list[Row], Rates]:
    """Run the parts, print the table as it grows and then the rates behind it."""
    table: list[Row] = []
    rates: Rates = {}
    if parts:
        print_titles()
    for part in parts:
        part_rows, part_rates = PARTS[part].rows(PARTS[part].SIZES, effort)
        print_rows(part_rows)
        table += part_rows
        rates |= part_rates
    print_rates(rates)
    return table, rates


def row_arrays(table: Sequence[Row], rates: Rates, rounds: int) -> dict[str, NDArray[Any]]:
    """What is stored of the table and of the rates behind it."""
    values = np.full((len(table), rounds), np.nan)
    for place, row in zip(values, table, strict=True):
        place[: len(row.values)] = row.values
    return {
        "rows": np.array([row.name for row in table]),
        "values": values,
        "limits": np.array([row.limit for row in table]),
        "aims": np.array([row.aim for row in table]),
        "ways": np.array(list(rates)),
        "rates": np.array(list(rates.values())),
    }


def growth_arrays(growths: Sequence[growth.Growth]) -> dict[str, NDArray[Any]]:
    """What is stored of the growth of each engine."""
    stored = {f"growth_{one.engine}_{field}": getattr(one, field) for one in growths for field in GROWTH_FIELDS}
    return stored | {"terms": np.array(growth.TERMS)}


if __name__ == "__main__":
    sys.exit(main())
