"""How fast linear-regression SGD runs: replica-steps per second of CPU time, as ratios, on one thread.

Against (a) the plain PyTorch loop that a user would write, one replica, no loss computed, and (b) a good NumPy loop,
one replica, with the loss as a quadratic form at every step. Medians of five interleaved rounds; the ensembles' time
is that of the whole call, rotation of the data included, the compilation of the first one excluded.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.problems import LinearRegression, gaussian_design

# Size: N, d, B, and the steps of the compiled engine and of the batched one.
SIZES = {"S": (10_000, 10, 1, 5000, 1000), "M": (10_000, 100, 10, 1000, 200), "L": (100_000, 100, 10, 2000, 300)}
REPLICAS = 1000
ROUNDS = 5
LEARNING_RATE = 0.05


def plain_pytorch(problem: LinearRegression, batch_size: int, steps: int = 2000) -> int:
    """One replica of torch.optim.SGD; no loss of all samples."""
    generator = torch.Generator().manual_seed(0)
    theta = torch.zeros(problem.dimension, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=LEARNING_RATE)
    for _ in range(steps):
        samples = torch.randint(problem.n_samples, (batch_size,), generator=generator)
        optimizer.zero_grad()
        loss = (problem.inputs[samples] @ theta - problem.targets[samples]).square().mean() / 2
        loss.backward()
        optimizer.step()
    return steps


def plain_numpy(
    problem: LinearRegression, hessian: NDArray[Any], minimum: NDArray[Any], batch_size: int, steps: int = 10_000
) -> int:
    """One replica of a NumPy loop; the loss of all samples by the Hessian."""
    generator = np.random.default_rng(0)
    inputs, targets = problem.inputs.numpy(), problem.targets.numpy()
    residuals = targets - inputs @ minimum
    least = float(residuals @ residuals) / (2 * len(inputs))
    theta = np.zeros(problem.dimension, np.float32)
    losses = np.empty(steps, np.float32)
    samples = generator.integers(problem.n_samples, size=(steps, batch_size))
    rate = np.float32(LEARNING_RATE / batch_size)
    for step in range(steps):
        x = inputs[samples[step]]
        theta -= rate * ((x @ theta - targets[samples[step]]) @ x)
        deviation = theta - minimum
        losses[step] = least + 0.5 * (deviation @ (hessian @ deviation))
    return steps


def ensemble(problem: LinearRegression, batch_size: int, steps: int, engine: str) -> int:
    """A thousand replicas; the exact loss of each at every step."""
    start = torch.zeros(REPLICAS, problem.dimension)
    regression_sgd(
        problem, start, learning_rate=LEARNING_RATE, batch_size=batch_size, steps=steps, seed=0, engine=engine
    )
    return steps * REPLICAS


def rate(run: Callable[[], int]) -> float:
    """Replica-steps per second of CPU time."""
    begin = time.process_time()
    return run() / (time.process_time() - begin)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print("size  compiled/(a)  compiled/(b)  batched/(a)    (a) per s  (b) per s  compiled per s  batched per s")
    for size, (n, d, batch_size, compiled_steps, batched_steps) in SIZES.items():
        problem = gaussian_design(n, [1.0] * d, 1.0, seed=0, dtype=torch.float32)
        hessian, minimum = problem.hessian().numpy(), problem.minimum().numpy()
        runs: dict[str, Callable[[], int]] = {
            "a": lambda problem=problem, b=batch_size: plain_pytorch(problem, b),
            "b": lambda problem=problem, b=batch_size, h=hessian, m=minimum: plain_numpy(problem, h, m, b),
            "compiled": lambda problem=problem, b=batch_size, k=compiled_steps: ensemble(problem, b, k, "compiled"),
            "batched": lambda problem=problem, b=batch_size, k=batched_steps: ensemble(problem, b, k, "batched"),
        }
        ensemble(problem, batch_size, 1, "compiled")
        rounds = [{name: rate(run) for name, run in runs.items()} for _ in range(ROUNDS)]
        median = {name: statistics.median(one[name] for one in rounds) for name in runs}
        a, b, compiled, batched = (median[name] for name in ("a", "b", "compiled", "batched"))
        print(
            f"{size:4}  {compiled / a:12,.0f}  {compiled / b:12,.0f}  {batched / a:11,.0f}  "
            f"{a:11,.0f}  {b:9,.0f}  {compiled:14,.0f}  {batched:13,.0f}"
        )


if __name__ == "__main__":
    main()
