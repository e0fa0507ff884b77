"""Networks with chosen residuals: their per-sample gradients are then those of the outputs themselves."""

import torch

from sgdlab.problems import Network


def with_residuals(
    network: Network, theta: torch.Tensor, residuals: torch.Tensor, samples: torch.Tensor | None = None
) -> Network:
    """The same network and inputs, with the mean-square loss whose residuals at theta are the given ones.

    The gradient of sample mu at theta is sum_c residuals_mu,c grad f_mu,c: Mori et al. (2022), eq. (9), with the
    residuals f - y replaced. Residuals of 1 give grad f of a scalar output; independent random signs give a sum whose
    squared norm is sum_c |grad f_mu,c|^2 on average.

    Args:
        network: with any loss.
        theta: (P,).
        residuals: (N, C), or (M, C) where `samples` are given.
        samples: sample numbers (M,) that the result keeps; None for all.
    """
    inputs = network.inputs if samples is None else network.inputs[samples]
    kept = Network(network.module, inputs, torch.zeros_like(residuals))
    return Network(network.module, inputs, kept.outputs(theta) - residuals)
