"""Neural networks as problems: one flat parameter vector, any module whose samples do not see each other."""

import itertools
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from sgdlab.problems.losses import SAMPLE_LOSSES, SampleLoss
from sgdlab.problems.problem import cut


class Network:
    """A module with its data and its loss, as a function of one flat parameter vector theta (P,).

    It is a `Problem`: see there for `samples`. The parameters' values that the module itself holds are never read.

    Args:
        module: maps inputs (B, ...) to outputs (B, C). It may lie on the meta device, as those of `fully_connected` and
            `convolutional` do: then it says what is computed and holds no numbers.
        inputs: (N, ...), floating point; theta has this dtype and device.
        targets: (N, C) of the inputs' dtype for `"mean-square"`; (N,) int64 classes for `"cross-entropy"`; (N, ...) for
            a loss of your own.
        loss: `"mean-square"`: ell = |f - y|^2 / 2, summed over the outputs (Mori et al. 2022, eq. 1);
            `"cross-entropy"`: ell = -log softmax(f)_y; or a function of outputs (B, C) and targets (B, ...) that
            returns the loss of each sample, (B,), and can be differentiated.

    Attributes:
        n_outputs: C.
        parameter_slices: for each parameter's name, in the module's order, its place in theta.

    Raises:
        ValueError: a shape, a dtype or a loss that is none of these; a module with buffers, such as batch
            normalisation, in which a sample's output depends on the other samples.
    """

    def __init__(
        self, module: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, loss: str | SampleLoss = "mean-square"
    ) -> None:
        if isinstance(loss, str) and loss not in SAMPLE_LOSSES:
            raise ValueError(f"loss must be a function or one of {', '.join(SAMPLE_LOSSES)}, got {loss!r}")
        if inputs.ndim < 2 or len(inputs) == 0 or not inputs.is_floating_point():
            raise ValueError(f"inputs must be floating point (N, ...), got {inputs.dtype} {tuple(inputs.shape)}")
        if any(True for _ in module.buffers()):
            raise ValueError("module must have no buffers: a sample's output may not depend on the other samples")
        self.module = module
        self.inputs = inputs
        self.targets = targets
        self._sample_losses = SAMPLE_LOSSES[loss] if isinstance(loss, str) else loss
        self._shapes = {name: parameter.shape for name, parameter in module.named_parameters()}
        self._sizes = [shape.numel() for shape in self._shapes.values()]
        ends = itertools.accumulate(self._sizes)
        self.parameter_slices = {
            name: slice(end - size, end) for name, size, end in zip(self._shapes, self._sizes, ends, strict=True)
        }
        self.n_outputs, self._values_per_sample = self._try_one_sample()
        self._check_targets(loss)

    @property
    def dimension(self) -> int:
        """The number of parameters P."""
        return sum(self._sizes)

    @property
    def n_samples(self) -> int:
        """The number of samples N."""
        return len(self.inputs)

    @property
    def device(self) -> torch.device:
        """Where the samples are."""
        return self.inputs.device

    def initial(self, seed: int, replicas: int = 1) -> torch.Tensor:
        """Starting points (R, P): Glorot-uniform weights, zero biases.

        Drawn in float64, replica after replica, and rounded to the inputs' dtype: the first replicas do not depend on
        how many follow, nor the draws on dtype or device.

        Raises:
            ValueError: `replicas` below 1; a parameter that is neither a weight (two axes or more) nor a bias.
        """
        if replicas < 1:
            raise ValueError(f"replicas must be at least 1, got {replicas}")
        generator = torch.Generator().manual_seed(seed)
        theta = torch.zeros(replicas, self.dimension, dtype=torch.float64)
        for point in theta:
            for (name, shape), place in zip(self._shapes.items(), self.parameter_slices.values(), strict=True):
                if len(shape) >= 2:
                    fan_in, fan_out = shape[1:].numel(), shape[0] * shape[2:].numel()
                    bound = (6 / (fan_in + fan_out)) ** 0.5
                    point[place].uniform_(-bound, bound, generator=generator)
                elif not name.endswith("bias"):
                    raise ValueError(f"module must have weights and biases only, got the parameter {name} {shape}")
        return theta.to(self.inputs)

    def parameters(self, theta: torch.Tensor) -> dict[str, torch.Tensor]:
        """The module's parameters by name, as parts of theta (P,)."""
        if theta.shape != (self.dimension,):
            raise ValueError(f"theta must have shape ({self.dimension},), got {tuple(theta.shape)}")
        # The backward of one split is one concatenation; that of a slice would be a zero tensor of theta's size.
        parts = torch.split(theta, self._sizes)
        return {name: part.view(shape) for (name, shape), part in zip(self._shapes.items(), parts, strict=True)}

    def outputs(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Outputs f_mu(theta), shape (B, C)."""
        if samples is None:
            return torch.cat([self.outputs(theta, part) for part in self.chunks()])
        # As self.inputs[samples], but under vmap indexing does not read row by row.
        inputs = torch.nn.functional.embedding(samples, self.inputs.flatten(1))
        return self._forward(theta, inputs.unflatten(-1, self.inputs.shape[1:]))

    def loss(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Mean of the samples' losses, shape ()."""
        return self.sample_losses(theta, samples).mean()

    def sample_losses(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Loss ell_mu of each sample, shape (B,)."""
        if samples is None:
            return torch.cat([self.sample_losses(theta, part) for part in self.chunks()])
        return self._sample_losses(self.outputs(theta, samples), self.targets[samples])

    def gradient(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Gradient of `loss`, shape (P,)."""
        if samples is not None:
            gradient: torch.Tensor = torch.func.grad(self.loss)(theta, samples)
            return gradient
        total = torch.zeros_like(theta)
        for part in self.chunks():
            total = total + self.gradient(theta, part) * (len(part) / self.n_samples)
        return total

    def sample_gradients(self, theta: torch.Tensor, samples: torch.Tensor | None = None) -> torch.Tensor:
        """Gradient of each sample's loss, shape (B, P): memory B P, so for few samples or small networks."""
        if samples is None:
            return torch.cat([self.sample_gradients(theta, part) for part in self.chunks()])
        gradients: torch.Tensor = torch.func.vmap(self.gradient, in_dims=(None, 0))(theta, samples[:, None])
        return gradients

    def chunks(self, samples: torch.Tensor | None = None) -> Iterator[torch.Tensor]:
        """Cut the samples into parts whose activations and their derivatives fit into memory."""
        if samples is None:
            samples = torch.arange(self.n_samples, device=self.device)
        # Values, tangents or backprops, and what an operation needs besides.
        return cut(samples, 4 * self._values_per_sample * self.inputs.element_size())

    def _forward(self, theta: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = torch.func.functional_call(self.module, self.parameters(theta), (inputs,))
        return outputs

    def _try_one_sample(self) -> tuple[int, int]:
        """The number of outputs, and of the values that a sample's forward pass leaves behind."""
        values = [self.inputs[0].numel()]
        layers = [module for module in self.module.modules() if not any(module.children())]
        hooks = [layer.register_forward_hook(lambda _, __, output: values.append(output.numel())) for layer in layers]
        try:
            outputs = self._forward(self.inputs.new_zeros(self.dimension), self.inputs[:1])
        finally:
            for hook in hooks:
                hook.remove()
        if outputs.ndim != 2:
            raise ValueError(f"module must give outputs (B, C), got {tuple(outputs.shape)} for one sample")
        return outputs.shape[1], sum(values)

    def _check_targets(self, loss: str | SampleLoss) -> None:
        shape, dtype = tuple(self.targets.shape), self.targets.dtype
        if loss == "mean-square":
            if shape != (self.n_samples, self.n_outputs) or dtype != self.inputs.dtype:
                expected = f"{self.inputs.dtype} ({self.n_samples}, {self.n_outputs})"
                raise ValueError(f"targets must be {expected} for a mean-square loss, got {dtype} {shape}")
        elif loss == "cross-entropy":
            if self.n_outputs < 2:
                raise ValueError("module must have at least 2 outputs for a cross-entropy loss, got 1")
            if shape != (self.n_samples,) or dtype != torch.int64:
                raise ValueError(f"targets must be int64 ({self.n_samples},) for cross-entropy, got {dtype} {shape}")
            if not 0 <= int(self.targets.min()) <= int(self.targets.max()) < self.n_outputs:
                raise ValueError(f"targets must be classes from 0 to {self.n_outputs - 1}")
        else:
            if shape[:1] != (self.n_samples,):
                raise ValueError(f"targets must be ({self.n_samples}, ...), got {shape}")
            losses = self._sample_losses(self.inputs.new_zeros(1, self.n_outputs), self.targets[:1])
            if losses.shape != (1,):
                raise ValueError(f"loss must return shape (B,), one number for each sample, got {tuple(losses.shape)}")


def fully_connected(widths: Sequence[int]) -> nn.Sequential:
    """Linear layers of the given widths, inputs first and outputs last, with ReLU between them, on the meta device.

    `fully_connected([784, 100, 100, 1])` is the network of Mori et al. (2022), sec. 5.1. Inputs (B, ...) are flattened.

    Raises:
        ValueError: fewer than two widths, or one below 1.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths must be at least two numbers, each at least 1, got {list(widths)}")
    layers: list[nn.Module] = [nn.Flatten()]
    for n_in, n_out in itertools.pairwise(widths):
        layers += [nn.Linear(n_in, n_out, device="meta"), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def convolutional(
    channels: Sequence[Sequence[int]] = ((64, 64, 64), (128, 128, 128), (256, 256, 256)),
    *,
    in_channels: int = 3,
    size: int = 32,
    classes: int = 10,
) -> nn.Sequential:
    """Stacks of 3 x 3 convolutions with ReLU, MaxPool(2) after each stack, one linear output layer, on the meta device.

    The default is the network of Mori et al. (2022), sec. 5.2, for CIFAR-10. Convolutions have stride 1 and padding 1.

    Args:
        channels: for each stack the channels of its convolutions.
        in_channels: channels of an image.
        size: height and width of an image, at least 2 to the power of the number of stacks.
        classes: number of outputs.

    Raises:
        ValueError: an empty stack, a number below 1, or an image too small for the stacks.
    """
    if len(channels) == 0 or any(len(stack) == 0 or min(stack) < 1 for stack in channels):
        raise ValueError(f"channels must be non-empty stacks of numbers of at least 1, got {channels}")
    if in_channels < 1 or classes < 1:
        raise ValueError(f"in_channels and classes must be at least 1, got {in_channels} and {classes}")
    if size < 2 ** len(channels):
        raise ValueError(f"size must be at least {2 ** len(channels)} for {len(channels)} stacks, got {size}")
    layers: list[nn.Module] = []
    n_in = in_channels
    for stack in channels:
        for n_out in stack:
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1, device="meta"), nn.ReLU()]
            n_in = n_out
        layers.append(nn.MaxPool2d(2))
        size //= 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_in * size**2, classes, device="meta"))
