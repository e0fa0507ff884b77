"""Measuring while the reader waits: in a thread, so that the kernel goes on hearing, and can be told to stop."""

import ctypes
import logging
import math
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sgdlab.live.measurement import Measurement

_log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 0.2


class _Stopped(BaseException):
    """Raised inside the measuring thread when the reader stops it; no `except Exception` holds it up."""


class Runner:
    """Runs measurements one set at a time and sends what comes of it.

    A thread and not a process: the functions are defined in the notebook, close over its data and models, and may hold
    a GPU, none of which another process has. The price is that a thread cannot be ended, only asked: the interpreter
    raises `_Stopped` in it at the next line of Python, so a long call into compiled code is finished first.

    A second thread watches the one that measures and alone sends: all results of a set, or none of them. Whatever line
    the exception meets, it holds no lock and no half-sent message.
    """

    def __init__(self, measurements: Sequence[Measurement], send: Callable[[dict[str, Any]], None]) -> None:
        self._measurements = measurements
        self._send = send
        self._runs = 0
        self._watcher: threading.Thread | None = None
        self._stop = threading.Event()

    def run(self, setting: Mapping[str, float]) -> None:
        """Measure everything at a setting, with a new seed. Does nothing while it is running."""
        if self._watcher is not None and self._watcher.is_alive():
            return
        self._runs += 1
        self._stop.clear()
        self._watcher = threading.Thread(target=self._watch, args=(dict(setting), self._runs), daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Give up what is running; nothing of it is sent. Does nothing when nothing is running."""
        self._stop.set()

    def _watch(self, setting: dict[str, float], seed: int) -> None:
        self._send({"kind": "running"})
        results: list[dict[str, Any]] = []
        failures: list[str] = []
        worker = threading.Thread(target=self._measure, args=(setting, seed, results, failures), daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(0.02)
            if self._stop.is_set() and worker.is_alive():
                # Again and again: a bare `except:` in the function may have swallowed the last one.
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(worker.ident or 0), ctypes.py_object(_Stopped)
                )
                worker.join(_PATIENCE_SECONDS)
        if self._stop.is_set():
            self._send({"kind": "stopped"})
        elif failures:
            self._send({"kind": "failed", "words": failures[0]})
        else:
            for result in results:
                self._send(result)
            self._send({"kind": "idle"})

    def _measure(
        self, setting: dict[str, float], seed: int, results: list[dict[str, Any]], failures: list[str]
    ) -> None:
        try:
            for number, measurement in enumerate(self._measurements):
                results.append(_message(number, measurement, setting, seed))
        except _Stopped:
            pass
        except BaseException as error:  # the reader is told of whatever the author's function raises
            _log.exception("a live figure's measurement failed")
            failures.append(traceback.format_exception_only(error)[-1].strip())


def _message(number: int, measurement: Measurement, setting: dict[str, float], seed: int) -> dict[str, Any]:
    """One measurement as the page hears it: without what is not finite, for which JSON has no name.

    A value without a standard error is no measurement, and is left out too.
    """
    value, error = measurement.measure(setting, seed)
    known = [i for i in range(len(value)) if math.isfinite(value[i]) and math.isfinite(error[i])]
    return {
        "kind": "points",
        "grid": number,
        "setting": setting,
        "at": None if measurement.at is None else [measurement.at[i] for i in known],
        "value": [float(value[i]) for i in known],
        "error": [float(error[i]) for i in known],
    }
