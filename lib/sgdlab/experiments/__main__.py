"""Run an experiment and store its result: `python -m sgdlab.experiments NAME SIZE [--threads N]`.

Interrupted, the same command goes on from the last checkpoint, if the experiment keeps any.
"""

import argparse
import importlib
import inspect
import pkgutil
import sys
import time
from collections.abc import Sequence

import torch

import sgdlab.experiments
from sgdlab.runs import provenance, store
from sgdlab.runs.store import SIZES
from sgdlab.runs.unfinished import take_up


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the experiment that the command line names.

    Returns:
        0 when its result is stored, 2 for a wrong command line, 130 when it was interrupted and can be resumed.
    """
    parser = argparse.ArgumentParser(prog="python -m sgdlab.experiments", description="Run and store an experiment.")
    parser.add_argument("name", help="the experiment: a module of sgdlab.experiments")
    parser.add_argument("size", help=f"one of {', '.join(SIZES)}")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch (default: 1)")
    options = parser.parse_args(arguments)
    names = experiment_names()
    if options.name not in names:
        parser.error(f"no experiment is named {options.name!r}; there are: {', '.join(names) or 'none'}")
    module = importlib.import_module(f"sgdlab.experiments.{options.name}")
    sizes = [size for size in SIZES if hasattr(module, size.upper())]
    if options.size not in sizes:
        parser.error(f"{options.name} has no size {options.size!r}; it has: {', '.join(sizes)}")
    if options.threads < 1:
        parser.error(f"--threads must be at least 1, got {options.threads}")

    torch.set_num_threads(options.threads)
    config = getattr(module, options.size.upper())
    # A configuration that cannot be recorded fails here, not after the run.
    provenance(config, seconds=0)
    print(f"{options.name}, {options.size}: {config}", flush=True)
    unfinished = take_up(options.name, options.size, config)
    if unfinished.seconds > 0:
        print(
            f"resumed: begun {unfinished.started:%Y-%m-%d %H:%M} UTC, {unfinished.seconds:.1f} s computed", flush=True
        )
    resumable = "checkpoints" in inspect.signature(module.run).parameters
    begin = time.monotonic()
    try:
        arrays = module.run(config, unfinished.folder) if resumable else module.run(config)
    except KeyboardInterrupt:
        if not unfinished.has_checkpoints():
            raise
        print("interrupted: the same command goes on from the last checkpoint")
        return 130
    seconds = unfinished.seconds + time.monotonic() - begin
    target = store(options.name, options.size, arrays, provenance(config, seconds, unfinished.started))
    unfinished.remove()
    print(f"{seconds:.1f} s, stored as {target.name} ({target.stat().st_size / 1000:.0f} kB)")
    return 0


def experiment_names() -> list[str]:
    """Names of the modules of `sgdlab.experiments`, sorted."""
    modules = pkgutil.iter_modules(sgdlab.experiments.__path__)
    return sorted(module.name for module in modules if not module.name.startswith("_"))


if __name__ == "__main__":
    sys.exit(main())
