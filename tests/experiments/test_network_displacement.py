"""Walks of networks: exact controls, the noise spectrum both ways, the digitised figure."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from sgdlab.experiments import displacement_collapse as collapse
from sgdlab.experiments import network_displacement as experiment
from sgdlab.experiments._noise_spectrum import exact_spectrum, lanczos_spectra
from sgdlab.experiments._walk_rows import Plan, Surroundings, run_setting
from sgdlab.experiments._walk_starts import residual, trained
from sgdlab.experiments._walks import Setting, exponent, slope, walk
from sgdlab.measure import noise_strength
from sgdlab.problems import LinearRegression, Network

SMALL = replace(
    experiment.QUICK,
    start=replace(experiment.QUICK.start, n_samples=96, widths=(3,), batch_size=16, epochs=2, iterations=200),
    learning_rates=(0.002,),
    batch_sizes=(16,),
    momenta=(0.5,),
    stopped_after=1,
    replicas=4,
    probes=4,
    measured_replicas=2,
    measured_samples=48,
)


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def test_shapes_and_order(result):
    count = len(experiment.settings(SMALL)) + 1
    assert result["exponent"].shape == (count,) == (6,)
    assert result["curve"].shape == result["predicted_curve"].shape == (count, 40)
    assert result["stopped"].tolist() == [0, 0, 0, 0, 0, 1]
    assert result["reshuffled"].tolist() == [0, 0, 0, 0, 1, 0]
    assert result["learning_rate"][1] == 0.002
    assert result["batch_size"][2] == 16
    assert result["momentum"][3] == 0.5
    assert all(np.isfinite(values).all() for values in result.values())


def test_the_same_seed_gives_the_same_result(result):
    again = experiment.run(SMALL)
    assert all(np.array_equal(again[name], result[name]) for name in result)


def test_windows_are_the_same_for_the_base_setting(result):
    assert result["window_exponent"][0] == pytest.approx(result["exponent"][0])
    assert result["predicted_window_exponent"][0] == pytest.approx(result["predicted_exponent"][0])


def test_the_polish_reaches_a_minimum(result):
    assert result["gradient_square"] < 1e-8


def test_a_linear_model_obeys_the_walk():
    """Null control: linear regression with labels of noise, where only the noise's growth is left out.

    200 replicas: five standard errors of mean squares of some 5 independent numbers each are 15 %.
    """
    draw = torch.Generator().manual_seed(1)
    n, curvatures = 240, torch.tensor([2.0, 1.0, 0.5, 0.2, 0.1], dtype=torch.float64)
    inputs = torch.randn(n, 5, generator=draw, dtype=torch.float64) * curvatures**0.5
    targets = torch.randn(n, 1, generator=draw, dtype=torch.float64)
    module = nn.Linear(5, 1, bias=False, device="meta")
    network = Network(module, inputs, targets)
    theta = torch.linalg.lstsq(inputs, targets).solution[:, 0]
    spectrum = exact_spectrum(network, theta)
    np.testing.assert_allclose(
        spectrum[0], LinearRegression(inputs, targets[:, 0]).eigenbasis()[0].numpy()[::-1], rtol=1e-9
    )
    around = Surroundings(spectrum[0][None], spectrum[1][None])
    plan = Plan(weight_decay=0.0, window=30, replicas=200, measured_replicas=4, measured_samples=n, seed=1)
    for sampling in ("with-replacement", "reshuffled"):
        row = run_setting(network, theta, Setting(0.01, 8, 0.8, sampling), plan, around)
        assert row["step"] == pytest.approx(row["predicted_step"], rel=0.1)
        assert row["exponent"] == pytest.approx(row["predicted_exponent"], abs=5 * row["exponent_error"])
        # Replicas cannot agree on a direction before they agree on where the minimum is.
        assert abs(row["drift_share"]) < 0.02


def test_without_noise_the_walk_is_all_drift():
    network, theta = trained(replace(SMALL.start, iterations=0))
    whole = Setting(0.01, network.n_samples, 0.5, "without-replacement")
    walked = walk(network, theta, whole, weight_decay=1e-2, steps=6, replicas=2, keep_at=[3], kept=1, seed=1)
    np.testing.assert_allclose(walked.drift, walked.displacements[0], rtol=1e-9)
    # Two steps by hand: v = g, then v' = beta v + g'.
    place, buffer = theta.clone(), torch.zeros_like(theta)
    for _ in range(3):
        buffer = 0.5 * buffer + network.gradient(place) + 1e-2 * place
        place = place - 0.01 * buffer
    torch.testing.assert_close(walked.places[0, 0], place)
    torch.testing.assert_close(walked.buffers[0, 0], buffer)


def test_the_exponent_of_a_power_law():
    steps = np.arange(1, 101)
    curves = np.array([2.0, 3.0, 7.0])[:, None] * steps**1.3
    found = exponent(curves, 50, 100)
    assert found.value == pytest.approx(1.3)
    assert found.standard_error < 1e-12
    assert slope(curves[0], 50, 100) == pytest.approx(1.3)


def test_the_quadrature_has_the_moments_of_the_spectrum():
    network, theta = trained(replace(SMALL.start, widths=(2,), n_samples=48))
    curvatures, noises = exact_spectrum(network, theta)
    assert noises.sum() == pytest.approx(noise_strength(network, theta).value)
    nodes, weights = lanczos_spectra(network, theta, 3, 40, 8, 1)
    np.testing.assert_allclose(nodes[:, :3], np.tile(curvatures[:-4:-1], (40, 1)), rtol=1e-6)
    np.testing.assert_allclose(weights[0, :3], noises[:-4:-1], rtol=1e-6)
    np.testing.assert_allclose(weights.sum(1), noises.sum())
    # Ratios of the rest's moments, averaged over random vectors: five standard errors, and the bias of a ratio.
    for power in (1, 2):
        moments = (weights * nodes**power).sum(1)
        error = moments.std(ddof=1) / len(moments) ** 0.5
        assert moments.mean() == pytest.approx((noises * curvatures**power).sum(), abs=5 * error, rel=0.02)


def test_the_residual_network():
    module = residual([4, 6], in_channels=3, size=8, classes=10)
    inputs = torch.randn(5, 3, 8, 8, dtype=torch.float64)
    network = Network(module, inputs, torch.arange(5), "cross-entropy")
    theta = network.initial(1)[0]
    some = network.outputs(theta, torch.tensor([1]))
    torch.testing.assert_close(network.outputs(theta)[1:2], some)  # samples do not see each other
    squares = network.sample_gradients(theta).square().sum(1)
    gradient = network.gradient(theta)
    assert noise_strength(network, theta).value == pytest.approx(float(squares.mean() - gradient @ gradient))


def test_an_unknown_architecture():
    with pytest.raises(ValueError, match="architecture must be dense, convolutional or residual, got 'deep'"):
        trained(replace(SMALL.start, architecture="deep"))


def test_digitised_points_fall_on_one_curve():
    result = collapse.run(collapse.QUICK)
    residual = result["imagenet_residual"]
    assert np.sqrt((residual[2] ** 2).mean()) < 0.007
    large = result["imagenet_value"][1] >= 188
    assert np.sqrt((residual[1][large] ** 2).mean()) < 0.014
    # Inertia alone is of the size of the one momentum that leaves the curve.
    assert residual[2][-1] == pytest.approx(result["imagenet_inertia"][-1], abs=2 * collapse.IMAGENET.error)
    # The base setting stands in all three panels.
    assert collapse.IMAGENET.momentum[10] == collapse.IMAGENET.base


def test_a_flat_direction_from_rest():
    assert collapse.flat_exponent(0.0, 50) == pytest.approx(1)
    # 1 + beta (2 + beta) / ((1 - beta^2) k) at late times
    assert collapse.flat_exponent(0.9, 5000) - 1 == pytest.approx(0.9 * 2.9 / 0.19 / 7200, rel=0.05)
