"""Linear regression in the eigenbasis of its Hessian, where the full loss of a state costs O(d)."""

from dataclasses import dataclass

import torch

from sgdlab.problems import GaussianInputs, LinearRegression


@dataclass(frozen=True)
class Recursion:
    """How SGD moves: the arguments of `regression_sgd` of the same names."""

    learning_rate: float
    momentum: float
    weight_decay: float
    batch_size: int
    sampling: str
    steps: int
    seed: int


@dataclass(frozen=True, eq=False)
class RotatedRegression:
    """A regression with the minimum as its origin and the eigenvectors of the Hessian as its axes, in float64.

    SGD is equivariant under rotations: u' = u - eta/B sum_mu (x_mu . u - e_mu) x_mu for u = V (theta - theta*), with
    rotated inputs and residuals e_mu at the minimum; L(theta) = L(theta*) + (1/2) sum_i h_i u_i^2.

    Attributes:
        curvatures: (d,) eigenvalues h_i.
        vectors: (d, d), an eigenvector in each row (V).
        minimum: (d,) V theta*.
        minimum_loss: L(theta*).
        inputs: (N, d) V x_mu; N = 0 for online data.
        residuals: (N,) e_mu = y_mu - x_mu . theta*; N = 0 for online data.
        online: where samples are drawn from; None for given data.
    """

    curvatures: torch.Tensor
    vectors: torch.Tensor
    minimum: torch.Tensor
    minimum_loss: float
    inputs: torch.Tensor
    residuals: torch.Tensor
    online: GaussianInputs | None = None

    def rotate(self, theta: torch.Tensor) -> torch.Tensor:
        """States u (R, d) of points theta (R, d)."""
        return theta.double() @ self.vectors.T - self.minimum

    def rotate_back(self, u: torch.Tensor) -> torch.Tensor:
        """Points theta (R, d) of states u (R, d)."""
        return (u.double() + self.minimum) @ self.vectors


def in_eigenbasis(problem: LinearRegression | GaussianInputs, device: torch.device) -> RotatedRegression:
    """The problem in the eigenbasis of its Hessian, on the device."""
    if isinstance(problem, GaussianInputs):
        curvatures = problem.spectrum.to(device)
        return RotatedRegression(
            curvatures,
            vectors=torch.eye(problem.dimension).to(curvatures),
            minimum=torch.zeros_like(curvatures),
            minimum_loss=problem.noise_variance / 2,
            inputs=curvatures.new_empty(0, problem.dimension),
            residuals=curvatures.new_empty(0),
            online=problem,
        )
    inputs, targets = problem.inputs.to(device).double(), problem.targets.to(device).double()
    curvatures, vectors = LinearRegression(inputs, targets).eigenbasis()
    # With fewer samples than parameters, and along equal inputs, the loss is flat but for rounding.
    flat = curvatures <= curvatures[0] * max(inputs.shape) * torch.finfo(torch.float64).eps
    curvatures = curvatures.masked_fill(flat, 0)
    inverse = torch.where(flat, 0, 1 / curvatures)
    inputs = inputs @ vectors.T
    minimum = torch.zeros_like(curvatures)
    residuals = targets
    # The second pass takes away what rounding left of the gradient.
    for _ in range(2):
        minimum = minimum + inverse * (residuals @ inputs) / problem.n_samples
        residuals = targets - inputs @ minimum
    minimum_loss = float(residuals.square().mean()) / 2
    return RotatedRegression(curvatures, vectors, minimum, minimum_loss, inputs, residuals)
