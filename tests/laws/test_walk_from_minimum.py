"""The walk from a minimum: against matrix powers, stationary laws, the free walk, and simulated epochs."""

import numpy as np
import pytest

from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws.displacement_laws import free_displacement_from_rest
from sgdlab.laws.walk_from_minimum import walk_from_minimum

CURVATURES, NOISES = np.array([2.0, 0.3, 0.01]), np.array([1.5, 0.2, 0.05])


def test_against_powers_of_the_step_matrix():
    eta, beta, size, steps = 0.1, 0.8, 4, 30
    walk = walk_from_minimum(steps, CURVATURES, NOISES, eta, beta, size)
    expected, moves = np.zeros(steps), np.zeros(steps)
    for h, noise in zip(CURVATURES, NOISES, strict=True):
        matrix = np.array([[1 - eta * h, -eta * beta], [h, beta]])
        kick = np.outer([-eta, 1], [-eta, 1]) * noise / size
        covariance = np.zeros((2, 2))
        for k in range(steps):
            covariance = matrix @ covariance @ matrix.T + kick
            expected[k] += covariance[0, 0]
            moves[k] += eta**2 * covariance[1, 1]
    np.testing.assert_allclose(walk.displacement, expected, rtol=1e-12)
    np.testing.assert_allclose(walk.step, moves, rtol=1e-12)


def test_it_ends_in_the_stationary_law():
    eta, beta, size = 0.1, 0.8, 4
    walk = walk_from_minimum(20_000, CURVATURES, CURVATURES, eta, beta, size)
    stationary = laws.stationary_covariance(CURVATURES, eta, beta, size, 1.0, model="discrete")
    np.testing.assert_allclose(walk.displacement[-1], stationary[:, 0, 0].sum(), rtol=1e-9)
    np.testing.assert_allclose(
        walk.step[-1], laws.local_displacement(CURVATURES, eta, beta, size, 1.0, model="discrete"), rtol=1e-9
    )


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
def test_without_curvature_it_is_the_free_walk_from_rest(momentum):
    walk = walk_from_minimum(300, [0.0], [2.0], 0.1, momentum, 4)
    for steps in (1, 10, 300):
        law = free_displacement_from_rest(learning_rate=0.1, momentum=momentum, variance=0.5, steps=steps)
        assert walk.displacement[steps - 1] == pytest.approx(law, rel=1e-10)


def test_reshuffled_epochs_against_simulation():
    """Batches of 3 of 12 samples, 2.5 epochs: 40,000 replicas, five standard errors of a mean square, 3.5 %."""
    eta, beta, size, n, steps, h = 0.2, 0.6, 3, 12, 10, 0.7
    draw = np.random.default_rng(1)
    samples = draw.standard_normal(n)
    samples -= samples.mean()
    x, v = np.zeros(40_000), np.zeros(40_000)
    walk = walk_from_minimum(steps, [h], [samples.var()], eta, beta, size, n)
    for k in range(steps):
        if k % (n // size) == 0:
            order = draw.permuted(np.tile(np.arange(n), (len(x), 1)), axis=1)
        batch = order[:, k % (n // size) * size :][:, :size]
        v = beta * v + h * x + samples[batch].mean(1)
        x = x - eta * v
        assert walk.displacement[k] == pytest.approx((x**2).mean(), rel=0.035)
        assert walk.step[k] == pytest.approx(eta**2 * (v**2).mean(), rel=0.035)


def test_without_curvature_and_momentum_an_epoch_closes():
    walk = walk_from_minimum(8, [0.0], [1.0], 0.1, 0.0, 3, 12)
    np.testing.assert_allclose(walk.displacement[[3, 7]], 0, atol=1e-15)
    assert walk.displacement[1] == pytest.approx(0.01 * 2 / 3 * 6 / 11)  # 2 batches: 2 C/B (N - 2 B)/(N - 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be a whole number >= 1, got 0"),
        ({"curvatures": [[1.0]]}, "curvatures must be finite numbers"),
        ({"noises": [-1.0, 1.0, 1.0]}, "noises must be 3 finite numbers >= 0"),
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ({"n_samples": 10}, "n_samples must be a multiple of batch_size = 4"),
        ({"momentum": 1.0}, "momentum must be"),
    ],
)
def test_bad_input(change, message):
    arguments = {"steps": 3, "curvatures": CURVATURES, "noises": NOISES, "learning_rate": 0.1, "momentum": 0.5}
    with pytest.raises(ValueError, match=message):
        walk_from_minimum(**arguments | {"batch_size": 4} | change)
