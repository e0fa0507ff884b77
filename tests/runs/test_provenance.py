import getpass
import json
import os
import platform
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest
import torch

from sgdlab.runs import provenance


@dataclass(frozen=True)
class Config:
    learning_rate: float = 0.1
    batch_sizes: tuple[int, ...] = (1, 10)
    seed: int = 3
    start_seed: int = 4


def test_it_says_from_what_with_what_and_when():
    before = datetime.now(UTC)
    record = provenance(Config(), seconds=90.0)
    after = datetime.now(UTC)
    assert record["config"] == {"learning_rate": 0.1, "batch_sizes": (1, 10), "seed": 3, "start_seed": 4}
    assert record["seeds"] == {"seed": 3, "start_seed": 4}
    assert record["versions"]["python"] == platform.python_version()
    for package in ("numpy", "scipy", "sgdlab", "torch"):
        assert record["versions"][package] == version(package)
    finished = datetime.fromisoformat(record["finished"])
    assert before <= finished <= after
    assert finished.utcoffset() == timedelta(0)
    assert finished - datetime.fromisoformat(record["started"]) == timedelta(seconds=90)
    assert record["seconds"] == 90.0


def test_a_run_that_was_interrupted_began_before_its_seconds():
    started = datetime(2030, 1, 1, tzinfo=UTC)
    record = provenance(Config(), seconds=90.0, started=started)
    assert record["started"] == "2030-01-01T00:00:00+00:00"
    assert record["seconds"] == 90.0


def test_it_names_the_machine_and_nobody():
    record = provenance(Config(), seconds=0)
    machine = record["machine"]
    assert machine["cores"] == os.cpu_count()
    assert machine["threads"] == torch.get_num_threads()
    assert machine["cpu"]
    assert ("gpu" in machine) == torch.cuda.is_initialized()
    text = json.dumps(record)
    assert os.sep not in text.replace(machine["cpu"], "")
    assert socket.gethostname() not in text
    assert f'"{getpass.getuser()}"' not in text


@pytest.mark.parametrize("config", [{"seed": 1}, Config])
def test_a_configuration_is_a_dataclass_instance(config):
    with pytest.raises(ValueError, match="config must be a dataclass instance"):
        provenance(config, seconds=1.0)


def test_a_configuration_that_cannot_be_written_down_is_refused():
    @dataclass(frozen=True)
    class Device:
        device: torch.device

    with pytest.raises(ValueError, match="numbers, text and sequences only: Object of type device"):
        provenance(Device(torch.device("cpu")), seconds=1.0)


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_a_run_takes_time(seconds):
    with pytest.raises(ValueError, match="seconds must be at least 0"):
        provenance(Config(), seconds=seconds)
