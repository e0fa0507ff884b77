"""What a data set of images offers before a subset of it is chosen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Images(NamedTuple):
    """The images of one part, as published.

    Attributes:
        pixels: (N, channels, height, width) uint8.
        labels: (N,) int64, from 0 to 9.
        source: What was read, in words.
        remedy: How to get more images; empty where there are no more.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    source: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class ImageSet(ABC):
    """A published set of images with labels 0 to 9.

    Attributes:
        name: The name that `load` knows.
        title: The name in prose.
        parts: The parts that were published.
        brightest: The pixel value that is scaled to 1.
        mean, std: Mean and standard deviation over the train part of each channel's pixels, scaled to 0 ... 1.
    """

    name: str
    title: str
    parts: tuple[str, ...]
    brightest: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @abstractmethod
    def fetch(self) -> None:
        """Download every file that is missing."""

    @abstractmethod
    def read(self, part: str) -> Images:
        """The images of one part. Files are checked before they are decoded, and downloaded where they are missing."""

    def inputs(self, pixels: NDArray[np.uint8], *, dtype: torch.dtype, normalise: bool) -> Tensor:
        """Pixels as a tensor of the same shape: scaled to 0 ... 1, and standardised if `normalise`."""
        inputs = torch.from_numpy(pixels).to(dtype).div_(self.brightest)
        if normalise:
            mean, std = (torch.tensor(values, dtype=dtype).reshape(-1, 1, 1) for values in (self.mean, self.std))
            inputs.sub_(mean).div_(std)
        return inputs
