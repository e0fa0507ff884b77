import math

import pytest
import torch
from torch import nn

from sgdlab.problems import Network, convolutional, fully_connected, problem

DTYPE = torch.float64


def random(*shape, seed=0, dtype=DTYPE):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def dense(loss="mean-square", n=12, dtype=DTYPE, device="cpu"):
    inputs = random(n, 5, dtype=dtype).to(device)
    targets = random(n, 3, seed=1, dtype=dtype) if loss == "mean-square" else torch.arange(n) % 3
    return Network(fully_connected([5, 4, 3]), inputs, targets.to(device), loss)


def images(loss="mean-square", n=6):
    targets = random(n, 3, seed=1) if loss == "mean-square" else torch.arange(n) % 3
    return Network(convolutional(((2, 3), (4,)), in_channels=2, size=6, classes=3), random(n, 2, 6, 6), targets, loss)


def filled(module, network, theta):
    """The ordinary module of PyTorch whose parameters hold theta."""
    parameters = dict(module.to(DTYPE).named_parameters())
    assert list(parameters) == list(network.parameter_slices)
    with torch.no_grad():
        for name, place in network.parameter_slices.items():
            parameters[name].copy_(theta[place].view_as(parameters[name]))
    return module


def plain_dense():
    return nn.Sequential(nn.Flatten(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))


def plain_images():
    return nn.Sequential(
        nn.Conv2d(2, 2, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(2, 3, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4, 3),
    )


@pytest.mark.parametrize("loss", ["mean-square", "cross-entropy"])
@pytest.mark.parametrize(("build", "plain"), [(dense, plain_dense), (images, plain_images)])
def test_loss_and_gradient_are_those_of_an_ordinary_module(build, plain, loss):
    network = build(loss)
    theta = network.initial(seed=2)[0] + 0.1 * random(network.dimension)
    module = filled(plain(), network, theta)
    outputs = module(network.inputs)
    if loss == "mean-square":
        expected = nn.functional.mse_loss(outputs, network.targets) * 3 / 2
    else:
        expected = nn.functional.cross_entropy(outputs, network.targets)
    gradient = torch.cat([part.flatten() for part in torch.autograd.grad(expected, list(module.parameters()))])
    torch.testing.assert_close(network.outputs(theta), outputs)
    torch.testing.assert_close(network.loss(theta), expected)
    torch.testing.assert_close(network.gradient(theta), gradient)
    torch.testing.assert_close(network.sample_gradients(theta).mean(0), gradient)


def squared_hinge(outputs, targets):
    return (1 - outputs[:, 0] * targets).clamp(min=0).square()


def test_a_loss_of_the_users_own():
    inputs, targets = random(12, 5), torch.arange(12) % 2 * 2.0 - 1
    network = Network(fully_connected([5, 4, 1]), inputs, targets.to(DTYPE), squared_hinge)
    theta = network.initial(seed=2)[0] + 0.1 * random(network.dimension)
    module = filled(nn.Sequential(nn.Flatten(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 1)), network, theta)
    expected = torch.relu(1 - module(inputs).flatten() * targets).square().mean()
    gradient = torch.cat([part.flatten() for part in torch.autograd.grad(expected, list(module.parameters()))])
    torch.testing.assert_close(network.loss(theta), expected)
    torch.testing.assert_close(network.sample_gradients(theta).mean(0), gradient)


def test_a_function_that_averages_over_the_samples_is_no_loss():
    with pytest.raises(ValueError, match=r"loss must return shape \(B,\)"):
        Network(fully_connected([5, 3]), random(6, 5), random(6, 3), nn.functional.mse_loss)


@pytest.mark.parametrize("build", [dense, images])
def test_replicas_by_vmap_are_single_points(build):
    network = build("cross-entropy")
    thetas, samples = network.initial(seed=0, replicas=3), torch.tensor([[0, 1], [5, 5], [3, 0]])
    together = torch.func.vmap(network.gradient)(thetas, samples)
    alone = torch.stack([network.gradient(theta, some) for theta, some in zip(thetas, samples, strict=True)])
    torch.testing.assert_close(together, alone)
    torch.testing.assert_close(
        torch.func.vmap(network.loss)(thetas), torch.stack([network.loss(theta) for theta in thetas])
    )


def test_every_device_gives_the_same(device):
    network, reference = dense(device=device), dense()
    theta = network.initial(seed=0)[0]
    assert network.device.type == theta.device.type == device
    torch.testing.assert_close(theta.cpu(), reference.initial(seed=0)[0])
    torch.testing.assert_close(network.gradient(theta).cpu(), reference.gradient(theta.cpu()))


def test_values_do_not_depend_on_how_samples_are_cut(monkeypatch):
    network = images()
    theta = network.initial(seed=0)[0]
    whole = [f(theta) for f in (network.loss, network.outputs, network.gradient, network.sample_gradients)]
    assert len(list(network.chunks())) == 1
    monkeypatch.setattr(problem, "_BYTES_ON_CPU", 4 * 8 * 4 * network.inputs[0].numel())
    assert len(list(network.chunks())) > 1
    assert torch.cat(list(network.chunks())).tolist() == list(range(6))
    cut = [f(theta) for f in (network.loss, network.outputs, network.gradient, network.sample_gradients)]
    torch.testing.assert_close(cut, whole)


def test_given_samples_are_those_of_all_samples():
    network, samples = dense(), torch.tensor([7, 0, 7])
    theta = network.initial(seed=0)[0]
    torch.testing.assert_close(network.sample_losses(theta, samples), network.sample_losses(theta)[samples])
    torch.testing.assert_close(network.sample_gradients(theta, samples), network.sample_gradients(theta)[samples])


def test_published_architectures_have_their_numbers_of_parameters():
    targets = torch.zeros(1, 1)
    assert Network(fully_connected([784, 100, 100, 1]), torch.zeros(1, 784), targets).dimension == 88_701
    assert Network(fully_connected([784, 10, 1]), torch.zeros(1, 784), targets).dimension == 7_861
    fashion = Network(fully_connected([784, 2000, 2000, 2000, 10]), torch.zeros(1, 1, 28, 28), torch.zeros(1, 10))
    assert fashion.dimension == 785 * 2000 + 2 * 2001 * 2000 + 2001 * 10
    cifar = Network(convolutional(), torch.zeros(1, 3, 32, 32), torch.zeros(1, 10))
    pairs = [(3, 64), (64, 64), (64, 64), (64, 128), (128, 128), (128, 128), (128, 256), (256, 256), (256, 256)]
    assert cifar.dimension == sum((9 * n_in + 1) * n_out for n_in, n_out in pairs) + (256 * 4 * 4 + 1) * 10


def test_building_and_drawing_leave_the_global_generator_alone():
    state = torch.get_rng_state()
    dense().initial(seed=0)
    images().initial(seed=0)
    assert torch.equal(state, torch.get_rng_state())


def test_initial_weights_are_glorot_uniform_and_biases_zero():
    network = Network(
        convolutional(((8, 16),), in_channels=3, size=8, classes=40),
        random(1, 3, 8, 8),
        torch.zeros(1, 40, dtype=DTYPE),
    )
    theta = network.initial(seed=4, replicas=20)
    fans = {"0.weight": (27, 72), "2.weight": (72, 144), "6.weight": (256, 40)}
    for name, place in network.parameter_slices.items():
        drawn = theta[:, place]
        if name.endswith("bias"):
            assert (drawn == 0).all()
            continue
        bound = math.sqrt(6 / sum(fans[name]))
        assert 0.99 * bound < drawn.abs().max() <= bound
        # Variance b^2/3; the fourth moment b^4/5 gives its error.
        error = bound**2 * math.sqrt(4 / 45 / drawn.numel())
        assert abs(drawn.square().mean() - bound**2 / 3) < 4 * error


def test_initial_of_the_first_replicas_does_not_depend_on_the_others_or_the_dtype():
    network = dense()
    theta = network.initial(seed=0, replicas=3)
    assert theta.shape == (3, network.dimension)
    assert torch.equal(network.initial(seed=0), theta[:1])
    assert torch.equal(dense(dtype=torch.float32).initial(seed=0, replicas=3), theta.float())
    assert not torch.equal(theta[0], theta[1])
    assert not torch.equal(network.initial(seed=1), theta[:1])


def test_any_module_serves_and_its_own_numbers_are_not_read():
    module = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    before = [parameter.clone() for parameter in module.parameters()]
    network = Network(module, random(12, 5), random(12, 3))
    theta = network.initial(seed=0)[0]
    hidden = torch.tanh(network.inputs @ theta[:20].view(4, 5).T + theta[20:24])
    torch.testing.assert_close(network.outputs(theta), hidden @ theta[24:36].view(3, 4).T + theta[36:])
    assert all(torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "hinge"}, "loss must be a function or one of mean-square, cross-entropy, got 'hinge'"),
        ({"inputs": torch.zeros(4)}, "inputs must be floating point"),
        ({"inputs": torch.zeros(4, 5, dtype=torch.int64)}, "inputs must be floating point"),
        ({"inputs": torch.zeros(0, 5)}, "inputs must be floating point"),
        ({"targets": torch.zeros(4)}, r"targets must be torch.float32 \(4, 3\)"),
        ({"targets": torch.zeros(4, 3, dtype=torch.float64)}, r"targets must be torch.float32 \(4, 3\)"),
        ({"loss": "cross-entropy"}, r"targets must be int64 \(4,\)"),
        ({"loss": "cross-entropy", "targets": torch.tensor([0, 1, 2, 3])}, "classes from 0 to 2"),
        ({"loss": "cross-entropy", "targets": torch.tensor([0, 1, 2, -1])}, "classes from 0 to 2"),
        ({"loss": "cross-entropy", "module": fully_connected([5, 1])}, "at least 2 outputs"),
        ({"module": nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3))}, "no buffers"),
        ({"module": nn.Sequential(nn.Linear(5, 3), nn.Flatten(0))}, r"outputs \(B, C\)"),
    ],
)
def test_network_refuses_what_does_not_fit(arguments, message):
    good = {"module": fully_connected([5, 3]), "inputs": torch.zeros(4, 5), "targets": torch.zeros(4, 3)}
    with pytest.raises(ValueError, match=message):
        Network(**(good | arguments))


def test_initial_refuses_no_replica_and_other_parameters():
    with pytest.raises(ValueError, match="replicas must be at least 1, got 0"):
        dense().initial(seed=0, replicas=0)
    normalised = Network(nn.Sequential(nn.Linear(5, 3), nn.LayerNorm(3)), torch.zeros(4, 5), torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"weights and biases only, got the parameter 1\.weight"):
        normalised.initial(seed=0)


def test_point_of_another_dimension_is_refused():
    network = dense()
    with pytest.raises(ValueError, match=r"theta must have shape \(39,\), got \(38,\)"):
        network.loss(torch.zeros(38, dtype=DTYPE))


@pytest.mark.parametrize("widths", [[], [3], [3, 0]])
def test_widths_outside_their_range_are_refused(widths):
    with pytest.raises(ValueError, match="widths must be"):
        fully_connected(widths)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channels": ()}, "channels must be"),
        ({"channels": ((4,), ())}, "channels must be"),
        ({"channels": ((4, 0),)}, "channels must be"),
        ({"in_channels": 0}, "in_channels and classes"),
        ({"classes": 0}, "in_channels and classes"),
        ({"size": 7}, "size must be at least 8 for 3 stacks, got 7"),
    ],
)
def test_convolutional_refuses_what_is_outside_its_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        convolutional(**arguments)


def test_convolutional_takes_images_whose_size_is_odd():
    network = Network(convolutional(((2,), (3,)), in_channels=1, size=7, classes=2), random(2, 1, 7, 7), random(2, 2))
    assert network.outputs(network.initial(seed=0)[0]).shape == (2, 2)
