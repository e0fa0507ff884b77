"""Ctrl-C that waits until it suits."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_wait() -> Iterator[Callable[[], bool]]:
    """Keep Ctrl-C waiting, in the block, for whoever asks: what is yielded says whether it has been pressed.

    Pressed a second time, it raises KeyboardInterrupt at once, as ever. If nobody has asked it is raised at the end of
    the block. Nothing changes outside the main thread, where no Ctrl-C is heard, and where it has another meaning.
    """
    pressed = False
    if threading.current_thread() is not threading.main_thread() or (
        signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield lambda: False
        return

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            signal.default_int_handler(number, frame)
        pressed = True

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed:
        raise KeyboardInterrupt
