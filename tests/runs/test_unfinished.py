import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import torch

from sgdlab.runs import Checkpoint, load, store
from sgdlab.runs.unfinished import take_up


@dataclass(frozen=True)
class Config:
    learning_rate: float = 0.1
    stages: tuple[int, ...] = (0, 5)


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setitem(store.__globals__, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def interrupted(seconds=(20.0, 3.0), config=None):
    """A run that has left checkpoints."""
    run = take_up("spectra", "full", config or Config())
    for number, part in enumerate(seconds):
        Checkpoint(run.folder / f"training-{number}.pt").save({"arguments": {}, "seconds": part}, {})
    return run


def stored(started, finished):
    record = {"started": started.isoformat(), "finished": finished.isoformat()}
    store("spectra", "full", {"x": np.zeros(1)}, record)


def test_a_new_run_begins_now(results):
    before = datetime.now(UTC)
    run = take_up("spectra", "full", Config())
    assert before <= run.started <= datetime.now(UTC)
    assert run.seconds == 0
    assert not run.has_checkpoints()
    # Beside the results, but none of them.
    assert run.folder.parent.parent == results
    assert not list(results.glob("*.npz"))


def test_an_interrupted_run_began_when_it_began_and_counts_all_its_parts():
    first = interrupted()
    again = take_up("spectra", "full", Config())
    assert again.folder == first.folder
    assert again.started == first.started
    assert again.seconds == 23.0
    assert again.has_checkpoints()


def test_experiments_and_sizes_have_folders_of_their_own():
    interrupted()
    assert take_up("spectra", "quick", Config()).seconds == 0
    assert take_up("other", "full", Config()).seconds == 0
    assert take_up("spectra", "full", Config()).seconds == 23.0


def test_what_left_no_checkpoint_has_not_begun():
    first = take_up("spectra", "full", Config())
    again = take_up("spectra", "full", Config(learning_rate=0.2))
    assert again.started > first.started


def test_once_removed_it_begins_anew():
    run = interrupted()
    run.remove()
    assert not run.folder.exists()
    assert take_up("spectra", "full", Config()).seconds == 0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (Config(learning_rate=0.2), "learning_rate was 0.1 and is 0.2; delete it"),
        (Config(stages=(0, 6)), r"stages was \[0, 5\] and is \[0, 6\]; delete it"),
    ],
)
def test_another_configuration_is_refused(config, message):
    run = interrupted()
    files = {path: path.read_bytes() for path in run.folder.iterdir()}
    with pytest.raises(ValueError, match=message) as refused:
        take_up("spectra", "full", config)
    assert str(run.folder) in str(refused.value)
    assert {path: path.read_bytes() for path in run.folder.iterdir()} == files


def test_another_number_of_threads_is_refused():
    threads = torch.get_num_threads()
    interrupted()
    try:
        torch.set_num_threads(threads + 1)
        with pytest.raises(ValueError, match=f"number of threads was {threads} and is {threads + 1}"):
            take_up("spectra", "full", Config())
    finally:
        torch.set_num_threads(threads)


def test_a_damaged_checkpoint_is_refused():
    run = interrupted()
    (run.folder / "training-0.pt").write_bytes(b"half a state")
    with pytest.raises(ValueError, match=r"training-0\.pt cannot be read as a checkpoint; delete it"):
        take_up("spectra", "full", Config())


def test_what_store_would_refuse_is_refused_before_the_work():
    run = interrupted()
    stored(run.started - timedelta(hours=1), run.started - timedelta(seconds=1))
    assert take_up("spectra", "full", Config()).seconds == 23.0
    stored(run.started + timedelta(seconds=1), run.started + timedelta(hours=1))
    with pytest.raises(FileExistsError, match=r"spectra-full\.npz is newer than this run.*delete .* to start anew"):
        take_up("spectra", "full", Config())
    run.remove()
    assert take_up("spectra", "full", Config()).seconds == 0


def test_checkpoints_of_a_run_that_is_stored_are_forgotten():
    # It was killed between storing its result and removing its folder.
    run = interrupted()
    stored(run.started, run.started + timedelta(hours=1))
    again = take_up("spectra", "full", Config())
    assert again.started > run.started
    assert again.seconds == 0
    assert not again.has_checkpoints()
    assert load("spectra", "full").provenance["started"] == run.started.isoformat()


def test_it_names_no_path_and_nobody():
    run = take_up("spectra", "full", Config())
    said = json.loads((run.folder / "run.json").read_text())
    assert said.keys() == {"started", "config"}
    assert said["config"].keys() == {"learning_rate", "stages", "number of threads"}
