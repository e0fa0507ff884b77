"""Replicas of a random process, the same in NumPy and in the page."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from sgdlab.laws.javascript import check_identifier
from sgdlab.live.formula import Formula

MOST_REPLICAS, MOST_STEPS = 5000, 100_000
_NORMAL = re.compile(r"normal_(\d+)")


def standard_normal(number: int) -> Any:
    """The symbol of a standard normal random number, independent in each step and replica, and of other `number`s.

    Raises:
        ValueError: `number` is no whole number >= 1.
    """
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"number must be a whole number >= 1, got {number!r}")
    return sp.Symbol(f"normal_{number}", real=True)


@dataclass(frozen=True, eq=False)
class Simulation:
    """Replicas of a process in discrete steps.

    Attributes:
        start: each state, a SymPy symbol, with its first value: an expression of sliders and `standard_normal`s.
        step: each state with its next value: an expression of the states, sliders and `standard_normal`s; all states
            change at once.
        replicas: their number, 1 to 5000.
        time_step: time between two steps; an expression of sliders.
        duration: the time at which it ends; None where it has no clock, and `steps` are run at once.
        steps: the number of steps of a process without clock; an expression of sliders.
        seed: of the random numbers.
        frames: pictures in the duration.

    Raises:
        ValueError: names the argument and what is wrong.
    """

    start: Mapping[Any, Any]
    step: Mapping[Any, Any]
    _: KW_ONLY
    replicas: int
    time_step: Any = 1
    duration: float | None = None
    steps: Any = None
    seed: int = 1
    frames: int = 240

    def __post_init__(self) -> None:
        if not self.start or not all(isinstance(state, sp.Symbol) for state in self.start):
            raise ValueError(f"start must map SymPy symbols to values, got {self.start!r}")
        if set(self.step) != set(self.start):
            raise ValueError(f"step must have the states of start, {self.names}, got {[str(s) for s in self.step]}")
        for name in self.names:
            check_identifier(name)
        if self.replicas not in range(1, MOST_REPLICAS + 1):
            raise ValueError(f"replicas must be a whole number from 1 to {MOST_REPLICAS}, got {self.replicas}")
        if not isinstance(self.frames, int) or self.frames < 1:
            raise ValueError(f"frames must be a whole number >= 1, got {self.frames}")
        if (self.duration is None) == (self.steps is None):
            raise ValueError("give either duration, or steps for a process without clock")
        if self.duration is not None and not 0 < self.duration < math.inf:
            raise ValueError(f"duration must be > 0 and finite, got {self.duration}")
        _ = self._formulas

    @property
    def names(self) -> list[str]:
        """The names of the states, in order."""
        return [state.name for state in self.start]

    @property
    def states(self) -> list[Any]:
        """The symbols of the states, in order."""
        return list(self.start)

    @cached_property
    def _formulas(self) -> dict[str, list[Formula]]:
        return {
            "start": [Formula(f"simulation: start of {state}", self.start[state]) for state in self.start],
            "step": [Formula(f"simulation: step of {state}", self.step[state]) for state in self.start],
            "clock": [Formula("simulation: time_step", self.time_step), Formula("simulation: steps", self.steps or 0)],
        }

    @cached_property
    def normals(self) -> int:
        """How many random numbers a replica needs in a step."""
        symbols = {symbol for part in ("start", "step") for f in self._formulas[part] for symbol in f.symbols}
        return max((int(m[1]) for s in symbols if (m := _NORMAL.fullmatch(s.name))), default=0)

    def require(self, controls: list[Any]) -> None:
        """Raise ValueError where an expression uses a symbol that is neither a control's nor its own."""
        own = [standard_normal(number + 1) for number in range(self.normals)]
        taken = {symbol.name for symbol in controls} | {"angle"}
        for name in self.names:
            if name in taken or _NORMAL.fullmatch(name):
                raise ValueError(f"simulation: the state {name} has the name of a slider, or one that is taken")
        known = {"start": controls + own, "step": controls + own + self.states, "clock": controls}
        for part, formulas in self._formulas.items():
            for formula in formulas:
                formula.require(known[part])

    def steps_at(self, setting: Mapping[str, float]) -> int:
        """Steps from start to end. Raises ValueError where there are none, or too many for a page."""
        time_step, steps = (float(formula(setting)) for formula in self._formulas["clock"])
        if not 0 < time_step < math.inf:
            raise ValueError(f"simulation: time_step must be > 0 and finite, got {time_step} at {dict(setting)}")
        count = steps if self.duration is None else self.duration / time_step - 1e-9
        if not 0 < count <= MOST_STEPS:
            raise ValueError(f"simulation: {count:g} steps at {dict(setting)}; there must be 1 to {MOST_STEPS}")
        return math.ceil(count)

    def course(
        self, setting: Mapping[str, float], steps: int, seed: int | None = None, replicas: int | None = None
    ) -> Iterator[tuple[float, dict[str, NDArray[np.float64]]]]:
        """The time and the states (R,) by name at the start and after each step."""
        draw = np.random.default_rng(self.seed if seed is None else seed)
        size = self.replicas if replicas is None else replicas
        time_step = float(self._formulas["clock"][0](setting))
        states: dict[str, NDArray[np.float64]] = {"replica": np.arange(float(size))}  # gives the start its shape
        for count, part in enumerate(["start", *["step"] * steps]):
            normals = {f"normal_{i + 1}": draw.standard_normal(size) for i in range(self.normals)}
            values = [formula(setting, **states, **normals) for formula in self._formulas[part]]
            states = dict(zip(self.names, values, strict=True))
            yield count * time_step, states

    def run(
        self, setting: Mapping[str, float], steps: int, seed: int | None = None, replicas: int | None = None
    ) -> dict[str, NDArray[np.float64]]:
        """The states (R,) by name after so many steps; seed and number of replicas are its own unless they are given.

        Raises:
            ValueError: steps is no whole number >= 0, or the setting lacks a slider.
        """
        if not isinstance(steps, int) or steps < 0:
            raise ValueError(f"steps must be a whole number >= 0, got {steps!r}")
        *_, (_, states) = self.course(setting, steps, seed, replicas)
        return states

    def spec(self) -> dict[str, Any]:
        """What the page's script needs."""
        time_step, steps = self._formulas["clock"]
        return {
            "states": self.names,
            "start": [formula.javascript for formula in self._formulas["start"]],
            "step": [formula.javascript for formula in self._formulas["step"]],
            "normals": self.normals,
            "replicas": int(self.replicas),
            "seed": int(self.seed),
            "time_step": time_step.javascript,
            "duration": self.duration,
            "frames": self.frames,
            "steps": None if self.steps is None else steps.javascript,
        }
