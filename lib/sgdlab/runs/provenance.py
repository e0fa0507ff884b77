"""Provenance: what a result was computed from, with what, on what, and when."""

import dataclasses
import json
import os
import platform
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch


def provenance(config: Any, seconds: float, started: datetime | None = None) -> dict[str, Any]:
    """Describe a run that ends now, as a dictionary that JSON can hold.

    It names no path, no host and no user.

    Args:
        config: the frozen dataclass of the experiment's configuration, seeds included.
        seconds: how long the run took; of one that was interrupted, all its parts together.
        started: when it began, with its time zone; `seconds` ago where it is not given.

    Returns:
        `config`: its fields; `seeds`: those whose name ends in "seed"; `versions`: of Python and of the packages that
        computed; `started` and `finished`: UTC, ISO 8601; `seconds`; `machine`: CPU model, cores, threads of
        PyTorch, and the GPU's model if one was used.

    Raises:
        ValueError: `config` is not a dataclass instance of numbers, text and sequences, or `seconds` is negative.
    """
    if not dataclasses.is_dataclass(config) or isinstance(config, type):
        raise ValueError(f"config must be a dataclass instance, got {config!r}")
    if not seconds >= 0:
        raise ValueError(f"seconds must be at least 0, got {seconds}")
    fields = dataclasses.asdict(config)
    try:
        json.dumps(fields)
    except TypeError as error:
        raise ValueError(f"config must hold numbers, text and sequences only: {error}") from error
    finished = datetime.now(UTC)
    packages = ("numpy", "scipy", "sgdlab", "torch")
    return {
        "config": fields,
        "seeds": {name: value for name, value in fields.items() if name.endswith("seed")},
        "versions": {"python": platform.python_version()} | {package: version(package) for package in packages},
        "started": (started or finished - timedelta(seconds=seconds)).isoformat(),
        "finished": finished.isoformat(),
        "seconds": seconds,
        "machine": _machine(),
    }


def _machine() -> dict[str, Any]:
    machine = {"cpu": _cpu_model(), "cores": os.cpu_count(), "threads": torch.get_num_threads()}
    if torch.cuda.is_initialized():
        machine["gpu"] = torch.cuda.get_device_name()
    return machine


def _cpu_model() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
