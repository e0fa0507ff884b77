"""Deterministic choice of some of the images of a data set."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from sgdlab.data.image_set import Images


@dataclass(frozen=True, kw_only=True)
class Subset:
    """The first images, in file order or in a random one, among those with the given labels.

    Attributes:
        first: How many images, at least 1; None for all of them.
        seed: None for file order. Otherwise a non-negative seed of `numpy.random.default_rng`, whose permutation sets
            the order. Subsets of one seed are nested: a smaller one begins a larger one.
        classes: The labels to keep, from 0 to 9; None for all of them.

    Raises:
        ValueError: An argument outside its range.
    """

    first: int | None
    seed: int | None
    classes: Collection[int] | None

    def __post_init__(self) -> None:
        if self.first is not None and not (_is_integer(self.first) and self.first >= 1):
            raise ValueError(f"first must be an integer of at least 1, or None for all images; got {self.first!r}")
        if self.seed is not None and not (_is_integer(self.seed) and self.seed >= 0):
            raise ValueError(f"seed must be an integer of at least 0, or None for file order; got {self.seed!r}")
        if self.classes is not None:
            labels = list(self.classes) if isinstance(self.classes, Collection) else []
            if not labels or not all(_is_integer(label) and 0 <= label <= 9 for label in labels):
                raise ValueError(f"classes must be labels from 0 to 9, or None for all of them; got {self.classes!r}")

    def choose(self, images: Images) -> tuple[NDArray[np.intp], str]:
        """Positions of the chosen images, and what they are in words.

        Raises:
            ValueError: `first` is larger than the number of images there are.
        """
        positions, source = np.arange(len(images.labels)), images.source
        if self.classes is not None:
            positions = positions[np.isin(images.labels, list(self.classes))]
            source += f"; labels {', '.join(map(str, sorted(set(self.classes))))}: {len(positions):,} images"
        if self.first is not None and self.first > len(positions):
            raise ValueError(
                f"first must be from 1 to {len(positions)}, the number of images in {source}; "
                f"got {self.first}. {images.remedy}".rstrip()
            )
        if self.seed is not None:
            positions = np.random.default_rng(self.seed).permutation(positions)
            source += f"; in the random order of seed {self.seed}"
        if self.first is not None:
            positions = positions[: self.first]
            source += f"; the first {self.first:,}"
        return positions, source


def _is_integer(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
