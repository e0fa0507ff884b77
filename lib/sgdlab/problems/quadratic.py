"""The quadratic bowl: a landscape of any spectrum, on which frozen noise gives Gaussian laws."""

from collections.abc import Sequence

import torch

from sgdlab.laws import quantities
from sgdlab.problems.landscape import Landscape, vector


class Quadratic(Landscape):
    """L(theta) = L* + (1/2) sum_i h_i (theta_i - theta*_i)^2.

    It is the expected loss of linear regression in the eigenbasis of its Hessian: with `values, vectors =
    problem.eigenbasis()`, states are `theta @ vectors.T` and the minimum is `vectors @ problem.minimum()`.

    Args:
        curvatures: (d,) h_i, finite and not negative.
        minimum_loss: L*, finite and at least 0.
        minimum: (d,) theta*; the origin where it is not given.

    Raises:
        ValueError: an argument outside its range, or of another length.
    """

    def __init__(
        self,
        curvatures: Sequence[float] | torch.Tensor,
        minimum_loss: float,
        minimum: Sequence[float] | torch.Tensor | None = None,
    ) -> None:
        self.curvatures = vector("curvatures", curvatures)
        if self.dimension == 0 or not bool((self.curvatures >= 0).all()):
            raise ValueError(f"curvatures must be a sequence of numbers >= 0, got {curvatures}")
        quantities.minimum_loss.check(minimum_loss)
        self.minimum_loss = minimum_loss
        self.minimum = torch.zeros_like(self.curvatures) if minimum is None else vector("minimum", minimum)
        if len(self.minimum) != self.dimension:
            raise ValueError(f"minimum must have length {self.dimension}, got {len(self.minimum)}")
        self._shifted = bool(self.minimum.any())

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        """L* + (1/2) sum_i h_i (theta_i - theta*_i)^2, shape (R,)."""
        return (self._displacement(theta).square() @ self.curvatures).div_(2).add_(self.minimum_loss)

    def gradient(self, theta: torch.Tensor) -> torch.Tensor:
        """h_i (theta_i - theta*_i), shape (R, d)."""
        return self._displacement(theta) * self.curvatures

    def hessian(self, theta: torch.Tensor) -> torch.Tensor:
        """diag(h), the same at every state, shape (R, d, d)."""
        self._check(theta)
        return torch.diag(self.curvatures).expand(len(theta), -1, -1)

    def _displacement(self, theta: torch.Tensor) -> torch.Tensor:
        """theta - theta*, without a pass over memory where the minimum is the origin."""
        self._check(theta)
        return theta - self.minimum if self._shifted else theta
