from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.experiments import cross_entropy_noise, noise_strength
from sgdlab.experiments._training_noise import Config, build, measured_epochs, noise_along_training, run

DENSE = replace(
    noise_strength.QUICK.dense,
    n_samples=60,
    hidden=(7, 6),
    batch_size=20,
    epochs=6,
    measurements=3,
    measured_samples=60,
    replicas=2,
)
CONVOLUTIONAL = replace(DENSE, hidden=((3,), (4,)))
CASES = [replace(case, loss=loss) for case in (DENSE, CONVOLUTIONAL) for loss in ("mean-square", "cross-entropy")]
KEYS = {"loss", "square_loss", "residual", "misfit", "noise", "noise_error", "gradient", "gradient_error"}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case.hidden} {case.loss}")
def training(request):
    return request.param


@pytest.fixture(scope="module")
def measured(training):
    return noise_along_training(training)


@pytest.fixture(scope="module")
def start(training):
    """The network, the labels, the second replica's first point, and the derivatives of its outputs (N, C, P)."""
    network, labels = build(training)
    theta = network.initial(training.seed, 2)[1]
    return network, labels, theta, torch.func.jacrev(lambda point: network.outputs(point, torch.arange(60)))(theta)


def test_arrays_are_finite_and_of_one_shape(measured):
    assert measured.keys() == KEYS | {"epochs"}
    assert measured["epochs"].tolist() == [0, 1, 2, 6]
    assert all(measured[key].shape == (2, 4) and np.isfinite(measured[key]).all() for key in KEYS)


def test_noise_is_the_trace_of_the_covariance_of_the_per_sample_gradients(measured, start):
    network, _, theta, _ = start
    trace = network.sample_gradients(theta).var(0, correction=0).sum()
    assert measured["noise"][1, 0] == pytest.approx(float(trace), rel=1e-10)
    assert (measured["noise_error"] == 0).all()


def test_losses_and_misfits_are_those_of_all_samples(measured, start):
    network, labels, theta, _ = start
    losses = network.sample_losses(theta)
    assert measured["loss"][1, 0] == pytest.approx(float(losses.mean()), rel=1e-12)
    assert measured["square_loss"][1, 0] == pytest.approx(float((losses**2).mean()), rel=1e-12)
    assert measured["misfit"][1, 0] == float((network.outputs(theta).argmax(1) != labels).double().mean())


def test_residual_is_the_output_part_of_the_chain_rule(measured, start, training):
    network, labels, theta, jacobian = start
    outputs = network.outputs(theta)
    target = torch.nn.functional.one_hot(labels, 10)
    residuals = (outputs if training.loss == "mean-square" else outputs.softmax(1)) - target
    assert measured["residual"][1, 0] == pytest.approx(float(residuals.square().sum(1).mean()), rel=1e-10)
    gradients = torch.einsum("nc,ncp->np", residuals, jacobian)
    assert torch.allclose(gradients, network.sample_gradients(theta), rtol=1e-8, atol=1e-10)


def test_the_mean_square_residual_is_twice_the_loss(measured, training):
    ratio = measured["residual"] / (2 * measured["loss"])
    if training.loss == "mean-square":
        assert ratio == pytest.approx(np.ones((2, 4)), rel=1e-12)
    else:
        assert (ratio < 0.6).all()


def test_gradient_is_the_mean_square_of_the_outputs_gradients(measured, start):
    expected = float(start[3].square().sum((1, 2)).mean() / 10)
    assert abs(measured["gradient"][1, 0] - expected) < 4 * measured["gradient_error"][1, 0]
    assert measured["gradient_error"][1, 0] < 0.2 * expected


def test_a_subset_estimates_the_noise_without_bias_and_states_its_error():
    start = replace(DENSE, loss="cross-entropy", epochs=0, replicas=40)
    exact, subset = noise_along_training(start), noise_along_training(replace(start, measured_samples=40))
    assert np.array_equal(subset["loss"], exact["loss"])
    assert (subset["noise_error"] > 0).all()
    difference = (subset["noise"] - exact["noise"])[:, 0]
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(40)
    # Root mean squares of 40 numbers: 11 % for Gaussian ones.
    assert np.sqrt((subset["noise_error"] ** 2).mean()) == pytest.approx(difference.std(), rel=0.33)


def test_the_same_seed_gives_the_same_result_and_another_seed_another(training, measured):
    again, other = noise_along_training(training), noise_along_training(replace(training, seed=2))
    assert all(np.array_equal(measured[key], again[key]) for key in measured)
    assert (other["noise"] != measured["noise"]).all()


def test_training_lowers_the_loss_of_each_replica(measured):
    assert (measured["loss"][:, -1] < measured["loss"][:, 0]).all()
    assert (measured["loss"][0] != measured["loss"][1]).all()


def test_measured_epochs_start_at_0_and_are_spaced_in_the_logarithm():
    assert measured_epochs(replace(DENSE, epochs=100, measurements=5)) == [0, 1, 3, 10, 32, 100]
    assert measured_epochs(replace(DENSE, epochs=3, measurements=3)) == [0, 1, 2, 3]
    assert measured_epochs(replace(DENSE, epochs=4, measurements=9)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("measured_samples", [1, 61])
def test_a_subset_that_cannot_be_drawn_is_refused_before_any_work(measured_samples):
    with pytest.raises(ValueError, match="measured_samples must be from 2 to the 60 samples"):
        noise_along_training(replace(DENSE, measured_samples=measured_samples))


def test_a_batch_size_that_does_not_divide_the_samples_is_refused():
    with pytest.raises(ValueError, match="batch_size must divide the 60 samples"):
        noise_along_training(replace(DENSE, batch_size=25))


def test_a_run_returns_both_networks_under_their_prefixes():
    short = replace(DENSE, epochs=1, measurements=1, replicas=1)
    results = run(Config(dense=short, convolutional=replace(short, hidden=((3,), (4,)))))
    assert results.keys() == {f"{name}_{key}" for name in ("dense", "convolutional") for key in KEYS | {"epochs"}}
    alone = noise_along_training(short)
    assert all(np.array_equal(results[f"dense_{key}"], alone[key]) for key in alone)


@pytest.mark.parametrize("experiment", [noise_strength, cross_entropy_noise])
def test_quick_sizes_need_the_digits_only_and_double_precision(experiment):
    for training in (experiment.QUICK.dense, experiment.QUICK.convolutional):
        assert (training.data, training.precision, training.device) == ("digits", "float64", "cpu")
        assert training.replicas >= 3
        assert training.measured_samples == training.n_samples


@pytest.mark.parametrize("size", ["FULL", "GPU"])
def test_losses_and_the_papers_constants(size):
    square, entropy = getattr(noise_strength, size), getattr(cross_entropy_noise, size)
    for training in (square.dense, square.convolutional):
        assert (training.loss, training.learning_rate, training.batch_size) == ("mean-square", 0.1, 100)
    assert {entropy.dense.loss, entropy.convolutional.loss} == {"cross-entropy"}


def test_the_gpu_size_is_the_papers():
    gpu = noise_strength.GPU
    assert (gpu.dense.data, gpu.dense.hidden, gpu.dense.n_samples) == ("fashion-mnist", (2000, 2000, 2000), 60_000)
    assert (gpu.convolutional.data, gpu.convolutional.n_samples) == ("cifar-10", 50_000)
    assert gpu.convolutional.hidden == ((64, 64, 64), (128, 128, 128), (256, 256, 256))
