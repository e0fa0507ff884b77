"""What every landscape offers: a loss without samples and its derivatives, for many replicas at once."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import torch


class Landscape(ABC):
    """A loss L(theta) over R^d with a minimum at which the axes are the eigenvectors of the Hessian.

    Every function takes the states (R, d) of R replicas; the value of a replica depends on its own state alone.

    Attributes:
        minimum_loss: L*, the least loss, at least 0. It is set apart from the shape of the landscape.
        minimum: (d,) a point of least loss.
        curvatures: (d,) eigenvalues of the Hessian there, the i-th along axis i, none negative.
    """

    minimum_loss: float
    minimum: torch.Tensor
    curvatures: torch.Tensor

    @property
    def dimension(self) -> int:
        """The number of parameters d."""
        return len(self.curvatures)

    @abstractmethod
    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        """L at each state, shape (R,)."""

    @abstractmethod
    def gradient(self, theta: torch.Tensor) -> torch.Tensor:
        """Gradient of L at each state, shape (R, d)."""

    @abstractmethod
    def hessian(self, theta: torch.Tensor) -> torch.Tensor:
        """Hessian of L at each state, shape (R, d, d)."""

    def eigenbasis(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Eigenvalues (d,) of the Hessian at the minimum, descending, and its eigenvectors (d, d), one in each row."""
        values, order = self.curvatures.sort(descending=True, stable=True)
        return values, torch.eye(self.dimension, dtype=values.dtype, device=values.device)[order]

    def to(self, like: torch.Tensor) -> Self:
        """The same landscape for states of the dtype and on the device of `like`."""
        moved = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                setattr(moved, name, value.to(like))
        return moved

    def _check(self, theta: torch.Tensor) -> None:
        if theta.ndim != 2 or theta.shape[1] != self.dimension:
            raise ValueError(f"theta must have shape (R, {self.dimension}), got {tuple(theta.shape)}")


def vector(name: str, values: Sequence[float] | torch.Tensor) -> torch.Tensor:
    """The finite numbers `values` as a float64 tensor (d,).

    Raises:
        ValueError: not a sequence, or a number that is not finite; `name` is that of the argument.
    """
    numbers = torch.as_tensor(values, dtype=torch.float64)
    if numbers.ndim != 1 or not bool(numbers.isfinite().all()):
        raise ValueError(f"{name} must be a sequence of finite numbers, got {values}")
    return numbers
