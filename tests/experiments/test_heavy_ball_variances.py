"""Stationary variances at a small size: against closed forms, and controls that must fail."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.dynamics import sgd
from sgdlab.experiments import heavy_ball_variances as experiment
from sgdlab.experiments._same_paths import states_after
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.problems import gaussian_design

SMALL = replace(
    experiment.QUICK,
    settings=(experiment.Setting(0.4, 0.5, 4, (1.0,) * 4, 60), experiment.Setting(1.0, 0.0, 8, (1.0, 0.25), 40)),
    replicas=3000,
    modes=(experiment.Mode(0.5, 2.5, 0.0, 60), experiment.Mode(0.8, 0.5, 0.5, 120)),
    mode_replicas=5000,
    seed=3,
)


@pytest.fixture(scope="module")
def found():
    return experiment.run(SMALL)


def test_additive_noise_has_the_exact_law(found):
    y = np.array([mode.curvature + mode.weight_decay for mode in SMALL.modes])
    momentum = np.array([mode.momentum for mode in SMALL.modes])
    h = np.array([mode.curvature for mode in SMALL.modes])
    factor = 1 / (1 - y / (2 * (1 + momentum)))
    position = h / (2 * (1 - momentum) * y)
    velocity = h * factor / (1 - momentum**2)
    for name, exact in (
        ("mode_position", position * factor),
        ("mode_midpoint", position),
        ("mode_velocity", velocity),
        ("mode_covariance", velocity / 2),
    ):
        assert (np.abs(found[name] - exact) < 4 * found[f"{name}_error"]).all(), name
        assert (found[f"{name}_error"] < 0.03 * exact).all()
    # The equation without the factor would have been seen.
    assert (np.abs(found["mode_position"] - position) > 8 * found["mode_position_error"]).all()


def test_additive_iterates_have_the_correlation_of_the_recursion(found):
    for mode, values, errors in zip(SMALL.modes, found["correlation"], found["correlation_error"], strict=True):
        y, momentum = mode.curvature + mode.weight_decay, mode.momentum
        r = [1.0, 1 - y / (1 + momentum)]
        while len(r) <= max(SMALL.lags):
            r.append((1 + momentum - y) * r[-1] - momentum * r[-2])
        assert (np.abs(values - [r[lag] for lag in SMALL.lags]) < 4 * errors + 1e-3).all()


def test_true_noise_has_the_variance_of_the_load(found):
    for row, setting in enumerate(SMALL.settings):
        given = setting.spectrum, setting.learning_rate, setting.momentum, setting.batch_size
        exact = laws.multiplicative_variances(*given, 1.0)
        assert abs(found["position"][row] - exact[0]) < 4 * found["position_error"][row]
        step = laws.step_displacement_of_variance(
            learning_rate=setting.learning_rate,
            curvature=np.array(setting.spectrum),
            weight_decay=0,
            momentum=setting.momentum,
            mode_variance=exact,
        ).sum()
        assert abs(found["step"][row] - step) < 4 * found["step_error"][row]
        ratio = 1 - setting.learning_rate * setting.spectrum[0] / (2 * (1 + setting.momentum))
        assert abs(found["midpoint"][row] - ratio * exact[0]) < 4 * found["midpoint_error"][row]


def test_the_samples_of_one_input_make_noise_of_the_same_covariance_everywhere():
    problem = experiment.one_input(0.7, 10, 1)
    everything = torch.arange(10)
    for place in (0.0, 5.0):
        gradients = problem.sample_gradients(torch.tensor([place], dtype=torch.float64), everything)
        np.testing.assert_allclose(gradients.var(correction=0), 0.7, rtol=1e-12)
        np.testing.assert_allclose(gradients.mean(), 0.7 * place, atol=1e-12)


def test_a_seed_gives_a_path_however_long():
    """Looked at after one step more, a replica has made exactly that step, with momentum and weight decay."""
    problem = gaussian_design(12, [1.0, 0.4], 1.0, 5)
    given = {"learning_rate": 0.2, "momentum": 0.7, "batch_size": 3, "weight_decay": 0.1, "seed": 4}
    before, at, after = states_after((20, 21, 22), problem, replicas=5, **given)
    pull = 0.7 * (at - before) - (after - at)  # learning rate times (batch gradient + decay)
    inputs, targets = problem.inputs.numpy(), problem.targets.numpy()
    for replica in range(5):
        rest = pull[replica] / 0.2 - 0.1 * at[replica]
        gradients = (inputs @ at[replica] - targets)[:, None] * inputs
        batches = np.stack(np.meshgrid(*[np.arange(12)] * 3), axis=-1).reshape(-1, 3)
        means = gradients[batches].mean(axis=1)
        assert np.abs(means - rest).max(axis=1).min() < 1e-10


def test_the_engine_moves_as_the_reference(found):
    """Variance of midpoints from the reference SGD in PyTorch."""
    mode = SMALL.modes[0]
    problem = experiment.one_input(mode.curvature, SMALL.n_samples, 1)
    before, after = sgd(
        problem,
        torch.zeros(2000, 1, dtype=torch.float64),
        learning_rate=1.0,
        momentum=mode.momentum,
        batch_size=1,
        steps=mode.steps,
        sampling="with-replacement",
        seed=1,
        observe=lambda states: states.numpy(),
        observe_at=[mode.steps - 1, mode.steps],
    )
    middle = ((before + after) / 2) ** 2
    assert abs(middle.mean() - 1) < 4 * middle.std() / np.sqrt(len(middle))
