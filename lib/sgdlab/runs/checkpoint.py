"""Checkpoints: where a long run keeps its state, so that it can be interrupted and taken up again."""

import io
import json
import pickle
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import torch

from sgdlab.runs.fingerprint import differences, fingerprint
from sgdlab.runs.interrupts import interrupts_wait
from sgdlab.runs.whole_file import replacing


class Resumable(Protocol):
    """A computation that goes step by step, and all that its next step depends on."""

    def state_dict(self) -> dict[str, Any]:
        """The state between two steps, as `torch.save` can write it."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a state that `state_dict` gave."""


# Takes a computation up; what it gives is to be called after each step.
Resume = Callable[[Resumable], AbstractContextManager[Callable[[], None]]]


class Checkpoint:
    """A file in which a run keeps its state, given to `sgd` and its like as `checkpoint`.

    Interrupt the run, by Ctrl-C, a kill or a power cut, and make the same call again: it goes on from the file, and on
    the same machine and with as many threads its result is that of the uninterrupted run, bit for bit. A finished run
    leaves its result in the file: the same call again returns it at once. A call with other arguments is refused, and
    the file stays as it is.

    The first Ctrl-C lets the present step and its observation come to their end and saves; a second one stops at once,
    and the last state saved stands, as it does after a kill or an exception. From there on steps and observations are
    made anew: whatever else `observe` does besides returning something is then done twice.

    The file is a ZIP archive. What was observed is in it as a pickle, and reading a pickle can run any code: take up
    files of your own only.

    Args:
        path: of the file; its folder is made where it is missing.
        every: seconds between two states saved, at least 0; 0 saves after each step.
        generators: that `observe` draws from. Their states are kept with that of the run.

    Raises:
        ValueError: an argument outside its range.
    """

    def __init__(self, path: str | Path, *, every: float = 60.0, generators: Sequence[torch.Generator] = ()) -> None:
        if not 0 <= every < float("inf"):
            raise ValueError(f"every must be a finite number of seconds >= 0, got {every}")
        if not all(isinstance(generator, torch.Generator) for generator in generators):
            raise ValueError(f"generators must be a sequence of torch.Generator, got {generators!r}")
        self.path = Path(path)
        self.every = every
        self.generators = tuple(generators)

    def record(self) -> dict[str, Any] | None:
        """Whose file it is, or None where there is none.

        Returns:
            `arguments`: the fingerprint of the run's; `started`: UTC, ISO 8601; `seconds`: for how long the run had
            computed, in all its parts, when its state was saved last.

        Raises:
            ValueError: the file is no checkpoint, or it was damaged.
        """
        if not self.path.exists():
            return None
        record: dict[str, Any] = json.loads(self._read("run.json"))
        return record

    def load(self) -> Any:
        """The state that was saved last.

        Raises:
            ValueError: the file is no checkpoint, or it was damaged.
        """
        try:
            return torch.load(io.BytesIO(self._read("state.pt")), weights_only=False)
        except (RuntimeError, pickle.UnpicklingError, AttributeError, ImportError) as error:
            raise self._unreadable(error) from error

    def save(self, record: Mapping[str, Any], state: Any) -> None:
        """Write the file, whole or not at all."""
        with replacing(self.path) as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr("run.json", json.dumps(record))
            with archive.open("state.pt", "w", force_zip64=True) as member:
                torch.save(state, member)

    def _read(self, member: str) -> bytes:
        content = io.BytesIO(self.path.read_bytes())
        try:
            with zipfile.ZipFile(content) as archive:
                return archive.read(member)
        # ValueError: a place before the file's beginning.
        except (
            zipfile.BadZipFile,
            zlib.error,
            KeyError,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> ValueError:
        return ValueError(f"{self.path} cannot be read as a checkpoint; delete it to start anew ({error})")


@contextmanager
def resumable(
    checkpoint: Checkpoint | None, arguments: Mapping[str, Any], computation: Resumable
) -> Iterator[Callable[[], None]]:
    """Take a computation up where the checkpoint left it; without a checkpoint nothing is read or written.

    What is yielded is to be called after each step. It saves when it is time to, and when Ctrl-C has been pressed: then
    it raises KeyboardInterrupt. The end is saved when the block is left without an exception.

    Args:
        checkpoint: where the state is kept, or None.
        arguments: all that decides the result, for `fingerprint`.
        computation: at its start; here it goes to the state that was saved.

    Raises:
        ValueError: the file is that of a run with other arguments, or it was damaged.
    """
    if checkpoint is None:
        yield lambda: None
        return
    begin = saved_at = time.monotonic()
    ours = fingerprint({**arguments, "number of generators": len(checkpoint.generators)})
    record = checkpoint.record()
    if record is not None:
        if differing := differences(record["arguments"], ours):
            raise ValueError(
                f"{checkpoint.path} is of a run with other arguments: {differing}; delete it to start anew"
            )
        state = checkpoint.load()
        computation.load_state_dict(state["computation"])
        for generator, its_state in zip(checkpoint.generators, state["generators"], strict=True):
            generator.set_state(its_state)
    start = record or {"arguments": ours, "started": datetime.now(UTC).isoformat(), "seconds": 0.0}

    def save() -> None:
        nonlocal saved_at
        generators = [generator.get_state() for generator in checkpoint.generators]
        seconds = start["seconds"] + time.monotonic() - begin
        checkpoint.save(
            start | {"seconds": seconds}, {"computation": computation.state_dict(), "generators": generators}
        )
        saved_at = time.monotonic()

    moved = record is None
    with interrupts_wait() as interrupted:

        def after_step() -> None:
            nonlocal moved
            moved = True
            if interrupted() or time.monotonic() >= saved_at + checkpoint.every:
                save()
            if interrupted():
                raise KeyboardInterrupt

        if record is None:
            # Before the first step, that the generators' start is known however soon the run is interrupted.
            save()
        yield after_step
        if moved:
            save()
