import json
import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import sgdlab
from sgdlab.runs import StoredResult, load, store
from sgdlab.runs.store import RESULTS

PLACES = store.__globals__
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def record(started=NOON, minutes=1):
    finished = started + timedelta(minutes=minutes)
    return {"started": started.isoformat(), "finished": finished.isoformat(), "config": {"seed": 1, "sizes": [1, 2]}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "results"
    monkeypatch.setitem(PLACES, "RESULTS", folder)
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_results_are_part_of_the_package():
    assert Path(sgdlab.__file__).parent / "results" == RESULTS


def test_what_is_stored_is_loaded(folder):
    arrays = {"loss": np.linspace(0, 1, 5, dtype=np.float32), "labels": np.array(["a", "b"]), "count": np.int64(3)}
    path = store("spectra", "full", arrays, record())
    assert path == folder / "spectra-full.npz"
    result = load("spectra", "full")
    assert result.provenance == record()
    assert list(result.arrays) == list(arrays)
    for key, array in arrays.items():
        np.testing.assert_array_equal(result.arrays[key], array)
        assert result.arrays[key].dtype == array.dtype
    assert names(folder) == ["spectra-full.npz"]


def test_sizes_and_names_do_not_mix(folder):
    for name, size, value in (("a", "quick", 1), ("a", "full", 2), ("a_b", "gpu", 3)):
        store(name, size, {"x": np.array(value)}, record())
    assert load("a", "quick").arrays["x"] == 1
    assert load("a", "full").arrays["x"] == 2
    assert load("a_b", "gpu").arrays["x"] == 3


def test_a_later_run_replaces_and_an_earlier_one_is_refused(folder):
    store("a", "full", {"x": np.array(1)}, record())
    store("a", "full", {"x": np.array(2)}, record(NOON + timedelta(minutes=1)))
    # It began before the stored one was finished, whenever it ended.
    with pytest.raises(FileExistsError, match=r"a-full\.npz is newer than this run"):
        store("a", "full", {"x": np.array(3)}, record(NOON + timedelta(minutes=1, seconds=59), minutes=60))
    assert load("a", "full").arrays["x"] == 2
    assert names(folder) == ["a-full.npz"]


@pytest.mark.parametrize("step", ["savez_compressed", "fsync", "replace"])
def test_a_failure_leaves_the_old_result_whole(folder, monkeypatch, step):
    store("a", "full", {"x": np.array(1)}, record())

    def fail(*arguments, **arrays):
        if step == "savez_compressed":
            arguments[0].write(b"half a result")
        raise OSError("no space left on device")

    monkeypatch.setattr(np if step == "savez_compressed" else os, step, fail)
    with pytest.raises(OSError, match="no space left"):
        store("a", "full", {"x": np.array(2)}, record(NOON + timedelta(hours=1)))
    assert load("a", "full").arrays["x"] == 1
    assert names(folder) == ["a-full.npz"]


def _store_and_die(folder, step):
    """In a process of its own: die without warning in the middle of `step`."""

    def die(*arguments, **_):
        if step == "savez_compressed":
            arguments[0].write(b"half a result")
            arguments[0].flush()
        os.kill(os.getpid(), signal.SIGKILL)

    PLACES["RESULTS"] = folder
    setattr(np if step == "savez_compressed" else os, step, die)
    store("a", "full", {"x": np.array(2)}, record(NOON + timedelta(hours=1)))


@pytest.mark.parametrize("step", ["savez_compressed", "fsync", "replace"])
def test_a_kill_leaves_the_old_result_whole(folder, step):
    store("a", "full", {"x": np.array(1)}, record())
    process = multiprocessing.get_context("spawn").Process(target=_store_and_die, args=(folder, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert load("a", "full").arrays["x"] == 1
    # What was left behind does not stop the next run.
    store("a", "full", {"x": np.array(3)}, record(NOON + timedelta(hours=1)))
    assert load("a", "full").arrays["x"] == 3


def test_a_missing_result_says_how_to_compute_it(folder):
    with pytest.raises(FileNotFoundError, match=r"no full result of spectra is stored.*make full EXPERIMENT=spectra"):
        load("spectra", "full")
    with pytest.raises(FileNotFoundError, match=r"python -m sgdlab\.experiments spectra gpu"):
        load("spectra", "gpu")


def test_nothing_in_a_file_is_executed(folder):
    folder.mkdir()
    text = np.array(json.dumps(record()))
    np.savez(folder / "a-full.npz", provenance=text, x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load("a", "full")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "../a"}, r"name must be lower-case letters, digits and _, got '\.\./a'"),
        ({"name": ""}, "name must be"),
        ({"size": "huge"}, "size must be one of quick, full, gpu, got 'huge'"),
        ({"arrays": {"provenance": np.zeros(1)}}, "arrays must not contain the name 'provenance'"),
        ({"arrays": {"x": np.array([None])}}, "got Python objects in x"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_nothing_written(folder, arguments, message):
    good = {"name": "a", "size": "full", "arrays": {"x": np.zeros(1)}, "provenance": record()}
    with pytest.raises(ValueError, match=message):
        store(**(good | arguments))
    assert not folder.exists()


def test_a_stored_result_says_where_it_comes_from():
    machine = {"cpu": "Abacus 2", "cores": 4, "threads": 1}
    made = {
        "finished": "2030-01-01T12:00:00+00:00",
        "seconds": 300.0,
        "machine": machine,
        "versions": {"torch": "2.6.0"},
    }
    origin = StoredResult({}, made).origin()
    assert origin == "computed on 2030-01-01 with PyTorch 2.6.0 on Abacus 2, 1 of 4 cores, in 5 min"
    on_card = made | {"machine": machine | {"gpu": "Loom 9"}}
    assert "on Loom 9," in StoredResult({}, on_card).origin()
