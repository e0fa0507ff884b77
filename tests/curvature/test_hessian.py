import functools

import pytest
import torch
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from sgdlab.curvature import hessian, hessian_vector_product, top_eigenpairs
from sgdlab.problems import Network, convolutional, fully_connected, gaussian_design, problem


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dense(loss, device="cpu"):
    targets = random(15, 3, seed=1) if loss == "mean-square" else torch.arange(15) % 3
    return Network(fully_connected([4, 6, 3]), random(15, 4).to(device), targets.to(device), loss)


def images(loss):
    targets = random(6, 2, seed=1) if loss == "mean-square" else torch.arange(6) % 2
    module = convolutional(((2,), (3,)), in_channels=2, size=4, classes=2)
    return Network(module, random(6, 2, 4, 4), targets, loss)


def point(network):
    theta = network.initial(seed=0)[0]
    return theta + 0.1 * random(network.dimension, seed=2).to(theta)


@pytest.mark.parametrize("build", [dense, images])
@pytest.mark.parametrize("loss", ["mean-square", "cross-entropy"])
def test_product_is_that_of_the_hessian_matrix(build, loss, monkeypatch):
    network = build(loss)
    theta, v = point(network), random(network.dimension, seed=4)
    matrix = torch.func.hessian(network.loss)(theta)
    torch.testing.assert_close(hessian_vector_product(network, theta, v), matrix @ v)
    monkeypatch.setattr(problem, "_BYTES_ON_CPU", 3000)
    assert len(list(network.chunks())) > 1
    torch.testing.assert_close(hessian_vector_product(network, theta, v), matrix @ v)


def test_product_of_linear_regression_is_the_same_at_each_point():
    regression, v = gaussian_design(20, [2.0, 1.0, 0.1], 1.0, seed=0), random(3, seed=4)
    for seed in (0, 1):
        product = hessian_vector_product(regression, random(3, seed=seed), v)
        torch.testing.assert_close(product, regression.hessian() @ v)


@pytest.mark.parametrize("bytes_at_once", [10**9, 3000, 300])
def test_products_at_one_point_are_those_of_the_matrix_in_one_part_or_many(bytes_at_once, monkeypatch):
    network = dense("cross-entropy")
    monkeypatch.setattr(problem, "_BYTES_ON_CPU", bytes_at_once)
    theta = point(network)
    expected = torch.linalg.eigvalsh(torch.func.hessian(network.loss)(theta)).flip(0)[:4]
    values, vectors = top_eigenpairs(network, theta, 4, seed=0)
    torch.testing.assert_close(values, expected)
    product = torch.stack([hessian_vector_product(network, theta, vector) for vector in vectors])
    torch.testing.assert_close(product, values[:, None] * vectors, rtol=1e-6, atol=1e-8)
    assert theta.grad is None
    assert not theta.requires_grad


@pytest.mark.parametrize("operator", ["hessian", "gauss-newton"])
def test_top_eigenpairs_are_those_of_the_matrix(operator, device):
    network = dense("mean-square", device)
    theta = point(network)
    if operator == "hessian":
        matrix = torch.func.hessian(network.loss)(theta)
    else:
        jacobian = torch.func.jacrev(network.outputs)(theta).flatten(0, 1)
        matrix = jacobian.T @ jacobian / network.n_samples
    values, vectors = top_eigenpairs(network, theta, 5, seed=0, operator=operator)
    torch.testing.assert_close(values, torch.linalg.eigvalsh(matrix).flip(0)[:5])
    torch.testing.assert_close(vectors @ vectors.T, torch.eye(5).to(theta))
    torch.testing.assert_close(vectors @ matrix, values[:, None] * vectors)


def test_largest_means_largest_with_its_sign():
    # A Hessian with eigenvalues of both signs, the most negative one largest in size.
    class Saddle:
        dimension, n_samples = 4, 1
        curvatures = torch.tensor([1.0, -5.0, 0.5, -0.1], dtype=torch.float64)

        def chunks(self):
            yield torch.tensor([0])

        def gradient(self, theta, samples=None):
            return self.curvatures * theta

    values, vectors = top_eigenpairs(Saddle(), torch.zeros(4, dtype=torch.float64), 2, seed=0)
    torch.testing.assert_close(values, torch.tensor([1.0, 0.5], dtype=torch.float64))
    torch.testing.assert_close(vectors.abs(), torch.eye(4, dtype=torch.float64)[[0, 2]])


def test_single_precision_is_kept():
    regression = gaussian_design(50, [2.0, 1.0, 0.1], 1.0, seed=0, dtype=torch.float32)
    values, vectors = top_eigenpairs(regression, torch.zeros(3), 2, seed=0)
    assert values.dtype == vectors.dtype == torch.float32
    torch.testing.assert_close(values, regression.eigenbasis()[0][:2], rtol=1e-5, atol=0)


def test_the_seed_decides_and_the_global_generator_stays():
    network = dense("mean-square")
    theta, state = point(network), torch.get_rng_state()
    first, again = (top_eigenpairs(network, theta, 3, seed=0)[1] for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("operator", ["hessian", "gauss-newton"])
def test_an_iteration_that_does_not_converge_raises(operator, monkeypatch):
    monkeypatch.setattr(hessian, "eigsh", functools.partial(eigsh, maxiter=1))
    network = dense("mean-square")
    with pytest.raises(ArpackNoConvergence):
        top_eigenpairs(network, point(network), 3, seed=0, operator=operator)


def test_arguments_outside_their_range_are_refused():
    regression, theta = gaussian_design(20, [2.0, 1.0], 1.0, seed=0), torch.zeros(2, dtype=torch.float64)
    for count in (0, 2):
        with pytest.raises(ValueError, match=f"count must be from 1 to 1, got {count}"):
            top_eigenpairs(regression, theta, count, seed=0)
    with pytest.raises(ValueError, match="operator must be hessian or gauss-newton, got 'fisher'"):
        top_eigenpairs(regression, theta, 1, seed=0, operator="fisher")
    with pytest.raises(ValueError, match="must be a Network for gauss-newton, got LinearRegression"):
        top_eigenpairs(regression, theta, 1, seed=0, operator="gauss-newton")
    with pytest.raises(ValueError, match=r"vector must have shape \(2,\), got \(3,\)"):
        hessian_vector_product(regression, theta, torch.zeros(3))
