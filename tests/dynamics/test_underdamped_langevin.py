import math

import numpy as np
import pytest
import torch

from sgdlab.dynamics import underdamped_langevin
from sgdlab.dynamics.ornstein_uhlenbeck import underdamped_transition
from sgdlab.problems import Quadratic, Saddle

ETA, B, LOSS, BETA, DECAY = 0.2, 2, 0.5, 0.6, 0.3
SPECTRUM = [2.0, 1.0, 0.5]
MASS = ETA * (1 + BETA) / 2


def states(theta, w):
    return theta, w


def run(landscape, start, **arguments):
    defaults = {"learning_rate": ETA, "batch_size": B, "momentum": BETA, "weight_decay": DECAY, "noise": "frozen"}
    defaults |= {"steps": 7, "time_step": 0.05, "seed": 0, "observe": states, "observe_at": [7]}
    return underdamped_langevin(landscape, start, **(defaults | arguments))


def starts(replicas, d=3):
    return torch.randn(replicas, d, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def euler_moments(noise, x, w, time_step, steps):
    """First (d, 2) and second moments (d, 2, 2) of the Euler chain, exactly: the steps typed out, mode by mode."""
    h = np.array(SPECTRUM)
    first = np.stack([x, w], 1).astype(float)
    second = first[:, :, None] * first[:, None, :]
    step = np.zeros((3, 2, 2))
    step[:, 0] = [1, time_step]
    step[:, 1, 0] = -(h + DECAY) * time_step / MASS
    step[:, 1, 1] = 1 - (1 - BETA) * time_step / MASS
    for _ in range(steps):
        loss = LOSS if noise == "frozen" else LOSS + h @ second[:, 0, 0] / 2
        covariance = 2 * loss * h / B + (h**2 * second[:, 0, 0] / B if noise == "gaussian-inputs" else 0)
        second = step @ second @ step.transpose(0, 2, 1)
        second[:, 1, 1] += ETA * time_step * covariance / MASS**2
        first = (step @ first[:, :, None])[:, :, 0]
    return first, second


def assert_moments(positions, velocities, first, second):
    """First and second moments within 4.5 standard errors; those of the second are small against it."""
    z = torch.stack([positions, velocities], 2).double().cpu()
    products = z[:, :, :, None] * z[:, :, None, :]
    for samples, expected in ((z, torch.as_tensor(first)), (products, torch.as_tensor(second))):
        error = samples.std(0) / math.sqrt(len(samples))
        assert ((samples.mean(0) - expected).abs() < 4.5 * error).all()
    squares = torch.diagonal(torch.as_tensor(second), dim1=1, dim2=2)
    assert (4.5 * torch.diagonal(error, dim1=1, dim2=2) < 0.05 * squares).all()


@pytest.mark.parametrize("noise", ["frozen", "loss-proportional", "gaussian-inputs"])
def test_moments_follow_their_exact_recursion(noise):
    x, w, replicas = [1.0, -0.5, 0.8], [0.0, 2.0, -1.0], 40_000
    position, velocity = (torch.tensor(point, dtype=torch.float64).expand(replicas, 3) for point in (x, w))
    ((theta, w_end),) = run(
        Quadratic(SPECTRUM, LOSS), position, velocity=velocity, noise=noise, steps=15, observe_at=[15]
    )
    assert_moments(theta, w_end, *euler_moments(noise, x, w, 0.05, 15))


def test_the_models_and_the_weight_decay_are_told_apart_by_their_moments():
    x, w = [1.0, -0.5, 0.8], [0.0, 2.0, -1.0]
    velocities = [euler_moments(noise, x, w, 0.05, 15)[1][:, 1, 1] for noise in ("frozen", "loss-proportional")]
    velocities.append(euler_moments("gaussian-inputs", x, w, 0.05, 15)[1][:, 1, 1])
    assert abs(velocities[0] / velocities[1] - 1).max() > 0.1
    assert abs(velocities[1] / velocities[2] - 1).max() > 0.1


@pytest.mark.parametrize("time_step", [0.1, 4.0])
def test_the_exact_step_has_the_law_of_the_equation(time_step, device):
    landscape = Quadratic(SPECTRUM, LOSS, [0.5, 0.0, -1.0])
    x, w = np.array([2.0, 1.0, 1.0]), np.array([0.0, 2.0, -1.0])
    position, velocity = (torch.tensor(point, device=device).expand(40_000, 3) for point in (x, w))
    ((theta, w_end),) = run(
        landscape, position, velocity=velocity, scheme="exact", time_step=time_step, steps=2, observe_at=[2]
    )
    law = underdamped_transition(
        landscape, learning_rate=ETA, batch_size=B, momentum=BETA, weight_decay=DECAY, time=2 * time_step
    )
    # The mean rests at the ridge solution h theta* / (h + lambda).
    h = np.array(SPECTRUM)
    centre = np.stack([h * np.array([0.5, 0.0, -1.0]) / (h + DECAY), np.zeros(3)], 1)
    first = centre + (law.propagator @ (np.stack([x, w], 1) - centre)[:, :, None])[:, :, 0]
    second = law.covariance + first[:, :, None] * first[:, None, :]
    assert_moments(theta, w_end, first, second)


def test_weak_order_of_euler_maruyama_is_one():
    # Deterministic, from the moments that the chain was just shown to have: against the exact law at time 0.8.
    x, w, time = [1.0, -0.5, 0.8], [0.0, 2.0, -1.0], 0.8
    law = underdamped_transition(
        Quadratic(SPECTRUM, LOSS), learning_rate=ETA, batch_size=B, momentum=BETA, weight_decay=DECAY, time=time
    )
    mean = (law.propagator @ np.stack([x, w], 1)[:, :, None])[:, :, 0]
    exact = law.covariance + mean[:, :, None] * mean[:, None, :]
    errors = []
    for steps in (800, 1600, 3200):
        errors.append(np.abs(euler_moments("frozen", x, w, time / steps, steps)[1] - exact).max((1, 2)))
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.abs(orders - 1).max() < 0.03


def test_positions_and_velocities_share_the_energy_equally():
    # From the start at rest to the stationary state by exact steps of many relaxation times.
    ((theta, w),) = run(
        Quadratic(SPECTRUM, LOSS),
        torch.zeros(40_000, 3, dtype=torch.float64),
        scheme="exact",
        time_step=50.0,
        steps=2,
        observe_at=[2],
    )
    h = torch.tensor(SPECTRUM, dtype=torch.float64)
    temperature = ETA * LOSS * h / (B * (1 - BETA))
    for energy in ((h + DECAY) * theta.square(), MASS * w.square()):
        assert ((energy.mean(0) / temperature - 1).abs() < 4 * math.sqrt(2 / 40_000)).all()


def test_a_replica_that_diverges_leaves_the_others_alone():
    start = starts(5)
    wild = start.clone()
    wild[1], wild[3] = 1e300, math.nan
    landscape = Saddle(LOSS, 1.0, [1.0, 2.0], [2.0, 1.0])
    arguments = {"time_step": 0.01, "noise": "gaussian-inputs"}
    ((tame, tame_w),) = run(landscape, start, **arguments)
    with pytest.warns(RuntimeWarning, match="2 of 5 replicas have left the finite numbers: 1, 3; first seen after 7"):
        ((theta, w),) = run(landscape, wild, **arguments)
    others = [0, 2, 4]
    assert torch.equal(theta[others], tame[others])
    assert torch.equal(w[others], tame_w[others])
    assert tame[others].isfinite().all()
    assert not theta[[1, 3]].isfinite().all(1).any()


def test_a_velocity_that_diverges_is_seen_before_the_position():
    velocity = torch.zeros(3, 3)
    velocity[1] = 3e38
    arguments = {"velocity": velocity, "time_step": 1.0, "steps": 1, "observe_at": [1], "allow_divergence": True}
    with pytest.warns(RuntimeWarning, match="1 of 3 replicas have left the finite numbers: 1; first seen after 1"):
        ((theta, w),) = run(Quadratic([0.0] * 3, 0.0), torch.zeros(3, 3), weight_decay=0.0, **arguments)
    assert theta.isfinite().all()
    assert not w[1].isfinite().any()


def test_rest_is_where_it_starts_unless_told_otherwise():
    start = starts(4)
    landscape = Quadratic(SPECTRUM, LOSS)
    velocity = torch.zeros_like(start)
    (untold,), (told,) = run(landscape, start), run(landscape, start, velocity=velocity)
    assert torch.equal(untold[0], told[0])
    assert torch.equal(untold[1], told[1])
    assert not velocity.any()
    assert torch.equal(run(landscape, start, observe_at=[0])[0][0], start)


@pytest.mark.parametrize(("momentum", "h"), [(0.6, 2.0), (0.0, 0.5), (0.9, 0.001)])
def test_the_time_step_at_which_the_mean_diverges_is_refused(momentum, h):
    # Independent of the library: the spectral radius of the Euler step of one mode crosses 1.
    def radius(time_step):
        mass = ETA * (1 + momentum) / 2
        step = [[1, time_step], [-h * time_step / mass, 1 - (1 - momentum) * time_step / mass]]
        return max(abs(np.linalg.eigvals(step)))

    with pytest.raises(ValueError, match="time_step must be below") as refused:
        run(Quadratic([h], LOSS), torch.zeros(1, 1), momentum=momentum, weight_decay=0.0, time_step=1e3)
    limit = float(str(refused.value).split("below ")[1].split(",")[0])
    assert radius(0.999 * limit) < 1 < radius(1.001 * limit)
    run(Quadratic([h], LOSS), torch.zeros(1, 1), momentum=momentum, weight_decay=0.0, time_step=0.999 * limit)
    arguments = {"momentum": momentum, "weight_decay": 0.0, "time_step": 1.001 * limit, "allow_divergence": True}
    run(Quadratic([h], LOSS), torch.zeros(1, 1), **arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"momentum": 1.0}, "momentum must be"),
        ({"momentum": -0.1}, "momentum must be"),
        ({"weight_decay": -0.1}, "weight_decay must be"),
        ({"noise": "white"}, "noise must be one of"),
        ({"scheme": "exact", "noise": "loss-proportional"}, "scheme exact needs noise frozen"),
        ({"velocity": torch.zeros(2, 4, dtype=torch.float64)}, "velocity must be like start"),
        ({"velocity": torch.zeros(2, 3)}, "velocity must be like start"),
        ({"start": torch.zeros(2, 4)}, r"start must have shape \(R, 3\)"),
        ({"observe_at": [8]}, "observe_at must be between 0 and the 7 steps"),
    ],
)
def test_arguments_outside_their_range_are_refused_before_any_step(change, message):
    def observe(theta, w):
        raise AssertionError("observed before the arguments were checked")

    arguments = {"landscape": Quadratic(SPECTRUM, LOSS), "start": starts(2), "observe": observe, "observe_at": [0]}
    with pytest.raises(ValueError, match=message):
        run(**(arguments | change))
