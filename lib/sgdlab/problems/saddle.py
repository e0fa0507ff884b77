"""A landscape of d dimensions: two minima and one saddle between them, with curvatures of its own."""

from collections.abc import Sequence

import torch

from sgdlab.problems.double_well import DoubleWell
from sgdlab.problems.landscape import Landscape, vector


class Saddle(Landscape):
    """L(x, z) = L* + Delta (x^2 - 1)^2 + (1/2) sum_i k_i(x) z_i^2: a double well along x, quadratic across it.

    k_i(x) = h_i + (s_i - h_i) m(x)^3 with m = max(0, 1 - x^2) goes from the curvature h_i at the minima (x = -1 and 1)
    and outside of them to s_i at the saddle x = 0, twice continuously differentiable. All k_i are positive: besides the
    minima (-1, 0) and (1, 0), of loss L*, and the saddle (0, 0), of loss L* + Delta, no point is stationary. Along x
    the curvatures are 8 Delta at the minima and -4 Delta at the saddle.

    Args:
        minimum_loss: L*, finite and at least 0.
        barrier: Delta > 0, the height of the saddle above the minima.
        minimum_curvatures: (d - 1,) h_i > 0.
        saddle_curvatures: (d - 1,) s_i > 0.

    Raises:
        ValueError: an argument outside its range, or the lengths differ.
    """

    def __init__(
        self,
        minimum_loss: float,
        barrier: float,
        minimum_curvatures: Sequence[float] | torch.Tensor,
        saddle_curvatures: Sequence[float] | torch.Tensor,
    ) -> None:
        self.escape = DoubleWell(minimum_loss, barrier)
        across = vector("minimum_curvatures", minimum_curvatures)
        at_saddle = vector("saddle_curvatures", saddle_curvatures)
        for name, values in (("minimum_curvatures", across), ("saddle_curvatures", at_saddle)):
            if not bool((values > 0).all()):
                raise ValueError(f"{name} must be a sequence of numbers > 0, got {values.tolist()}")
        if len(across) != len(at_saddle):
            raise ValueError(
                f"saddle_curvatures must have length {len(across)} as minimum_curvatures, got {len(at_saddle)}"
            )
        self.minimum_loss = minimum_loss
        self.barrier = barrier
        self.curvatures = torch.cat([self.escape.curvatures, across])
        self.minimum = torch.cat([self.escape.minimum, torch.zeros_like(across)])
        # s_i - h_i
        self._change = at_saddle - across

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        """L at each state, shape (R,)."""
        x, z, m = self._split(theta)
        return self.escape.loss(x) + (self._across(m) * z.square()).sum(1) / 2

    def gradient(self, theta: torch.Tensor) -> torch.Tensor:
        """Gradient of L at each state, shape (R, d)."""
        x, z, m = self._split(theta)
        # m^3 has the derivative -6 x m^2.
        tilt = -3 * x * m.square() * (self._change * z.square()).sum(1, keepdim=True)
        gradient = torch.empty_like(theta)
        gradient[:, :1] = self.escape.gradient(x) + tilt
        gradient[:, 1:] = self._across(m) * z
        return gradient

    def hessian(self, theta: torch.Tensor) -> torch.Tensor:
        """Hessian of L at each state, shape (R, d, d)."""
        x, z, m = self._split(theta)
        hessian = torch.diag_embed(torch.cat([x, self._across(m)], 1))
        # m^3 has the second derivative 24 x^2 m - 6 m^2.
        bend = (12 * x.square() * m - 3 * m.square()) * (self._change * z.square()).sum(1, keepdim=True)
        hessian[:, 0, 0] = self.escape.hessian(x)[:, 0, 0] + bend[:, 0]
        mixed = -6 * x * m.square() * self._change * z
        hessian[:, 0, 1:] = mixed
        hessian[:, 1:, 0] = mixed
        return hessian

    def _split(self, theta: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x (R, 1), z (R, d - 1) and m(x) = max(0, 1 - x^2) (R, 1)."""
        self._check(theta)
        x = theta[:, :1]
        return x, theta[:, 1:], (1 - x.square()).clamp(min=0)

    def _across(self, m: torch.Tensor) -> torch.Tensor:
        """k_i(x), shape (R, d - 1)."""
        return self.curvatures[1:] + self._change * m**3
