"""Stored results: one NPZ file an experiment and size, part of the package."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgdlab.runs.whole_file import replacing

SIZES = ("quick", "full", "gpu")
RESULTS = Path(str(files("sgdlab") / "results"))
_PROVENANCE = "provenance"


@dataclass(frozen=True, eq=False)
class StoredResult:
    """Arrays by name, and the provenance of the run that made them."""

    arrays: dict[str, NDArray[Any]]
    provenance: dict[str, Any]

    def origin(self) -> str:
        """One sentence for a page: when, on what and for how long it was computed."""
        machine, versions = self.provenance["machine"], self.provenance["versions"]
        return (
            f"computed on {self.provenance['finished'][:10]} with PyTorch {versions['torch']} on "
            f"{machine.get('gpu', machine['cpu'])}, {machine['threads']} of {machine['cores']} cores, "
            f"in {self.provenance['seconds'] / 60:.0f} min"
        )


def store(name: str, size: str, arrays: Mapping[str, NDArray[Any]], provenance: Mapping[str, Any]) -> Path:
    """Write a result into the package and return its file.

    A kill at any moment leaves the old result or the new one, whole.

    Args:
        name: the experiment's, lower-case letters, digits and "_".
        size: `"quick"`, `"full"` or `"gpu"`.
        arrays: by name; no array of Python objects, none called "provenance".
        provenance: from `sgdlab.runs.provenance`.

    Raises:
        ValueError: an argument is none of these, before any work.
        FileExistsError: the stored result was finished after this run had begun.
    """
    target = result_file(name, size)
    contents: dict[str, Any] = {key: np.asarray(value) for key, value in arrays.items()}
    if _PROVENANCE in contents:
        raise ValueError(f"arrays must not contain the name {_PROVENANCE!r}")
    objects = [key for key, value in contents.items() if value.dtype.hasobject]
    if objects:
        raise ValueError(f"arrays must hold numbers or text, got Python objects in {', '.join(objects)}")
    contents[_PROVENANCE] = np.array(json.dumps(provenance))
    check_not_newer(name, size, datetime.fromisoformat(provenance["started"]))
    with replacing(target) as file:
        np.savez_compressed(file, **contents)
    return target


def load(name: str, size: str) -> StoredResult:
    """Read a stored result of the package.

    Raises:
        ValueError: `name` or `size` is none of those that `store` allows.
        FileNotFoundError: no such result is stored; the message says how to compute it.
    """
    target = result_file(name, size)
    if not target.exists():
        command = f"make full EXPERIMENT={name}" if size == "full" else f"python -m sgdlab.experiments {name} {size}"
        raise FileNotFoundError(f"no {size} result of {name} is stored; compute it with: {command}")
    with np.load(target, allow_pickle=False) as contents:
        arrays = {key: contents[key] for key in contents.files if key != _PROVENANCE}
        return StoredResult(arrays, json.loads(str(contents[_PROVENANCE])))


def check_not_newer(name: str, size: str, started: datetime) -> None:
    """Raise FileExistsError if the stored result, where there is one, was finished after a run that began then."""
    target = result_file(name, size)
    if target.exists() and datetime.fromisoformat(load(name, size).provenance["finished"]) > started:
        raise FileExistsError(f"{target.name} is newer than this run: it was finished after {started.isoformat()}")


def result_file(name: str, size: str) -> Path:
    """Where a result is stored.

    Raises:
        ValueError: `name` or `size` is none of those that `store` allows.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"name must be lower-case letters, digits and _, got {name!r}")
    if size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(SIZES)}, got {size!r}")
    return RESULTS / f"{name}-{size}.npz"
