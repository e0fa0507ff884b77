"""What one would write without the laboratory: one function each, for one replica unless it says otherwise.

Each does `steps` steps of its kind in float32, from zero or from the start that it is given.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


def pytorch_regression(
    inputs: torch.Tensor, targets: torch.Tensor, *, learning_rate: float, batch_size: int, steps: int
) -> torch.Tensor:
    """SGD on linear regression, in PyTorch. No loss of all samples is computed."""
    generator = torch.Generator().manual_seed(0)
    theta = torch.zeros(inputs.shape[1], requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=learning_rate)
    for _ in range(steps):
        samples = torch.randint(len(inputs), (batch_size,), generator=generator)
        optimizer.zero_grad()
        loss = (inputs[samples] @ theta - targets[samples]).square().mean() / 2
        loss.backward()
        optimizer.step()
    return theta.detach()


def numpy_regression(
    inputs: NDArray[np.float32],
    targets: NDArray[np.float32],
    hessian: NDArray[np.float32],
    minimum: NDArray[np.float32],
    *,
    learning_rate: float,
    batch_size: int,
    steps: int,
) -> NDArray[np.float32]:
    """SGD on linear regression, in NumPy. The loss of all samples at every step, (steps,), by the Hessian."""
    generator = np.random.default_rng(0)
    residuals = targets - inputs @ minimum
    minimum_loss = float(residuals @ residuals) / (2 * len(inputs))
    theta = np.zeros(inputs.shape[1], np.float32)
    losses = np.empty(steps, np.float32)
    batches = generator.integers(len(inputs), size=(steps, batch_size))
    rate = np.float32(learning_rate / batch_size)
    for step, samples in enumerate(batches):
        x = inputs[samples]
        theta -= rate * ((x @ theta - targets[samples]) @ x)
        deviation = theta - minimum
        losses[step] = minimum_loss + 0.5 * (deviation @ (hessian @ deviation))
    return losses


def pytorch_network(
    module: nn.Module,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    *,
    learning_rate: float,
    batch_size: int,
    steps: int,
) -> None:
    """Train a network on the mean-square loss, in PyTorch."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(module.parameters(), lr=learning_rate)
    for _ in range(steps):
        samples = torch.randint(len(inputs), (batch_size,), generator=generator)
        optimizer.zero_grad()
        loss = (module(inputs[samples]) - targets[samples]).square().sum(1).mean() / 2
        loss.backward()
        optimizer.step()


def torchsde_langevin(
    start: torch.Tensor,
    curvatures: torch.Tensor,
    minimum_loss: float,
    *,
    learning_rate: float,
    batch_size: int,
    steps: int,
) -> torch.Tensor:
    """Langevin dynamics of all replicas of `start` (R, d), by torchsde; the noise is proportional to the loss."""
    import torchsde

    class LossProportional:
        noise_type, sde_type = "diagonal", "ito"

        def f(self, _: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
            return -curvatures * theta

        def g(self, _: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
            loss = minimum_loss + theta.square() @ (curvatures / 2)
            return (2 * learning_rate / batch_size * loss).sqrt()[:, None] * curvatures.sqrt()

    end = steps * learning_rate
    # Without the hint dt a long run is three times as slow.
    noise = torchsde.BrownianInterval(0.0, end, size=start.shape, dt=learning_rate, entropy=0)
    with torch.no_grad():
        states: torch.Tensor = torchsde.sdeint(
            LossProportional(), start, torch.tensor([0.0, end]), bm=noise, dt=learning_rate, method="euler"
        )
    return states[-1]


def random_numbers(replicas: int, dimension: int, *, steps: int) -> None:
    """The standard normal numbers of all replicas for every step, and nothing done with them."""
    generator = torch.Generator().manual_seed(0)
    normal = torch.empty(replicas, dimension)
    for _ in range(steps):
        normal.normal_(generator=generator)


def read(numbers: torch.Tensor) -> torch.Tensor:
    """Read every number once. To add them up costs nothing more: the memory is slower."""
    return numbers.sum()
