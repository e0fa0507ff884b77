"""What a measuring function gives: over all positions of its sliders for the page, at one setting for a kernel."""

import inspect
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from sgdlab.live.controls import Control
from sgdlab.live.grid import decode, quantise

MOST_SETTINGS = 400
_SEED = "seed"


@dataclass(frozen=True, eq=False)
class Measurement:
    """A function of sliders (by name) and perhaps `seed`, which returns `.value` and `.standard_error`.

    Attributes:
        where: what it belongs to, for messages.
        function: returns scalars, or arrays (K,) where `at` has K places.
        at: (K,) places on the x axis, or None.
        controls: those that the function takes, in the order of its arguments.
        takes_seed: whether it takes a seed.

    Raises:
        ValueError: an argument of the function is no control, or there are too many settings.
    """

    where: str
    function: Callable[..., Any]
    at: tuple[float, ...] | None
    controls: tuple[Control, ...]
    takes_seed: bool

    @classmethod
    def of(
        cls, where: str, function: Callable[..., Any], at: Sequence[float] | None, controls: Sequence[Control]
    ) -> "Measurement":
        """The measurement by a function; its arguments say which controls it depends on."""
        by_name = {control.name: control for control in controls}
        arguments = inspect.signature(function).parameters
        for name, argument in arguments.items():
            if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD, argument.POSITIONAL_ONLY) or (
                name not in by_name and name != _SEED
            ):
                known = ", ".join(by_name) or "none"
                raise ValueError(f"{where}: argument {name} of {_name(function)} is no slider; known are {known}")
        over = tuple(by_name[name] for name in arguments if name in by_name)
        count = int(np.prod([len(control.positions) for control in over]))
        if count > MOST_SETTINGS:
            sizes = ", ".join(f"{control.name} ({len(control.positions)})" for control in over)
            raise ValueError(f"{where}: {count} settings of {sizes} to measure, at most {MOST_SETTINGS}; give `values`")
        places = None if at is None else tuple(float(x) for x in at)
        return cls(where, function, places, over, _SEED in arguments)

    def measure(self, setting: Mapping[str, float], seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Value and standard error at a setting, both (K,), K = 1 without `at`.

        Raises:
            ValueError: the function returns something else.
        """
        arguments = {
            control.name: int(setting[control.name])
            if float(setting[control.name]).is_integer()
            else setting[control.name]
            for control in self.controls
        }
        found = self.function(**arguments, **({_SEED: seed} if self.takes_seed else {}))
        name = f"{self.where}: {_name(self.function)}"
        if not (hasattr(found, "value") and hasattr(found, "standard_error")):
            raise ValueError(f"{name} must return .value and .standard_error, got {type(found).__name__}")
        shape = () if self.at is None else (len(self.at),)
        value, error = (np.asarray(part, dtype=np.float64) for part in (found.value, found.standard_error))
        if value.shape != shape or error.shape != shape:
            raise ValueError(f"{name} must return arrays of shape {shape}, got {value.shape} and {error.shape}")
        return value.reshape(-1), error.reshape(-1)

    def over_all(self) -> "Grid":
        """Measure at all positions of the sliders."""
        settings = list(itertools.product(*(control.positions for control in self.controls)))
        names = [control.name for control in self.controls]
        progress = tqdm(settings, desc=self.where, delay=2, disable="TQDM_DISABLE" in os.environ)
        found = [self.measure(dict(zip(names, setting, strict=True)), seed=0) for setting in progress]
        return Grid(self, quantise([value for value, _ in found]), quantise([error for _, error in found]))


@dataclass(frozen=True, eq=False)
class Grid:
    """A measurement at all positions of its sliders, packed."""

    measurement: Measurement
    value: dict[str, Any]
    error: dict[str, Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """A length for each control, then the number of places if there are any."""
        at = self.measurement.at
        return (*(len(c.positions) for c in self.measurement.controls), *(() if at is None else (len(at),)))

    def at(self, positions: Mapping[str, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Value and standard error, both (K,), at positions of the controls, as the page's script has them."""
        index = tuple(positions[control.name] for control in self.measurement.controls)
        value, error = (np.atleast_1d(decode(packed, self.shape)[index]) for packed in (self.value, self.error))
        return value, error

    def spec(self) -> dict[str, Any]:
        """What the page's script needs."""
        at = self.measurement.at
        return {
            "over": [control.name for control in self.measurement.controls],
            "shape": list(self.shape),
            "at": None if at is None else list(at),
            "value": self.value,
            "error": self.error,
        }


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "the function")
