"""The quartic double well: two minima of one loss, a barrier of any height between them."""

import torch

from sgdlab.laws import quantities
from sgdlab.problems.landscape import Landscape


class DoubleWell(Landscape):
    """L(x) = L* + Delta (x^2 - 1)^2 in one dimension.

    Minima at x = -1 and x = 1, of curvature 8 Delta; between them the barrier x = 0, of loss L* + Delta and curvature
    -4 Delta. The loss ratio of Mori et al. (2022), eq. (15), is c = 1 + Delta / L*.

    Args:
        minimum_loss: L*, finite and at least 0.
        barrier: Delta > 0, the height of the barrier above the minima.

    Raises:
        ValueError: an argument outside its range.
    """

    def __init__(self, minimum_loss: float, barrier: float) -> None:
        quantities.minimum_loss.check(minimum_loss)
        if not 0 < barrier < float("inf"):
            raise ValueError(f"barrier must be a finite number > 0, got {barrier}")
        self.minimum_loss = minimum_loss
        self.barrier = barrier
        self.minimum = torch.tensor([-1.0], dtype=torch.float64)
        self.curvatures = torch.tensor([8.0 * barrier], dtype=torch.float64)

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        """L* + Delta (x^2 - 1)^2, shape (R,)."""
        self._check(theta)
        return self.minimum_loss + self.barrier * (theta[:, 0].square() - 1).square()

    def gradient(self, theta: torch.Tensor) -> torch.Tensor:
        """4 Delta x (x^2 - 1), shape (R, 1)."""
        self._check(theta)
        return 4 * self.barrier * theta * (theta.square() - 1)

    def hessian(self, theta: torch.Tensor) -> torch.Tensor:
        """4 Delta (3 x^2 - 1), shape (R, 1, 1)."""
        self._check(theta)
        return 4 * self.barrier * (3 * theta.square() - 1)[:, :, None]
