"""The views of a figure, and the question above them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sgdlab.live.axes import Axis
from sgdlab.live.mark import Mark
from sgdlab.live.marks import Bar


class View:
    """What plots and bars have in common: axes (the last is y), marks, and words as the title."""

    axes: tuple[Axis, ...]
    marks: tuple[Mark, ...]
    words: str

    def _check(self, kind: type[Mark] | tuple[type[Mark], ...]) -> None:
        name = type(self).__name__
        if not self.words.strip():
            raise ValueError(f"{name} needs words: the title over it")
        for axis in self.axes:
            if not isinstance(axis, Axis):
                raise ValueError(f'{name} "{self.words}": an Axis is needed, got {axis!r}')
        if not self.marks:
            raise ValueError(f'{name} "{self.words}" is empty')
        for mark in self.marks:
            if not isinstance(mark, kind) or (isinstance(mark, Bar) and not isinstance(self, Bars)):
                raise ValueError(f'{name} "{self.words}": a {type(mark).__name__} cannot stand in it')
            if not mark.words.strip():
                raise ValueError(f'{name} "{self.words}": a {type(mark).__name__} without words')
        names = [mark.words for mark in self.marks]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f'{name} "{self.words}": each mark needs its own words, got {twice} twice')


class Plot(View):
    """Marks over an x and a y axis; `square` where both axes are of one kind, so that angles are what they seem."""

    def __init__(self, x: Axis, y: Axis, *marks: Mark, words: str, square: bool = False) -> None:
        self.axes, self.marks, self.words, self.square = (x, y), marks, words, square
        self._check(Mark)


class Bars(View):
    """Bars side by side over a y axis."""

    def __init__(self, y: Axis, *bars: Bar, words: str) -> None:
        self.axes, self.marks, self.words = (y,), bars, words
        self._check(Bar)


@dataclass(frozen=True)
class Question:
    """What the reader is asked before anything moves: `answer` is the index of the right option, `why` explains it.

    Raises:
        ValueError: fewer than two options, or an answer that is no index of them.
    """

    words: str
    options: Sequence[str]
    answer: int
    why: str

    def __post_init__(self) -> None:
        if len(self.options) < 2:
            raise ValueError(f"options must be at least 2, got {list(self.options)}")
        if self.answer not in range(len(self.options)):
            raise ValueError(f"answer must be from 0 to {len(self.options) - 1}, got {self.answer}")

    def spec(self) -> dict[str, Any]:
        """What the page's script needs."""
        return {"words": self.words, "options": list(self.options), "answer": self.answer, "why": self.why}
