"""Linear regression: loss, gradient, Hessian, minimum and eigenbasis in closed form."""

from collections.abc import Iterator, Sequence

import torch

from sgdlab.problems.gaussian_inputs import GaussianInputs
from sgdlab.problems.problem import cut


class LinearRegression:
    """The loss L(theta) = (1/2N) sum_mu (x_mu . theta - y_mu)^2 of given data.

    Mori et al. (2022), eq. (1), for f = x . theta. It is a `Problem`: see there for `samples`.

    Args:
        inputs: (N, d), floating point.
        targets: (N,), of the same dtype.

    Raises:
        ValueError: the shapes or the dtypes do not match, or there is no sample.
    """

    def __init__(self, inputs: torch.Tensor, targets: torch.Tensor) -> None:
        if inputs.ndim != 2 or 0 in inputs.shape:
            raise ValueError(f"inputs must have shape (N, d), N and d at least 1, got {tuple(inputs.shape)}")
        if not inputs.is_floating_point() or targets.dtype != inputs.dtype:
            raise ValueError(
                f"inputs and targets must share one floating dtype, got {inputs.dtype} and {targets.dtype}"
            )
        if targets.shape != inputs.shape[:1]:
            raise ValueError(f"targets must have shape ({inputs.shape[0]},), got {tuple(targets.shape)}")
        self.inputs = inputs
        self.targets = targets

    @property
    def dimension(self) -> int:
        """The number of parameters d."""
        return self.inputs.shape[1]

    @property
    def n_samples(self) -> int:
        """The number of samples N."""
        return self.inputs.shape[0]

    @property
    def device(self) -> torch.device:
        """Where the samples are."""
        return self.inputs.device

    def loss(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Mean of the samples' losses, shape ()."""
        return self.sample_losses(theta, samples).mean()

    def sample_losses(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Loss (x_mu . theta - y_mu)^2 / 2 of each sample, shape (B,)."""
        _, residuals = self._residuals(theta, samples)
        return residuals.square() / 2

    def gradient(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Mean of (x_mu . theta - y_mu) x_mu, shape (d,)."""
        x, residuals = self._residuals(theta, samples)
        return residuals @ x / len(x)

    def sample_gradients(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Gradient (x_mu . theta - y_mu) x_mu of each sample's loss, shape (B, d)."""
        x, residuals = self._residuals(theta, samples)
        return residuals[:, None] * x

    def chunks(self, samples: torch.Tensor | None = None) -> Iterator[torch.Tensor]:
        """Cut the samples into parts whose (B, d) gradients fit into memory."""
        if samples is None:
            samples = torch.arange(self.n_samples, device=self.device)
        # The samples, their gradients and a product of the two.
        return cut(samples, 3 * self.dimension * self.inputs.element_size())

    def hessian(self) -> torch.Tensor:
        """Hessian (1/N) sum_mu x_mu x_mu^T, the same at each point, shape (d, d)."""
        return self.inputs.T @ self.inputs / self.n_samples

    def minimum(self) -> torch.Tensor:
        """The point of least loss, of least norm where there are several, shape (d,)."""
        point: torch.Tensor = torch.linalg.pinv(self.inputs) @ self.targets
        return point

    def eigenbasis(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Eigenvalues (d,) of the Hessian in descending order, and its eigenvectors (d, d), one in each row."""
        values, vectors = torch.linalg.eigh(self.hessian())
        return values.flip(0), vectors.T.flip(0)

    def _residuals(self, theta: torch.Tensor, samples: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs x (B, d) and residuals x . theta - y (B,)."""
        if theta.shape != (self.dimension,):
            raise ValueError(f"theta must have shape ({self.dimension},), got {tuple(theta.shape)}")
        if samples is None:
            return self.inputs, self.inputs @ theta - self.targets
        x = self.inputs[samples]
        return x, x @ theta - self.targets[samples]


def gaussian_design(
    n_samples: int,
    spectrum: Sequence[float],
    noise_variance: float,
    seed: int,
    *,
    kurtosis: float | None = None,
    dtype: torch.dtype = torch.float64,
) -> LinearRegression:
    """Linear regression on N samples of `GaussianInputs`: random inputs whose residuals are independent of them.

    The targets are the residuals themselves: theta = 0 is the minimum of the expected loss, not of that of the samples.

    Args:
        n_samples: N, at least 1.
        spectrum, noise_variance, kurtosis: as in `GaussianInputs`.
        seed: of the generator.
        dtype: of the data, which are drawn in float64 and rounded.

    Raises:
        ValueError: an argument outside its range.
    """
    if n_samples < 1:
        raise ValueError(f"n_samples must be at least 1, got {n_samples}")
    population = GaussianInputs(spectrum, noise_variance, kurtosis=kurtosis)
    inputs, residuals = population.draw(n_samples, torch.Generator().manual_seed(seed), torch.float64)
    return LinearRegression(inputs.to(dtype), residuals.to(dtype))
