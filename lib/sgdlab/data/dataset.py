"""The form in which data reach a problem: inputs, integer labels, and where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor


# Compared by identity: the comparison of two tensors is a tensor, so that comparing the fields would fail.
@dataclass(frozen=True, eq=False)
class Dataset:
    """N labelled inputs.

    Attributes:
        name: Name of the data set, such as "mnist".
        inputs: (N, *shape) floating-point tensor. Images have the shape (channels, height, width).
        labels: (N,) int64 tensor of the labels 0 ... classes - 1.
        classes: Number of classes of the whole data set. A subset with fewer labels keeps this number, and the labels
            keep their meaning.
        source: What was loaded, in words.

    Raises:
        ValueError: An empty set, inputs that are not floating-point, labels that are not (N,) int64, or a label
            outside 0 ... classes - 1.
    """

    name: str
    inputs: Tensor = field(repr=False)
    labels: Tensor = field(repr=False)
    classes: int
    source: str

    def __post_init__(self) -> None:
        if not self.inputs.is_floating_point() or self.inputs.ndim < 1 or len(self.inputs) == 0:
            raise ValueError(
                "inputs must be a floating-point tensor of shape (N, *shape) with N >= 1; "
                f"got {self.inputs.dtype} of shape {tuple(self.inputs.shape)}"
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.inputs.shape[:1]:
            raise ValueError(
                f"labels must be an int64 tensor of shape ({len(self.inputs)},), one for each input; "
                f"got {self.labels.dtype} of shape {tuple(self.labels.shape)}"
            )
        lowest, highest = int(self.labels.min()), int(self.labels.max())
        if lowest < 0 or highest >= self.classes:
            raise ValueError(f"labels must be from 0 to {self.classes - 1}; got {lowest} to {highest}")

    def __len__(self) -> int:
        return len(self.labels)

    def flat(self) -> Dataset:
        """The same data with inputs of shape (N, features), each input in row-major order."""
        return replace(self, inputs=self.inputs.reshape(len(self), -1))

    def parity(self) -> Tensor:
        """The (N, 1) targets +1 for an even label and -1 for an odd one, in the inputs' dtype.

        The regression problem of Mori et al., "Power-law escape rate of SGD", section 5.1.
        """
        return (1 - 2 * (self.labels % 2)).to(self.inputs.dtype).unsqueeze(1)

    def one_hot(self) -> Tensor:
        """The (N, classes) targets with 1 in the label's column and 0 elsewhere, in the inputs' dtype."""
        return torch.nn.functional.one_hot(self.labels, self.classes).to(self.inputs.dtype)
