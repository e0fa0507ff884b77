"""Spirals on real data: the mean over batches drawn with replacement is gradient descent with momentum."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.experiments import phase_space_spirals as experiment

PATHS = (experiment.Path(0.9, 60), experiment.Path(0.97, 150))
SMALL = replace(experiment.QUICK, paths=PATHS, shown=100, replicas=12)


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def test_shapes_and_scales(result):
    assert result["position_0"].shape == result["velocity_0"].shape == (2, 61)
    assert result["position_1"].shape == (2, 101)
    np.testing.assert_allclose(result["learning_rate"] * result["curvature"][0], SMALL.relative_learning_rate)
    assert result["n_samples"] == 1797
    assert (result["start"] > 0).all()


def test_positions_are_the_sum_of_their_velocities(result):
    for number in range(2):
        position, velocity = result[f"position_{number}"], result[f"velocity_{number}"]
        np.testing.assert_allclose(position[:, 0], result["start"], rtol=1e-12)
        assert not velocity[:, 0].any()
        np.testing.assert_allclose(np.diff(position), result["learning_rate"] * velocity[:, 1:], atol=1e-15)


def test_decay_and_angle_are_those_of_the_eigenvalues(result):
    """The fifth eigenvector is below the onset at momentum 0.9, and is not fitted."""
    relative = result["learning_rate"] * result["curvature"]
    for number, path in enumerate(PATHS):
        for vector, y in enumerate(relative):
            roots = np.roots([1, -(1 + path.momentum - y), path.momentum]).astype(complex)
            damping, angle = result["damping"][number, vector], result["angle"][number, vector]
            if not roots[0].imag:
                assert (number, vector) == (0, 1)
                assert damping == angle == 0
                continue
            assert abs(damping + np.log(abs(roots[0]))) < 4.5 * result["damping_error"][number, vector]
            assert abs(angle - abs(np.angle(roots[0]))) < 4.5 * result["angle_error"][number, vector]
    assert result["angle_error"][0, 0] < 0.05 * result["angle"][0, 0]


def test_with_every_sample_in_the_batch_the_path_is_gradient_descent():
    """A null control: without noise each direction follows its own two-step recursion to rounding."""
    problem = experiment._problem(SMALL)
    values, vectors = problem.eigenbasis()
    start, rate, path = experiment._start(64, 5), 0.009196 / float(values[0]), experiment.Path(0.9, 30)
    theta, velocity, positions = start.clone(), torch.zeros(64, dtype=torch.float64), []
    for _ in range(path.steps + 1):
        positions.append(vectors[[0, 4]] @ (theta - problem.minimum()))
        velocity = path.momentum * velocity + problem.gradient(theta)
        theta = theta - rate * velocity
    found = torch.stack(positions).numpy()
    for vector, y in enumerate((rate * values[[0, 4]]).numpy()):
        x = [found[0, vector], (1 - y) * found[0, vector]]
        while len(x) <= path.steps:
            x.append((1 + path.momentum - y) * x[-1] - path.momentum * x[-2])
        np.testing.assert_allclose(found[:, vector], x, atol=1e-12)
    # What `run` takes for the distance of the start: one Newton step.
    distances = vectors[[0, 4]] @ problem.gradient(start) / values[[0, 4]]
    np.testing.assert_allclose(distances.numpy(), found[0], atol=1e-12)


def test_the_start_is_that_of_a_linear_layer():
    start = experiment._start(400, 1)
    assert float(start.abs().max()) <= 0.05
    np.testing.assert_allclose(float(start.square().mean()), 0.05**2 / 3, rtol=0.3)
