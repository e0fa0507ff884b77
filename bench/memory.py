"""The memory that an ensemble holds at its peak, above what the process held before: `python -m bench.memory ENGINE`.

Each engine has a process of its own, whose peak Linux knows.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import torch

from bench.timing import NOT_MEASURED, Effort, Rates, Row
from sgdlab.dynamics import regression_sgd
from sgdlab.problems import gaussian_design

ROOT = Path(__file__).resolve().parents[1]
STATUS, FORGET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Sizes:
    """What is run, with the loss of every replica at every step."""

    n_samples: int = 10_000
    dimension: int = 100
    batch_size: int = 10
    replicas: int = 10_000
    steps: int = 100


SIZES = Sizes()


def rows(sizes: Sizes, _: Effort) -> tuple[list[Row], Rates]:
    """The lines of the table, in MiB, measured once; not on another system than Linux."""
    table = []
    for engine in ("compiled", "batched"):
        values = np.array([_in_its_own_process(engine, sizes) / 1024]) if FORGET_PEAK.exists() else NOT_MEASURED
        size = f"R={sizes.replicas:,} d={sizes.dimension} B={sizes.batch_size} N={sizes.n_samples:,}"
        table.append(Row(f"peak memory in MiB, {engine}, {size}", values, 1024, 256))
    return table, {}


def peak_above(run: Callable[[], object]) -> int:
    """KiB that a call holds at its peak above what the process held before it."""
    FORGET_PEAK.write_text("5")
    before = _kibibytes("VmRSS")
    run()
    return _kibibytes("VmHWM") - before


def main(arguments: Sequence[str]) -> None:
    """Print the peak of one engine in KiB; the arguments are its name and the sizes."""
    engine, *numbers = arguments
    sizes = Sizes(*map(int, numbers))
    torch.set_num_threads(1)
    problem = gaussian_design(sizes.n_samples, [1.0] * sizes.dimension, 1.0, seed=0, dtype=torch.float32)

    def ensemble(replicas: int, steps: int) -> None:
        regression_sgd(
            problem,
            torch.zeros(replicas, sizes.dimension),
            learning_rate=0.05,
            batch_size=sizes.batch_size,
            steps=steps,
            seed=0,
            engine=engine,
        )

    # Compiled code and the libraries' own buffers belong to what the process holds.
    ensemble(replicas=1, steps=1)
    print(peak_above(lambda: ensemble(sizes.replicas, sizes.steps)))


def _in_its_own_process(engine: str, sizes: Sizes) -> int:
    command = [sys.executable, "-m", "bench.memory", engine, *map(str, astuple(sizes))]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout)


def _kibibytes(field: str) -> int:
    found = re.search(rf"^{field}:\s*(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    if found is None:
        raise OSError(f"{STATUS} does not say {field}")
    return int(found[1])


if __name__ == "__main__":
    main(sys.argv[1:])
