"""The two factors of each layer's per-sample gradient: what enters the layer, and what comes back to its output.

The gradient of a sample with respect to the weights of a Linear layer is the outer product of the two; of a Conv2d
layer, the sum of outer products over positions. Norms and inner products follow without forming it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.nn.functional import unfold

from sgdlab.problems import Network


@dataclass(frozen=True, eq=False)
class LayerFactors:
    """Factors of one layer's per-sample gradients, for B samples and C differentiated quantities.

    Attributes:
        layer: the Linear or Conv2d module.
        inputs: what entered it: (B, in) of a Linear layer, (B, channels, height, width) of a Conv2d layer.
        backprops: derivatives with respect to the layer's output, (B, C, out, positions); 1 position for Linear layers.
    """

    layer: nn.Linear | nn.Conv2d
    inputs: torch.Tensor
    backprops: torch.Tensor

    @property
    def has_bias(self) -> bool:
        """Whether the layer has a bias, whose gradient is the sum of the backprops over positions."""
        return self.layer.bias is not None

    def activations(self) -> torch.Tensor:
        """What each output position sees, (B, in, positions); a convolution's patches are cut out anew at each call."""
        if isinstance(self.layer, nn.Linear):
            return self.inputs[:, :, None]
        layer = self.layer
        return unfold(self.inputs, layer.kernel_size, layer.dilation, layer.padding, layer.stride)  # type: ignore[arg-type]

    def weight_gradients(self) -> torch.Tensor:
        """Per-sample gradients of the layer's weights, (B, C, out * in)."""
        return torch.einsum("bcop,bip->bcoi", self.backprops, self.activations()).flatten(2)


def output_factors(network: Network, theta: torch.Tensor, samples: torch.Tensor) -> list[LayerFactors]:
    """Factors of the gradients of each of the C outputs, layer after layer.

    Args:
        network: of Linear and Conv2d layers; each of its parameters belongs to one, which is used once.
        theta: (P,).
        samples: sample numbers (B,), evaluated at once.

    Raises:
        ValueError: the network has other layers with parameters, or convolutions with groups or unusual padding.
    """
    with torch.enable_grad(), _recorded(network) as calls:
        outputs = network.outputs(theta.detach().requires_grad_(), samples)
        totals = list(outputs.sum(0))
    return _factors(calls, totals)


def loss_factors(network: Network, theta: torch.Tensor, samples: torch.Tensor) -> list[LayerFactors]:
    """Factors of the gradients of the samples' losses (C = 1), layer after layer; as `output_factors`."""
    with torch.enable_grad(), _recorded(network) as calls:
        total = network.sample_losses(theta.detach().requires_grad_(), samples).sum()
    return _factors(calls, [total])


def sample_gradient_squares(network: Network, theta: torch.Tensor, samples: torch.Tensor) -> torch.Tensor:
    """Squared norms |grad ell_mu|^2 of the samples' gradients, shape (B,), float64; as `output_factors`."""
    total = torch.zeros(len(samples), dtype=torch.float64, device=theta.device)
    for factors in loss_factors(network, theta, samples):
        backprops = factors.backprops[:, 0]
        total += _weight_squares(factors.activations(), backprops).double()
        if factors.has_bias:
            total += backprops.sum(-1).square().sum(-1).double()
    return total


def _weight_squares(activations: torch.Tensor, backprops: torch.Tensor) -> torch.Tensor:
    """Squared norms of sum_p d_p a_p^T, (B,), for a (B, in, positions) and d (B, out, positions)."""
    positions = activations.shape[-1]
    if positions**2 <= activations.shape[1] * backprops.shape[1]:
        # The inner products between positions are fewer than the weights.
        return ((activations.mT @ activations) * (backprops.mT @ backprops)).sum((1, 2))
    return (backprops @ activations.mT).square().sum((1, 2))


@dataclass(frozen=True, eq=False)
class _Call:
    layer: nn.Linear | nn.Conv2d
    inputs: torch.Tensor
    # The edge, and not the tensor: an in-place ReLU behind the layer would change what the tensor stands for.
    output: GradientEdge


@contextmanager
def _recorded(network: Network) -> Iterator[list[_Call]]:
    """Record every call of a layer with parameters while the context lasts."""
    layers = [module for module in network.module.modules() if any(True for _ in module.parameters(recurse=False))]
    for layer in layers:
        _check_layer(layer)
    calls: list[_Call] = []

    def record(layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        assert isinstance(layer, nn.Linear | nn.Conv2d)
        if isinstance(layer, nn.Linear) and inputs[0].ndim != 2:
            raise ValueError(f"module must give its Linear layers inputs (B, features), got {tuple(inputs[0].shape)}")
        calls.append(_Call(layer, inputs[0].detach(), get_gradient_edge(output)))

    hooks = [layer.register_forward_hook(record) for layer in layers]
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()
    if len({id(call.layer) for call in calls}) < len(calls):
        raise ValueError("module must use each layer once")


def _check_layer(layer: nn.Module) -> None:
    if not isinstance(layer, nn.Linear | nn.Conv2d):
        raise ValueError(f"module must have its parameters in Linear and Conv2d layers, got {type(layer).__name__}")
    if isinstance(layer, nn.Conv2d) and (
        layer.groups != 1 or layer.padding_mode != "zeros" or isinstance(layer.padding, str)
    ):
        raise ValueError(f"module must have convolutions of one group with zero padding in numbers, got {layer}")


def _factors(calls: list[_Call], totals: list[torch.Tensor]) -> list[LayerFactors]:
    """Backpropagate each total to every recorded output."""
    edges = [call.output for call in calls]
    rows = [torch.autograd.grad(total, edges, retain_graph=total is not totals[-1]) for total in totals]
    return [
        LayerFactors(
            call.layer,
            call.inputs,
            torch.stack(
                [gradient.flatten(2) if gradient.ndim > 2 else gradient[:, :, None] for gradient in gradients], 1
            ),
        )
        for call, gradients in zip(calls, zip(*rows, strict=True), strict=True)
    ]
