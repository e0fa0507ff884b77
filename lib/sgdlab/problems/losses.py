"""Losses of single samples, as functions of a network's outputs and its targets."""

from collections.abc import Callable

import torch
from torch.nn.functional import logsigmoid

SampleLoss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def mean_square(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Loss |f - y|^2 / 2 of each sample, outputs and targets (B, C), shape (B,). Mori et al. (2022), eq. (1)."""
    return (outputs - targets).square().sum(1) / 2


def cross_entropy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Loss -log softmax(f)_y of each sample, outputs (B, C), C >= 2, classes (B,) int64, shape (B,)."""
    # Written as log(1 + sum_{j != y} exp(f_j - f_y)): it keeps its digits, and those of its gradient, where a sample is
    # fitted well. The usual difference of log-sum-exp and f_y leaves none below a loss of 1e-7 in float32.
    excess = outputs - outputs.gather(1, targets[:, None])
    is_target = torch.arange(outputs.shape[1], device=outputs.device) == targets[:, None]
    return -logsigmoid(-excess.masked_fill(is_target, -torch.inf).logsumexp(1))


SAMPLE_LOSSES: dict[str, SampleLoss] = {
    "mean-square": mean_square,
    "cross-entropy": cross_entropy,
}
