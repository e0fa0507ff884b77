"""Gaussian models of the minibatch gradient's noise on a landscape."""

import torch

from sgdlab.problems.landscape import Landscape

NOISES = ("frozen", "loss-proportional", "gaussian-inputs")


class GradientNoise:
    """Draws the noise xi of a minibatch gradient, Gaussian with the covariance Sigma(theta) of a model, H = H(theta*):

    - `"frozen"`: 2 L* H / B, that of the minimum everywhere;
    - `"loss-proportional"`: 2 L(theta) H / B, Mori et al. (2022), eq. (6);
    - `"gaussian-inputs"`: (2 L(theta) H + g g^T) / B with the gradient g, exact on a quadratic landscape: that of
      linear regression whose inputs are Gaussian and whose residuals at the minimum are independent of them.

    Args:
        landscape: in the dtype and on the device of the states.
        noise: one of the three.
        batch_size: B.
        replicas: R.
        generator: on the device of the states; it draws everything.
    """

    def __init__(
        self, landscape: Landscape, noise: str, batch_size: float, replicas: int, generator: torch.Generator
    ) -> None:
        h = landscape.curvatures
        self._landscape = landscape
        self._noise = noise
        self._batch_size = batch_size
        self.generator = generator
        # Along the gradient one more number for each replica.
        rows = landscape.dimension + (noise == "gaussian-inputs")
        self._normal = torch.empty(rows, replicas, dtype=h.dtype, device=h.device)
        self._xi = self._normal[: landscape.dimension].T
        self._amplitude = (2 * h / batch_size).sqrt()
        if noise == "frozen":
            self._amplitude *= landscape.minimum_loss**0.5

    def add_to(self, target: torch.Tensor, theta: torch.Tensor, gradient: torch.Tensor, factor: float) -> None:
        """Draw the noise (R, d) at states (R, d) of the given gradients (R, d): target (R, d) += factor * xi."""
        self._normal.normal_(generator=self.generator)
        xi = self._xi.mul_(self._amplitude)
        if self._noise == "frozen":
            target.add_(xi, alpha=factor)
        else:
            target.addcmul_(xi, self._landscape.loss(theta).sqrt_()[:, None], value=factor)
        if self._noise == "gaussian-inputs":
            target.addcmul_(gradient, self._normal[-1][:, None], value=factor * self._batch_size**-0.5)


def check_noise(noise: str) -> None:
    """Raise ValueError unless `noise` is one of the three models."""
    if noise not in NOISES:
        raise ValueError(f"noise must be one of {', '.join(NOISES)}, got {noise!r}")
