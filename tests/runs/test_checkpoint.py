import contextlib
import json
import math
import multiprocessing
import os
import pickle
import re
import signal
import threading
import time
import zipfile
from importlib.metadata import version

import pytest
import torch

from sgdlab.runs import Checkpoint
from sgdlab.runs.checkpoint import resumable

# Processes of their own, forked from one that has imported what takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["sgdlab.experiments.__main__"])
STEPS = 6
ARGUMENTS = {"start": torch.zeros(2), "rate": 0.5}


class Walk:
    """A random walk of two replicas; a step gives a sample of a generator of the caller's."""

    def __init__(self):
        self.place, self.steps_taken, self.seen = torch.zeros(2), 0, []
        self.generator = torch.Generator().manual_seed(1)

    def step(self, other):
        self.place += torch.randn(2, generator=self.generator)
        self.seen.append(float(self.place.sum() * torch.rand((), generator=other)))
        self.steps_taken += 1

    def state_dict(self):
        generator = self.generator.get_state()
        return {"place": self.place, "steps": self.steps_taken, "seen": self.seen, "generator": generator}

    def load_state_dict(self, state):
        self.place, self.steps_taken, self.seen = state["place"], state["steps"], state["seen"]
        self.generator.set_state(state["generator"])


def walk(path=None, at=lambda step: None, every=0.0, arguments=ARGUMENTS, generator=None, steps=STEPS):
    """Where a walk ends, and the numbers of the steps made in this call; `at` is called in the middle of each."""
    other = generator or torch.Generator().manual_seed(2)
    checkpoint = None if path is None else Checkpoint(path, every=every, generators=[other])
    computation, made = Walk(), []
    with resumable(checkpoint, arguments, computation) as after_step:
        while computation.steps_taken < steps:
            step = computation.steps_taken + 1
            computation.step(other)
            at(step)
            made.append(step)
            after_step()
    return computation, made


def same(one, other):
    return torch.equal(one.place, other.place) and one.seen == other.seen


@pytest.fixture
def path(tmp_path):
    return tmp_path / "walk.pt"


@pytest.fixture(scope="module")
def expected():
    return walk()[0]


def stop(error, when):
    def at(step):
        if step == when:
            raise error

    return at


@pytest.mark.parametrize("when", range(1, STEPS + 1))
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("in the middle")])
@pytest.mark.parametrize("every", [0.0, 1000.0])
def test_a_walk_stopped_in_the_middle_of_a_step_ends_where_it_would_have(path, expected, when, error, every):
    with pytest.raises((KeyboardInterrupt, ValueError)):
        walk(path, stop(error, when), every)
    resumed, made = walk(path)
    assert same(resumed, expected)
    # The step that was not finished is made anew; without a save in between, so are all.
    assert made == list(range(1 if every else when, STEPS + 1))


def test_generators_of_the_caller_are_put_where_they_were(path, expected):
    # In the same process the generator has moved on when the call is made again.
    generator = torch.Generator().manual_seed(2)
    for when in (1, 4):
        with pytest.raises(KeyboardInterrupt):
            walk(path, stop(KeyboardInterrupt, when), generator=generator)
    assert same(walk(path, generator=generator)[0], expected)
    after = torch.Generator().manual_seed(2)
    walk(generator=after)
    assert torch.equal(generator.get_state(), after.get_state())


def test_a_finished_walk_is_returned_at_once_and_its_file_stays(path, expected):
    walk(path)
    content = path.read_bytes()
    again, made = walk(path, stop(AssertionError("made a step"), 1))
    assert same(again, expected)
    assert made == []
    assert path.read_bytes() == content


def test_without_a_checkpoint_nothing_is_written(tmp_path, monkeypatch, expected):
    monkeypatch.chdir(tmp_path)
    assert same(walk()[0], expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("when", [1, 3, STEPS])
def test_ctrl_c_waits_for_the_end_of_the_step_and_saves(path, expected, when):
    # With a save an hour after the last one, what is there was saved because of Ctrl-C.
    finished = []

    def at(step):
        if step == when:
            signal.raise_signal(signal.SIGINT)
        finished.append(step)

    with pytest.raises(KeyboardInterrupt):
        walk(path, at, every=3600.0)
    assert finished == list(range(1, when + 1))
    resumed, made = walk(path)
    assert made == list(range(when + 1, STEPS + 1))
    assert same(resumed, expected)


def test_a_second_ctrl_c_does_not_wait(path, expected):
    def at(step):
        if step == 3:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("went on after two")

    with pytest.raises(KeyboardInterrupt):
        walk(path, at)
    resumed, made = walk(path)
    assert made == [3, 4, 5, 6]
    assert same(resumed, expected)


def test_afterwards_ctrl_c_is_what_it_was(path):
    for at in (None, stop(ValueError, 2), lambda step: signal.raise_signal(signal.SIGINT)):
        with contextlib.suppress(ValueError, KeyboardInterrupt):
            walk(path, at or (lambda step: None), steps=2)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        path.unlink()


def test_who_listens_to_ctrl_c_keeps_listening(path):
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        _, made = walk(path, lambda step: signal.raise_signal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(heard) == len(made) == STEPS


def test_outside_the_main_thread_it_works_as_well(path, expected):
    results = []
    thread = threading.Thread(target=lambda: results.append(walk(path)[0]))
    thread.start()
    thread.join()
    assert same(results[0], expected)
    assert walk(path)[1] == []


def _die(place, step):
    """In a process of its own: a walk that is killed in the middle of its third step, or of writing its third file."""
    calls = 0

    def kill(*arguments, **_):
        nonlocal calls
        calls += 1
        if calls == 3:
            if step == "save":
                arguments[1].write(b"half a state")
            os.kill(os.getpid(), signal.SIGKILL)
        return None if step == "step" else real(*arguments)

    module = torch if step == "save" else os
    real = getattr(module, step, None)
    if step == "step":
        walk(place, kill)
    else:
        setattr(module, step, kill)
        walk(place)


@pytest.mark.parametrize("step", ["step", "save", "replace"])
def test_a_kill_leaves_a_file_from_which_it_goes_on(path, expected, step):
    process = PROCESSES.Process(target=_die, args=(path, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    resumed, made = walk(path)
    # Killed in its third step, or in its third save, which is that of its second step.
    assert made == list(range(3 if step == "step" else 2, STEPS + 1))
    assert same(resumed, expected)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(path, expected, monkeypatch, step):
    with pytest.raises(KeyboardInterrupt):
        walk(path, stop(KeyboardInterrupt, 3))
    content = path.read_bytes()

    def fail(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(OSError, match="no space left"):
            walk(path)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert same(walk(path)[0], expected)


def test_a_place_that_cannot_be_written_is_found_before_the_first_step(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        walk(tmp_path / "file" / "walk.pt", stop(AssertionError("made a step"), 1))


def test_its_folder_is_made(tmp_path, expected):
    assert same(walk(tmp_path / "new" / "folder" / "walk.pt")[0], expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (ARGUMENTS | {"rate": 0.25}, "rate was 0.5 and is 0.25; delete it"),
        (ARGUMENTS | {"start": torch.ones(2)}, r"start was torch.float32 \(2,\) on cpu [0-9a-f]{64} and is"),
        (ARGUMENTS | {"start": torch.zeros(3)}, r"and is torch.float32 \(3,\) on cpu"),
        ({"start": torch.zeros(2)}, "rate was 0.5 and is not given"),
    ],
)
def test_another_run_is_refused_and_the_file_stays(path, expected, arguments, message):
    with pytest.raises(KeyboardInterrupt):
        walk(path, stop(KeyboardInterrupt, 3))
    content = path.read_bytes()
    with pytest.raises(ValueError, match=message) as refused:
        walk(path, stop(AssertionError("made a step"), 1), arguments=arguments)
    assert str(path) in str(refused.value)
    assert path.read_bytes() == content
    assert same(walk(path)[0], expected)


def test_another_number_of_generators_is_refused(path):
    walk(path)
    with pytest.raises(ValueError, match="number of generators was 1 and is 0"):
        resumable(Checkpoint(path), ARGUMENTS, Walk()).__enter__()


@pytest.mark.parametrize("package", ["sgdlab", "torch"])
def test_another_version_is_refused(path, monkeypatch, package):
    walk(path)
    now = version(package)
    monkeypatch.setattr("sgdlab.runs.fingerprint.version", lambda name: "99" if name == package else version(name))
    with pytest.raises(ValueError, match=re.escape(f"arguments: {package} was {now} and is 99; delete it")):
        walk(path)


def test_no_damage_goes_unseen(path, expected):
    with pytest.raises(KeyboardInterrupt):
        walk(path, stop(KeyboardInterrupt, 3))
    content, harmless = path.read_bytes(), 0
    # Cut short at any length, or a bit turned over anywhere: refused, or of no consequence.
    damaged = [content[:length] for length in range(0, len(content), 97)]
    for place in range(0, len(content), 29):
        damaged.append(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
    for content in damaged:
        path.write_bytes(content)
        try:
            resumed, _ = walk(path)
        except ValueError as error:
            message = str(error)
        else:
            harmless += 1
            assert same(resumed, expected)
            continue
        assert "cannot be read as a checkpoint; delete it to start anew" in message
        assert path.read_bytes() == content
    assert harmless < 0.1 * len(damaged)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", pickle.dumps({"place": 1})])
def test_a_file_of_another_kind_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read as a checkpoint; delete it to start anew"):
        walk(path)
    assert path.read_bytes() == content


class Observation:
    """Something to be observed whose class is not there any more."""


def test_observations_that_cannot_be_read_again_are_said_to_be(path, monkeypatch):
    computation = Walk()
    with resumable(Checkpoint(path), ARGUMENTS, computation) as after_step:
        computation.seen.append(Observation())
        after_step()
    monkeypatch.delitem(globals(), "Observation")
    with pytest.raises(ValueError, match=r"cannot be read as a checkpoint.*Observation"):
        Checkpoint(path).load()


def test_the_record_says_what_and_when_and_counts_all_parts(path, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert Checkpoint(path).record() is None

    def later(when):
        def at(step):
            nonlocal now
            now += 10.0
            if step == when:
                raise KeyboardInterrupt

        return at

    with pytest.raises(KeyboardInterrupt):
        walk(path, later(3))
    # Three steps of ten seconds, the third of which was not saved.
    first = Checkpoint(path).record()
    assert first["seconds"] == 20.0
    assert first["arguments"]["rate"] == "0.5"
    now += 86_400.0
    walk(path, later(None))
    last = Checkpoint(path).record()
    assert last["seconds"] == 60.0
    assert last["started"] == first["started"]
    now += 86_400.0
    walk(path)
    assert Checkpoint(path).record() == last
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("run.json")) == last


def test_it_saves_as_often_as_it_is_told(path, monkeypatch):
    now, saved = 0.0, []
    monkeypatch.setattr(time, "monotonic", lambda: now)
    save = Checkpoint.save
    monkeypatch.setattr(Checkpoint, "save", lambda *arguments: (saved.append(now), save(*arguments)))

    def at(step):
        nonlocal now
        now += 10.0

    walk(path, at, every=25.0)
    # At the start, after 30 seconds, and at the end.
    assert saved == [0.0, 30.0, 60.0, 60.0]


@pytest.mark.parametrize("every", [-1.0, math.nan, math.inf])
def test_the_time_between_two_saves_has_a_range(path, every):
    with pytest.raises(ValueError, match="every must be a finite number of seconds >= 0"):
        Checkpoint(path, every=every)


def test_generators_are_those_of_pytorch(path):
    with pytest.raises(ValueError, match="generators must be a sequence of torch"):
        Checkpoint(path, generators=[1])
