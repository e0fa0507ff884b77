import pytest
import torch
from torch import nn

from sgdlab.curvature.layer_factors import loss_factors, output_factors, sample_gradient_squares
from sgdlab.problems import Network, convolutional, fully_connected


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def network(module, *shape, outputs=2, n=5, device="cpu"):
    return Network(module, random(n, *shape).to(device), random(n, outputs, seed=1).to(device))


def point(problem):
    return problem.initial(seed=0)[0] + 0.1 * random(problem.dimension, seed=2).to(problem.device)


NETWORKS = {
    "fully connected": (fully_connected([4, 6, 3, 2]), (4,)),
    "convolutional": (convolutional(((3, 2), (4,)), in_channels=2, size=6, classes=2), (2, 6, 6)),
    "no bias": (nn.Sequential(nn.Linear(4, 3, bias=False), nn.Tanh(), nn.Linear(3, 2, bias=False)), (4,)),
    "strides": (
        nn.Sequential(
            nn.Conv2d(2, 3, (3, 2), stride=2, padding=(1, 2), dilation=(1, 2)), nn.Flatten(), nn.Linear(27, 2)
        ),
        (2, 6, 4),
    ),
    "few positions": (nn.Sequential(nn.Conv2d(4, 5, 2), nn.ReLU(), nn.Flatten(), nn.Linear(5, 2)), (4, 2, 2)),
    "in place": (
        nn.Sequential(nn.Linear(4, 6), nn.ReLU(inplace=True), nn.Linear(6, 6), nn.ReLU(inplace=True), nn.Linear(6, 2)),
        (4,),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_factors_make_up_the_gradients_of_outputs_and_losses(name):
    module, shape = NETWORKS[name]
    problem = network(module, *shape)
    theta, samples = point(problem), torch.tensor([3, 0, 4])
    jacobian = torch.func.jacrev(problem.outputs)(theta, samples)
    gradients = problem.sample_gradients(theta, samples)[:, None]
    for factors, expected in (
        (output_factors(problem, theta, samples), jacobian),
        (loss_factors(problem, theta, samples), gradients),
    ):
        made = []
        for layer in factors:
            made.append(layer.weight_gradients())
            if layer.has_bias:
                made.append(layer.backprops.sum(-1))
        torch.testing.assert_close(torch.cat(made, 2), expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_squares_are_those_of_the_gradients(name, device):
    module, shape = NETWORKS[name]
    problem = network(module, *shape, device=device)
    theta, samples = point(problem), torch.tensor([3, 0, 4], device=device)
    expected = problem.sample_gradients(theta, samples).square().sum(1)
    torch.testing.assert_close(sample_gradient_squares(problem, theta, samples), expected)


def test_parameters_may_come_in_another_order_than_the_calls():
    class Crossed(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.first = nn.Linear(3, 2), nn.Linear(4, 3)

        def forward(self, x):
            return self.last(torch.tanh(self.first(x)))

    problem = network(Crossed(), 4)
    theta = point(problem)
    squares = problem.sample_gradients(theta).square().sum(1)
    torch.testing.assert_close(sample_gradient_squares(problem, theta, torch.arange(5)), squares)


def test_neither_gradients_nor_hooks_are_left_behind():
    problem = network(*NETWORKS["fully connected"][:1], 4)
    theta = point(problem)
    for factors in loss_factors(problem, theta, torch.arange(5)):
        assert not factors.inputs.requires_grad
        assert not factors.backprops.requires_grad
    assert not theta.requires_grad
    assert all(not module._forward_hooks for module in problem.module.modules())
    with torch.no_grad():
        assert sample_gradient_squares(problem, theta, torch.arange(5)).min() > 0


def shared():
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, nn.ReLU(), layer, nn.Linear(4, 2))


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (nn.Sequential(nn.Linear(4, 2), nn.LayerNorm(2)), (4,), "Linear and Conv2d layers, got LayerNorm"),
        (nn.Sequential(nn.Conv2d(2, 2, 3, groups=2), nn.Flatten(), nn.Linear(2, 2)), (2, 3, 3), "one group"),
        (nn.Sequential(nn.Conv2d(2, 2, 3, padding="same"), nn.Flatten(), nn.Linear(18, 2)), (2, 3, 3), "zero padding"),
        (
            nn.Sequential(nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular"), nn.Flatten(), nn.Linear(18, 2)),
            (2, 3, 3),
            "zero padding",
        ),
        (nn.Sequential(nn.Linear(4, 2), nn.Flatten(), nn.Linear(6, 2)), (3, 4), r"inputs \(B, features\)"),
        (shared(), (4,), "use each layer once"),
    ],
)
def test_other_layers_are_refused(module, shape, message):
    problem = network(module, *shape)
    with pytest.raises(ValueError, match=message):
        loss_factors(problem, torch.zeros(problem.dimension, dtype=torch.float64), torch.arange(2))
