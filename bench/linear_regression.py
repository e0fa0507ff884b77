"""SGD on linear regression: a thousand replicas and their losses, against a loop over one, and against memory."""

from dataclasses import dataclass

import torch

from bench import baselines
from bench.timing import Effort, Rates, Row, in_turns, named
from sgdlab.dynamics import regression_sgd
from sgdlab.problems import gaussian_design

LEARNING_RATE = 0.05


@dataclass(frozen=True)
class Case:
    """One size of problem, and the steps that each engine makes on it."""

    name: str
    n_samples: int
    dimension: int
    batch_size: int
    compiled_steps: int
    batched_steps: int


@dataclass(frozen=True)
class Sizes:
    """What is run."""

    cases: tuple[Case, ...] = (
        Case("S", 10_000, 10, 1, compiled_steps=5000, batched_steps=1000),
        Case("M", 10_000, 100, 10, compiled_steps=1000, batched_steps=200),
        Case("L", 100_000, 100, 10, compiled_steps=2000, batched_steps=300),
    )
    replicas: int = 1000
    pytorch_steps: int = 2000
    numpy_steps: int = 10_000
    read_bytes: int = 400_000_000


SIZES = Sizes()


def rows(sizes: Sizes, effort: Effort) -> tuple[list[Row], Rates]:
    """The lines of the table, and the replica-steps (bytes read) per second behind them.

    The time of an ensemble is that of the whole call, the rotation of the data included; the loss of every replica is
    computed at every step.
    """
    numbers = torch.ones(sizes.read_bytes // 4)
    rates = {case.name: _rates(case, sizes, numbers, effort) for case in sizes.cases}
    s, m, large = rates.values()
    # A step reads B samples of d numbers, each of 4 bytes.
    m_bytes, large_bytes = (4 * case.batch_size * case.dimension for case in sizes.cases[1:])
    table = [
        Row("linear regression / plain PyTorch loop, S", s["compiled"] / s["PyTorch loop"], 9000, 15_000),
        Row("linear regression / plain PyTorch loop, M", m["compiled"] / m["PyTorch loop"], 550, 1500),
        Row("linear regression / plain PyTorch loop, L", large["compiled"] / large["PyTorch loop"], 170, 500),
        Row("linear regression / good NumPy loop, S", s["compiled"] / s["NumPy loop"], 600, 1000),
        Row("linear regression / good NumPy loop, M", m["compiled"] / m["NumPy loop"], 33, 80),
        Row("linear regression / good NumPy loop, L", large["compiled"] / large["NumPy loop"], 15, 40),
        Row("bytes of linear regression / plain read, M", m_bytes * m["compiled"] / m["read"], 0.5, 0.9),
        Row("bytes of linear regression / plain read, L", large_bytes * large["compiled"] / large["read"], 0.16, 0.45),
        Row("batched path / plain PyTorch loop, S", s["batched"] / s["PyTorch loop"], 2500, 4500),
        Row("batched path / plain PyTorch loop, M", m["batched"] / m["PyTorch loop"], 125, 280),
        Row("batched path / plain PyTorch loop, L", large["batched"] / large["PyTorch loop"], 90, 180),
    ]
    return table, {way: rate for name, case in rates.items() for way, rate in named(case, f"regression {name}").items()}


def _rates(case: Case, sizes: Sizes, numbers: torch.Tensor, effort: Effort) -> Rates:
    problem = gaussian_design(case.n_samples, [1.0] * case.dimension, 1.0, seed=0, dtype=torch.float32)
    start = torch.zeros(sizes.replicas, case.dimension)
    pytorch_steps, numpy_steps = effort.steps(sizes.pytorch_steps), effort.steps(sizes.numpy_steps)

    def pytorch_loop() -> None:
        baselines.pytorch_regression(
            problem.inputs,
            problem.targets,
            learning_rate=LEARNING_RATE,
            batch_size=case.batch_size,
            steps=pytorch_steps,
        )

    hessian, minimum = problem.hessian().numpy(), problem.minimum().numpy()

    def numpy_loop() -> None:
        baselines.numpy_regression(
            problem.inputs.numpy(),
            problem.targets.numpy(),
            hessian,
            minimum,
            learning_rate=LEARNING_RATE,
            batch_size=case.batch_size,
            steps=numpy_steps,
        )

    def ensemble(engine: str, steps: int) -> None:
        regression_sgd(
            problem,
            start,
            learning_rate=LEARNING_RATE,
            batch_size=case.batch_size,
            steps=steps,
            seed=0,
            engine=engine,
        )

    compiled_steps, batched_steps = effort.steps(case.compiled_steps), effort.steps(case.batched_steps)
    return in_turns(
        {
            "PyTorch loop": (pytorch_steps, pytorch_loop),
            "NumPy loop": (numpy_steps, numpy_loop),
            "compiled": (compiled_steps * sizes.replicas, lambda: ensemble("compiled", compiled_steps)),
            "batched": (batched_steps * sizes.replicas, lambda: ensemble("batched", batched_steps)),
            "read": (numbers.nbytes, lambda: baselines.read(numbers)),
        },
        effort.rounds,
    )
