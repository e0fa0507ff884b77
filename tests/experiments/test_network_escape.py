from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.curvature import hessian_vector_product
from sgdlab.experiments import _polished_minima, network_escape, parity_spectrum
from sgdlab.experiments._passage_slope import fitted_ratios, mean_times, passage_slope
from sgdlab.laws.passage_times import mean_first_passage_time
from sgdlab.problems import Quadratic

MINIMA = replace(_polished_minima.QUICK, n_samples=160, hidden=2, epochs=2, iterations=60, count=2)
SMALL = replace(
    network_escape.QUICK,
    minima=MINIMA,
    settings=((0.3, 2), (0.3, 4)),
    loss_ratios=(1.1, 1.3, 1.6),
    replicas=6,
    max_steps=60,
    modes=10,
    quadratic_replicas=5,
    descent_steps=20,
)


@pytest.fixture(scope="module")
def result():
    return network_escape.run(SMALL)


def test_shapes_and_order(result):
    assert result["steps"].shape == result["censored"].shape == (2, 2, 6, 3)
    assert result["steps_frozen"].shape == result["censored_loss_proportional"].shape == (2, 2, 5, 3)
    assert (np.diff(result["steps"], axis=-1) >= 0).all()  # a higher loss is not reached earlier
    assert (result["steps"][result["censored"]] == SMALL.max_steps).all()
    assert (result["mean_ratio"] > 1).all()
    assert (result["descent"] <= 1).all()  # without noise the loss falls


def test_the_stored_experiments_share_their_minima():
    assert network_escape.FULL.minima == parity_spectrum.FULL.minima
    assert network_escape.QUICK.minima == parity_spectrum.QUICK.minima


def test_the_gap_is_the_spectral_norm_of_what_gauss_newton_leaves_out():
    """At a point that is no minimum, against the explicit matrices."""
    network, trained, _ = _polished_minima.find(MINIMA)
    theta = trained[0]
    identity = torch.eye(network.dimension, dtype=torch.float64)
    hessian = torch.stack([hessian_vector_product(network, theta, row) for row in identity])
    jacobian = torch.func.jacrev(network.outputs)(theta)[:, 0]
    left_out = hessian - jacobian.T @ jacobian / network.n_samples
    expected = float(torch.linalg.eigvalsh(left_out).abs().max())
    assert parity_spectrum.gap(network, theta) == pytest.approx(expected, rel=1e-9)
    assert expected > 0.01


def test_the_spectrum_is_measured_at_both_stages():
    found = parity_spectrum.run(parity_spectrum.Config(minima=MINIMA, eigenvalues=3, every=1))
    assert found["hessian"].shape == found["gauss_newton"].shape == (2, 2, 3)
    assert (found["loss"][:, 1] < found["loss"][:, 0]).all()
    assert (found["gap"][:, 1] < found["gap"][:, 0]).all()
    np.testing.assert_allclose(found["spectrum"][:, 0], found["gauss_newton"][:, 1, 0], rtol=1e-5)
    half = parity_spectrum.run(parity_spectrum.Config(minima=MINIMA, eigenvalues=3, every=2))
    assert half["spectrum"].shape == (2, MINIMA.n_samples // 2)
    np.testing.assert_array_equal(half["hessian"], found["hessian"])  # of all samples
    assert (found["trace"] >= 1).all()
    assert (found["trace"] <= found["participation_ratio"]).all()
    assert (found["participation_ratio"] <= found["entropy"]).all()


def test_the_quadratic_is_late_by_its_steps_only():
    """Null control: equal eigenvalues, where the mean time of the equation is known, and that of frozen noise."""
    config = replace(SMALL, loss_ratios=(1.5,), quadratic_replicas=300, max_steps=6000)
    landscape = Quadratic([1.0] * 3, 0.1)
    for noise, other in [("loss-proportional", "frozen"), ("frozen", "loss-proportional")]:
        steps, censored = network_escape._on_quadratic(landscape, noise, config, 0.1, batch_size=1)
        measured = 0.1 * mean_times(steps, censored)[0]
        law, rival = (mean_first_passage_time(0.1, 1, 1, 3, 1.5, noise=name) for name in (noise, other))
        # A step is a tenth of the relaxation time: the loss crosses between two looks and is missed.
        assert 1.1 < measured / law < 1.8, (noise, law, rival)


def test_the_slope_of_a_power_law_with_censoring():
    rng = np.random.default_rng(0)
    ratios = np.array([1.5, 2.0, 3.0, 4.0])
    clock = rng.exponential(size=(2000, 1))
    times = np.ceil(100 * clock * ratios**2.5)
    limit = 4000
    censored = times >= limit
    estimate = passage_slope(np.minimum(times, limit), censored, ratios, relaxation=5.0)
    chosen = fitted_ratios(np.minimum(times, limit), censored, 5.0)
    assert chosen.tolist() == [True, True, True, censored[:, 3].mean() < 0.2]
    assert estimate.value == pytest.approx(2.5, abs=4 * estimate.standard_error + 0.01)
    # The same replica at all ratios: their times are proportional, and the slope is known far better than each time.
    assert estimate.standard_error < 0.03
    naive = np.polyfit(np.log(ratios), np.log([t[~g].mean() for t, g in zip(times.T, censored.T, strict=True)]), 1)[0]
    assert naive < 2.3


def test_too_few_ratios_are_refused():
    with pytest.raises(ValueError, match="loss_ratios must leave at least 3 to fit, got 0"):
        passage_slope(np.full((10, 4), 5.0), np.zeros((10, 4), bool), [1.5, 2, 3, 4], relaxation=10.0)
