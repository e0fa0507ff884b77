import logging
import queue
import time

import numpy as np
import pytest

from sgdlab.laws import quantities as q
from sgdlab.live import Slider
from sgdlab.live.measurement import Measurement
from sgdlab.live.runner import Runner
from sgdlab.measure import Estimate

CONTROLS = [Slider(q.batch_size, values=[1, 2, 4], start=2)]
SETTING = {"batch_size": 2.0}


class Heard(queue.Queue):
    """What a runner sent, up to the end of its set."""

    def until_end(self, seconds=10):
        messages = []
        while not messages or messages[-1]["kind"] not in ("idle", "stopped", "failed"):
            messages.append(self.get(timeout=seconds))
        return messages


def runner(*functions, at=None):
    heard = Heard()
    return Runner([Measurement.of("here", function, at, CONTROLS) for function in functions], heard.put), heard


def forever(batch_size):
    while True:
        sum(range(1000))


def stubborn(batch_size):
    for _ in range(3):
        try:
            forever(batch_size)
        except:  # noqa: E722 - what a careless author may write
            continue
    return Estimate(1.0, 0.1)


def test_results_arrive_in_order_and_are_json():
    run, heard = runner(lambda batch_size: Estimate(batch_size / 4, 0.1), lambda: Estimate(7.0, 1.0))
    run.run(SETTING)
    assert heard.until_end() == [
        {"kind": "running"},
        {"kind": "points", "grid": 0, "setting": SETTING, "at": None, "value": [0.5], "error": [0.1]},
        {"kind": "points", "grid": 1, "setting": SETTING, "at": None, "value": [7.0], "error": [1.0]},
        {"kind": "idle"},
    ]


def test_what_is_not_finite_is_left_out():
    run, heard = runner(lambda: Estimate([1.0, np.nan, 3.0], [0.1, 0.1, np.nan]), at=[1, 2, 3])
    run.run(SETTING)
    points = heard.until_end()[1]
    assert (points["at"], points["value"], points["error"]) == ([1], [1], [0.1])


def test_each_run_has_a_new_seed():
    run, heard = runner(lambda seed: Estimate(float(seed), 0.0))
    found = []
    for _ in range(3):
        run.run(SETTING)
        found += heard.until_end()[1]["value"]
        run._watcher.join()
    assert found == [1, 2, 3]


def careless(batch_size):
    for _ in range(1000):
        try:
            forever(batch_size)
        except Exception:
            continue


@pytest.mark.parametrize("slow", [forever, stubborn, careless])
def test_a_stop_ends_a_slow_function_and_nothing_of_it_is_sent(slow):
    run, heard = runner(lambda: Estimate(1.0, 0.1), slow)
    run.run(SETTING)
    assert heard.get(timeout=5) == {"kind": "running"}
    time.sleep(0.1)
    before = time.monotonic()
    run.stop()
    assert heard.until_end() == [{"kind": "stopped"}]
    assert time.monotonic() - before < 2
    run._watcher.join(timeout=1)
    run.run(SETTING)  # and it can run again
    assert heard.get(timeout=5) == {"kind": "running"}
    run.stop()
    assert heard.until_end() == [{"kind": "stopped"}]


def test_a_second_run_while_running_is_ignored():
    run, heard = runner(forever)
    run.run(SETTING)
    run.run(SETTING)
    run.stop()
    assert heard.until_end() == [{"kind": "running"}, {"kind": "stopped"}]
    assert heard.empty()


def test_a_stop_when_nothing_runs_does_nothing():
    run, heard = runner(lambda: Estimate(1.0, 0.1))
    run.stop()
    run.run(SETTING)
    assert heard.until_end()[-1] == {"kind": "idle"}
    run._watcher.join()
    run.stop()
    assert heard.empty()


def test_an_exception_is_told_and_logged(caplog):
    def fails(batch_size):
        raise RuntimeError("no such batch")

    run, heard = runner(lambda: Estimate(1.0, 0.1), fails)
    with caplog.at_level(logging.ERROR):
        run.run(SETTING)
        assert heard.until_end() == [{"kind": "running"}, {"kind": "failed", "words": "RuntimeError: no such batch"}]
    assert "in fails" in caplog.text
