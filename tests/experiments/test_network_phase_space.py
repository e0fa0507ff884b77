"""SGD along Hessian eigenvectors: on linear regression, whose laws are known, and on a small network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from sgdlab.curvature import hessian_vector_product
from sgdlab.experiments import _tanh_minimum, network_phase_space
from sgdlab.experiments._phase_space_run import Run, autocorrelation, stationary_run
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.problems import Network

TINY = replace(network_phase_space.QUICK.minimum, n_samples=64, hidden=3, iterations=60)
SMALL = replace(
    network_phase_space.QUICK,
    minimum=TINY,
    batch_size=16,
    eigenvectors=4,
    replicas=3,
    transient=20,
    steps=120,
    virial_every=10,
    lags=10,
    shown=20,
    cloud=30,
    grid=3,
)
CURVATURES = torch.tensor([2.0, 0.5, 0.1], dtype=torch.float64)
RUN = Run(
    learning_rate=0.2,
    momentum=0.5,
    weight_decay=0.0,
    batch_size=20,
    sampling="with-replacement",
    replicas=60,
    transient=300,
    steps=900,
    virial_every=20,
    seed=3,
)


@pytest.fixture(scope="module")
def regression():
    """One linear layer, on inputs whose covariance and whose products with the residuals are exactly what they mean."""
    draw = np.random.default_rng(0)
    inputs = np.linalg.qr(draw.normal(size=(2000, 3)))[0] * np.sqrt(2000 * CURVATURES.numpy())
    labels = draw.normal(size=2000)
    labels -= inputs @ np.linalg.lstsq(inputs, labels, rcond=None)[0]
    network = Network(nn.Linear(3, 1, bias=False, device="meta"), torch.tensor(inputs), torch.tensor(labels)[:, None])
    minimum = torch.zeros(3, dtype=torch.float64)
    noise = network.sample_gradients(minimum).var(0, correction=0).numpy()
    x, found = stationary_run(network, minimum, CURVATURES, torch.eye(3, dtype=torch.float64), RUN)
    return noise, x, found


def test_midpoints_have_the_width_of_the_law_and_iterates_are_wider(regression):
    noise, _, found = regression
    setting = {"momentum": RUN.momentum, "batch_size": RUN.batch_size, "noise_variance": noise / CURVATURES.numpy()}
    law = laws.position_variance_langevin(
        **setting, curvature=CURVATURES.numpy(), learning_rate=RUN.learning_rate, weight_decay=0
    )
    ratio = found["midpoint"] / law
    error = ratio.std(0, ddof=1) / np.sqrt(RUN.replicas)
    # Noise that grows with the distance adds a load of eta tr H / (2 B (1 - beta)).
    load = RUN.learning_rate * 2.6 / (2 * RUN.batch_size * (1 - RUN.momentum))
    assert (np.abs(ratio.mean(0) - 1) < 4 * error + 1.5 * load).all()
    assert (4 * error < 0.2).all()
    factor = laws.discreteness_factor(relative_learning_rate=0.4, momentum=0.5)
    sharpest = found["position"][:, 0].mean() / found["midpoint"][:, 0].mean()
    assert sharpest == pytest.approx(factor, rel=0.01)


def test_both_sides_of_equipartition(regression):
    _, _, found = regression
    ratio = found["virial"].mean() / found["kinetic"].mean()
    error = (found["virial"] - ratio * found["kinetic"]).std(ddof=1) / found["kinetic"].mean() / np.sqrt(RUN.replicas)
    assert abs(ratio - 1) < 4 * error < 0.1
    np.testing.assert_allclose(found["virial_along"].sum(1), found["virial"], rtol=1e-9)
    assert found["virial_batch"].mean() / found["kinetic"].mean() == pytest.approx(1, abs=0.02)
    potential = (found["position"] * CURVATURES.numpy()).sum(1).mean() / 2
    assert potential / (found["excess_loss"].mean() * 0.5) == pytest.approx(1, abs=0.1)


def test_the_autocorrelation_is_that_of_the_heavy_ball(regression):
    _, x, _ = regression
    found = autocorrelation(x[..., 0], 12)
    values = [1.0, 1 - 0.4 / 1.5]
    for _ in range(11):
        values.append((1.5 - 0.4) * values[-1] - 0.5 * values[-2])
    assert found.value[0] == 1
    assert (np.abs(found.value - values) < 4 * found.standard_error + 1e-12).all()
    assert found.standard_error.max() < 0.02


def test_exponent_and_ratio_of_known_moments():
    eigenvalue = np.geomspace(100, 1, 6)
    moments = np.outer([1.0, 1.1, 0.9], eigenvalue**-0.5)
    assert network_phase_space.spread_exponent(moments, eigenvalue).value == pytest.approx(-0.5)
    assert network_phase_space.isotropy_ratio(np.ones((3, 6))).value == 1
    sharp = network_phase_space.isotropy_ratio(moments)
    assert sharp.value == pytest.approx((eigenvalue[:3] ** -0.5).sum() / (eigenvalue[3:] ** -0.5).sum())


def test_the_minimum_is_one():
    network, test, theta = _tanh_minimum.find(TINY)
    left = network.gradient(theta) + TINY.weight_decay * theta
    assert float(left.norm()) < 1e-6 * float(theta.norm())
    assert test.n_samples == network.n_samples == 64
    vector = torch.linspace(-1, 1, network.dimension, dtype=torch.float64)
    product = _tanh_minimum._Products(network, 0.3)(theta.numpy(), vector.numpy())
    np.testing.assert_allclose(product, (hessian_vector_product(network, theta, vector) + 0.3 * vector).numpy())


def test_an_unknown_task_is_refused():
    with pytest.raises(ValueError, match="task must be one of parity, classes, got 'digits'"):
        _tanh_minimum.find(replace(TINY, task="digits"))


def test_what_the_experiment_returns():
    result = network_phase_space.run(SMALL)
    assert result["position"].shape == result["virial_along"].shape == (2, 3, 4)
    assert result["virial"].shape == result["kinetic"].shape == (2, 3)
    assert result["cloud"].shape == (2, 30, 2)
    assert result["path"].shape == (2, 20, 2)
    assert result["train"].shape == result["test"].shape == (3, 3)
    assert result["train"][1, 1] == pytest.approx(float(result["loss"]))
    assert (np.diff(result["eigenvalue"]) < 0).all()
    assert result["learning_rate"] * result["eigenvalue"][0] == pytest.approx(0.2)
    assert all(np.isfinite(array).all() for array in result.values())
    again = network_phase_space.run(SMALL)
    assert all((again[name] == result[name]).all() for name in result)
