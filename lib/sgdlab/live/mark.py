"""What all marks have in common: each says what is to be computed, and where."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sgdlab.live.axes import Axis
from sgdlab.live.formula import Formula

Arrays = dict[str, NDArray[np.float64]]
NOT_DEFINED = "not defined here"


class Mark:
    """A mark of a view.

    A mark that draws formulas names them in `FORMULAS`: they are its attributes, and expressions of the sliders and of
    `variables`.
    """

    KIND: ClassVar[str]
    FORMULAS: ClassVar[tuple[str, ...]] = ()
    # Other attributes that the page's script needs.
    OPTIONS: ClassVar[tuple[str, ...]] = ()
    # A colour of its own; the others are numbered as they come.
    COLOUR: ClassVar[int | None] = None
    # Whether its formulas alone say what it draws at a setting.
    PREDICTS: ClassVar[bool] = True
    words: str

    @property
    def where(self) -> str:
        """What messages call it."""
        return f'{type(self).__name__} "{self.words}"'

    def variables(self, axes: Sequence[Axis]) -> list[Any]:
        """The symbols that its formulas may use besides the sliders'. Raises ValueError where an axis has none."""
        return []

    def places(self, axes: Sequence[Axis]) -> Arrays:
        """Where its formulas are computed: values of `variables` by name."""
        return {}

    def sample(self, axes: Sequence[Axis], formulas: Mapping[str, Formula], setting: Mapping[str, float]) -> Arrays:
        """What it draws at a setting, computed at `places`."""
        places = self.places(axes)
        return {name: np.atleast_1d(formula(setting, **places)) for name, formula in formulas.items()}

    def needs(self, axes: Sequence[Axis]) -> list[Any]:
        """The variables of axes, for marks that are drawn over them."""
        for axis in axes:
            if axis.variable is None:
                raise ValueError(f'{self.where}: axis "{axis.words}" has words alone; a quantity is needed')
        return [axis.variable for axis in axes]
