"""Linear regression on random inputs: the law of its samples, and its expected loss."""

from collections.abc import Sequence

import torch

from sgdlab.laws import quantities


class GaussianInputs:
    """Linear regression whose samples are drawn when they are needed and never come back (online data).

    The coordinates of an input are independent, of mean 0 and variances `spectrum`; the residuals at theta = 0, the
    minimum of the expected loss, are N(0, noise_variance) and independent of the inputs. The expected loss is
    L(theta) = noise_variance / 2 + (1/2) sum_i spectrum_i theta_i^2: the axes are the eigenvectors of its Hessian.

    `LinearRegression(*problem.draw(...))` has the losses and the gradients of single samples; `gaussian_design` is that
    for samples that are kept.

    Args:
        spectrum: (d,) eigenvalues of the inputs' covariance, positive.
        noise_variance: variance of the residuals, twice the least expected loss, not negative.
        kurtosis: E x^4 / (E x^2)^2 of each coordinate. None: Gaussian inputs (3). A number k >= 1: the three-point law
            on -sqrt(k), 0, sqrt(k) with probabilities 1/2k, 1 - 1/k, 1/2k, times the standard deviation.

    Raises:
        ValueError: an argument outside its range.
    """

    def __init__(self, spectrum: Sequence[float], noise_variance: float, *, kurtosis: float | None = None) -> None:
        variances = torch.as_tensor(spectrum, dtype=torch.float64)
        if variances.ndim != 1 or len(variances) == 0 or not bool(((variances > 0) & variances.isfinite()).all()):
            raise ValueError(f"spectrum must be a sequence of positive numbers, got {spectrum}")
        quantities.noise_variance.check(noise_variance)
        if kurtosis is not None and not 1 <= kurtosis < float("inf"):
            raise ValueError(f"kurtosis must be finite and at least 1, got {kurtosis}")
        self.spectrum = variances
        self.noise_variance = float(noise_variance)
        self.kurtosis = kurtosis

    @property
    def dimension(self) -> int:
        """The number of parameters d."""
        return len(self.spectrum)

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        """Expected loss of one point (d,), shape ()."""
        self._check(theta)
        return (self.noise_variance + theta.square() @ self.spectrum.to(theta)) / 2

    def gradient(self, theta: torch.Tensor) -> torch.Tensor:
        """Gradient of the expected loss, spectrum_i theta_i, shape (d,)."""
        self._check(theta)
        return self.spectrum.to(theta) * theta

    def hessian(self) -> torch.Tensor:
        """Hessian of the expected loss, the inputs' covariance, shape (d, d), float64."""
        return torch.diag(self.spectrum)

    def minimum(self) -> torch.Tensor:
        """The point of least expected loss, the origin, shape (d,), float64."""
        return torch.zeros_like(self.spectrum)

    def eigenbasis(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Eigenvalues (d,) of the Hessian in descending order, and its eigenvectors (d, d), one in each row."""
        values, order = self.spectrum.sort(descending=True, stable=True)
        return values, torch.eye(self.dimension, dtype=torch.float64)[order]

    def draw(self, n_samples: int, generator: torch.Generator, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
        """New inputs (n, d) and their residuals at the minimum (n,), on the generator's device."""
        shape, device = (n_samples, self.dimension), generator.device
        if self.kurtosis is None:
            standard = torch.randn(shape, generator=generator, dtype=dtype, device=device)
        else:
            uniform = torch.rand(shape, generator=generator, dtype=dtype, device=device)
            half = 0.5 / self.kurtosis
            standard = self.kurtosis**0.5 * ((uniform < half).to(dtype) - (uniform >= 1 - half).to(dtype))
        residuals = torch.randn(n_samples, generator=generator, dtype=dtype, device=device)
        return standard * self.spectrum.sqrt().to(standard), self.noise_variance**0.5 * residuals

    def _check(self, theta: torch.Tensor) -> None:
        if theta.shape != (self.dimension,):
            raise ValueError(f"theta must have shape ({self.dimension},), got {tuple(theta.shape)}")
