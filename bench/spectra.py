"""The whole spectrum of the Gauss-Newton matrix of a network with one output, against its ten largest eigenvalues."""

from dataclasses import dataclass

import torch

from bench.timing import Effort, Rates, Row, in_turns
from sgdlab.curvature import gauss_newton_spectrum, top_eigenpairs
from sgdlab.problems import Network, fully_connected


@dataclass(frozen=True)
class Sizes:
    """What is run."""

    widths: tuple[int, ...] = (784, 100, 100, 1)
    n_samples: int = 1000
    count: int = 10


SIZES = Sizes()


def rows(sizes: Sizes, effort: Effort) -> tuple[list[Row], Rates]:
    """The line of the table, and the spectra per second behind it, at a random start and for random data."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(sizes.n_samples, sizes.widths[0], generator=generator)
    targets = torch.randn(sizes.n_samples, 1, generator=generator)
    network = Network(fully_connected(sizes.widths), inputs, targets)
    theta = network.initial(seed=0)[0]
    whole, top = "whole Gauss-Newton spectrum", f"Lanczos, top {sizes.count}"
    rates = in_turns(
        {
            whole: (1, lambda: gauss_newton_spectrum(network, theta)),
            top: (1, lambda: top_eigenpairs(network, theta, sizes.count, seed=0, operator="gauss-newton")),
        },
        effort.rounds,
    )
    size = f"P={network.dimension:,} N={sizes.n_samples:,}"
    return [Row(f"{whole} / {top}, {size}", rates[whole] / rates[top], 5, 10)], rates
