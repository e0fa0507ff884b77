"""What every problem offers: the loss over N samples and its derivatives, as functions of one point."""

from collections.abc import Iterator
from typing import Protocol

import torch

# What a pass over all samples may hold at once.
_BYTES_ON_CPU = 200_000_000
_BYTES_ON_GPU = 4_000_000_000


class Problem(Protocol):
    """A loss L(theta) = (1/N) sum_mu ell_mu(theta) and its derivatives.

    Each function is a pure function of one point `theta` (P,), so that `torch.func.vmap` makes it one of many replicas.
    `samples` is an int64 tensor (B,) of sample numbers, or None for all N of them. Those that are given are evaluated
    at once; all of them may be evaluated part by part, as `chunks` cuts them.
    """

    @property
    def dimension(self) -> int:
        """P, the number of parameters."""

    @property
    def n_samples(self) -> int:
        """N, the number of samples."""

    @property
    def device(self) -> torch.device:
        """Where the samples are, and where `theta` is to be."""

    def loss(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Mean of the samples' losses, shape ()."""

    def sample_losses(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Loss ell_mu of each sample, shape (B,)."""

    def gradient(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Gradient of `loss`, shape (P,)."""

    def sample_gradients(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Gradient of each sample's loss, shape (B, P)."""

    def chunks(self, samples: torch.Tensor | None = None) -> Iterator[torch.Tensor]:
        """Cut the samples, in their order, into parts that one pass can hold in memory (200 MB; 4 GB on a GPU)."""


def cut(samples: torch.Tensor, bytes_per_sample: int) -> Iterator[torch.Tensor]:
    """Cut sample numbers (M,), in their order, into parts of at most 200 MB (4 GB on a GPU) and at least one sample."""
    memory = _BYTES_ON_CPU if samples.device.type == "cpu" else _BYTES_ON_GPU
    yield from torch.split(samples, max(1, memory // bytes_per_sample))
