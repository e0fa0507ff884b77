"""Experiments on their way: the folder of their checkpoints, whose they are, and how long they took so far."""

import dataclasses
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from sgdlab.runs.checkpoint import Checkpoint
from sgdlab.runs.fingerprint import differences
from sgdlab.runs.store import check_not_newer, load, result_file
from sgdlab.runs.whole_file import replacing


@dataclass(frozen=True)
class Unfinished:
    """An experiment's run that is not stored yet.

    Attributes:
        folder: of its checkpoints, files whose names end in ".pt".
        started: when it began, before all interruptions.
        seconds: for how long it has computed what its checkpoints hold; 0 for a run that begins now.
    """

    folder: Path
    started: datetime
    seconds: float

    def has_checkpoints(self) -> bool:
        """Whether there is anything to go on from."""
        return any(self.folder.glob("*.pt"))

    def remove(self) -> None:
        """Forget its checkpoints."""
        shutil.rmtree(self.folder)


def take_up(name: str, size: str, config: Any) -> Unfinished:
    """The run of an experiment that was interrupted; where there is none, one that begins now.

    Its folder lies beside the results. It says with which configuration and with how many threads of PyTorch the run
    was begun.

    Args:
        name, size: as in `store`.
        config: the frozen dataclass of the experiment's configuration.

    Raises:
        ValueError: the run was begun with another configuration or number of threads, or a checkpoint is damaged.
        FileExistsError: a result was stored after the run had begun, which `store` would refuse to replace.
    """
    folder = result_file(name, size).parent / "unfinished" / f"{name}-{size}"
    ours = {key: json.dumps(value) for key, value in dataclasses.asdict(config).items()}
    ours |= {"number of threads": str(torch.get_num_threads())}
    records = [record for path in folder.glob("*.pt") if (record := Checkpoint(path).record())]
    if records:
        begun = json.loads((folder / "run.json").read_text())
        if result_file(name, size).exists() and load(name, size).provenance["started"] == begun["started"]:
            # This very run was stored, and then killed before it could remove its folder.
            shutil.rmtree(folder)
            return take_up(name, size, config)
        if differing := differences(begun["config"], ours):
            raise ValueError(f"{folder} is of a run with another configuration: {differing}; delete it to start anew")
        started = datetime.fromisoformat(begun["started"])
        try:
            check_not_newer(name, size, started)
        except FileExistsError as error:
            raise FileExistsError(f"{error}; delete {folder} to start anew") from None
        return Unfinished(folder, started, sum(record["seconds"] for record in records))
    started = datetime.now(UTC)
    with replacing(folder / "run.json") as file:
        file.write(json.dumps({"started": started.isoformat(), "config": ours}).encode())
    return Unfinished(folder, started, 0.0)
