import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from sgdlab.dynamics import langevin
from sgdlab.dynamics.gradient_noise import GradientNoise
from sgdlab.problems import DoubleWell, Quadratic, Saddle

NOISES = ["frozen", "loss-proportional", "gaussian-inputs"]
ETA, B, LOSS = 0.2, 2, 0.5
SPECTRUM = [2.0, 1.0, 0.5]


def state(theta):
    return theta


def bowl():
    return Quadratic(SPECTRUM, LOSS)


def run(landscape, start, **arguments):
    defaults = {"learning_rate": ETA, "batch_size": B, "noise": "frozen", "steps": 7, "seed": 0}
    return langevin(landscape, start, **(defaults | {"observe": state, "observe_at": [7]} | arguments))


def starts(replicas, d=3):
    return torch.randn(replicas, d, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def assert_mean(samples, expected, within):
    """The mean of the samples (R, ...) is `expected` within 4 standard errors, which are at most `within` of it."""
    error = samples.double().std(0) / math.sqrt(len(samples))
    expected = torch.as_tensor(expected, dtype=torch.float64)
    assert (4 * error <= within * expected.abs()).all(), (error / expected).tolist()
    assert ((samples.double().mean(0) - expected).abs() <= 4 * error).all(), (samples.mean(0) / expected).tolist()


def euler_second_moments(noise, start, time_step, steps, h=SPECTRUM):
    """Second moments of the Euler chain on the bowl, exactly: the noise's mean covariance depends on them alone."""
    h, moments = np.array(h), np.array(start) ** 2
    for _ in range(steps):
        loss = LOSS if noise == "frozen" else LOSS + h @ moments / 2
        covariance = 2 * loss * h / B + (h**2 * moments / B if noise == "gaussian-inputs" else 0)
        moments = (1 - time_step * h) ** 2 * moments + ETA * time_step * covariance
    return moments


@pytest.mark.parametrize("noise", NOISES)
def test_noise_has_the_covariance_of_its_model(noise, device):
    point = torch.tensor([1.0, -2.0, 1.5], dtype=torch.float64, device=device)
    landscape, replicas = bowl().to(point), 200_000
    theta = point.expand(replicas, 3)
    gradient = landscape.gradient(theta)
    generator = torch.Generator(device).manual_seed(0)
    kicked = torch.ones_like(theta)
    GradientNoise(landscape, noise, B, replicas, generator).add_to(kicked, theta, gradient, 0.5)
    xi = 2 * (kicked - 1).cpu()
    h, g = torch.tensor(SPECTRUM, dtype=torch.float64), gradient[0].cpu()
    loss = LOSS if noise == "frozen" else LOSS + float(h @ point.cpu().square()) / 2
    covariance = torch.diag(2 * loss * h / B)
    if noise == "gaussian-inputs":
        covariance += torch.outer(g, g) / B
    products = xi[:, :, None] * xi[:, None, :]
    error = products.std(0) / math.sqrt(replicas)
    assert ((products.mean(0) - covariance).abs() < 4.5 * error).all()
    assert (xi.mean(0).abs() < 4 * xi.std(0) / math.sqrt(replicas)).all()
    # The part g g^T, the largest entry of which is 4, would be missed 50 times over.
    assert 4.5 * error.max() < 0.1 * g.square().max() / B


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("time_step", [None, 0.05])
def test_second_moments_follow_their_exact_recursion(noise, time_step):
    point, steps, replicas = [1.0, -0.5, 0.8], 12, 40_000
    start = torch.tensor(point, dtype=torch.float64).expand(replicas, 3)
    (end,) = run(bowl(), start, noise=noise, time_step=time_step, steps=steps, observe_at=[steps])
    assert_mean(end.square(), euler_second_moments(noise, point, time_step or ETA, steps), within=0.05)
    decay = (1 - (time_step or ETA) * torch.tensor(SPECTRUM, dtype=torch.float64)) ** steps
    error = end.std(0) / math.sqrt(replicas)
    assert ((end.mean(0) - decay * start[0]).abs() < 4 * error).all()


def test_the_three_models_are_told_apart_by_their_second_moments():
    moments = [euler_second_moments(noise, [1.0, -0.5, 0.8], ETA, 12) for noise in NOISES]
    for one, other in [(0, 1), (1, 2)]:
        assert abs(moments[one] / moments[other] - 1).max() > 0.1


def test_stationary_variances():
    # Frozen: (eta L* / B) 2 / (2 - h dt), equal in all modes up to the time step. Loss-proportional: as if frozen at
    # the mean loss L* / (1 - S), S = sum_i eta h_i / (B (2 - h_i dt)).
    h, time_step = torch.tensor(SPECTRUM, dtype=torch.float64), 0.1
    start, steps = torch.zeros(20_000, 3, dtype=torch.float64), 120
    frozen = ETA * LOSS / B * 2 / (2 - h * time_step)
    share = float((ETA * h / (B * (2 - h * time_step))).sum())
    arguments = {"time_step": time_step, "steps": steps, "observe_at": [steps]}
    assert_mean(run(bowl(), start, **arguments)[0].square(), frozen, within=0.05)
    (end,) = run(bowl(), start, noise="loss-proportional", **arguments)
    assert_mean(end.square(), frozen / (1 - share), within=0.05)
    assert 1 / (1 - share) > 1.2


@pytest.mark.parametrize("time_step", [0.3, 5.0])
def test_the_exact_step_has_the_law_of_the_equation(time_step):
    landscape = Quadratic(SPECTRUM, LOSS, [0.5, 0.0, -1.0])
    start = torch.tensor([2.0, 1.0, 1.0], dtype=torch.float64).expand(40_000, 3)
    (end,) = run(landscape, start, scheme="exact", time_step=time_step, steps=2, observe_at=[2])
    h = torch.tensor(SPECTRUM, dtype=torch.float64)
    mean = landscape.minimum + (-2 * time_step * h).exp() * (start[0] - landscape.minimum)
    variance = ETA * LOSS / B * (1 - (-4 * time_step * h).exp())
    assert ((end.mean(0) - mean).abs() < 4 * (variance / 40_000).sqrt()).all()
    assert_mean((end - mean).square(), variance, within=0.05)
    correlations = torch.corrcoef(end.T) - torch.eye(3)
    assert correlations.abs().max() < 4 / math.sqrt(40_000)


def test_weak_order_of_euler_maruyama_is_one():
    # Mean and variance of four equal modes at time 2 / h, against the exact law.
    errors = []
    for time_step in (0.2, 0.1, 0.05):
        start = torch.ones(250_000, 4)
        arguments = {"noise": "frozen", "time_step": time_step, "observe_at": [round(2 / time_step)]}
        (end,) = run(Quadratic([1.0] * 4, 5.0), start, steps=round(2 / time_step), **arguments)
        deviations = end.double() - end.double().mean(0)
        variance = ETA * 5 / B * (1 - math.exp(-4))
        errors.append(deviations.square().mean().item() / variance - 1)
    # Standard error of a relative error: sqrt(2 / 1e6) = 0.0014, of the order over the factor 4: 0.04.
    order = math.log(errors[0] / errors[2]) / math.log(4)
    assert errors[2] > 10 * 0.0014
    assert abs(order - 1) < 0.2


def test_weak_order_of_the_mean_is_one():
    # Without noise the mean of the bowl is the state itself: (1 - h dt)^n against e^{-h t}.
    errors = []
    for time_step in (0.02, 0.01, 0.005):
        steps = round(1 / time_step)
        (end,) = run(
            Quadratic([1.0], 0.0),
            torch.ones(1, 1, dtype=torch.float64),
            time_step=time_step,
            steps=steps,
            observe_at=[steps],
        )
        errors.append(abs(end.item() - math.exp(-1)))
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.abs(orders - 1).max() < 0.02


@pytest.mark.parametrize(
    "landscape", [Quadratic(SPECTRUM, 0.0), DoubleWell(0.0, 1.0), Saddle(0.0, 1.0, [1.0, 2.0], [2.0, 1.0])]
)
def test_frozen_noise_of_a_zero_loss_minimum_is_gradient_descent(landscape):
    start = 0.5 * starts(4, landscape.dimension)
    (end,) = run(landscape, start, time_step=0.03)
    expected = start
    for _ in range(7):
        expected = expected - 0.03 * landscape.gradient(expected)
    torch.testing.assert_close(end, expected, rtol=1e-13, atol=1e-14)


def test_frozen_noise_is_that_of_the_minimum_wherever_the_state_is():
    # The noise that frozen noise adds to two starts is the same, number for number; that of the others is not.
    far = starts(5) + 10
    for noise in NOISES:
        (near_end,), (far_end,) = (run(bowl(), start, noise=noise) for start in (0 * far, far))
        drift = far * (1 - ETA * torch.tensor(SPECTRUM, dtype=torch.float64)) ** 7
        assert torch.allclose(far_end - drift, near_end, atol=1e-12) == (noise == "frozen")


def escape_time(noise, loss, barrier, ratio):
    """Mean time from x = -1 to x = 1 in units of t, by quadrature; `ratio` is B / (eta h)."""

    def log_weight(x):
        excess = barrier * (x * x - 1) ** 2
        return ratio * (math.log1p(excess / loss) if noise == "loss-proportional" else excess / loss)

    def density(z):
        # 1 / (diffusion e^weight), the diffusion being L / ratio.
        relative = 1 + barrier * (z * z - 1) ** 2 / loss if noise == "loss-proportional" else 1
        return ratio / (loss * relative) * math.exp(-log_weight(z))

    left = quad(density, -8, -1, epsabs=0, epsrel=1e-9, limit=200)[0]

    def inner(y):
        return math.exp(log_weight(y)) * (left + quad(density, -1, y, epsabs=1e-12, epsrel=1e-9)[0])

    return quad(inner, -1, 1, epsabs=0, epsrel=1e-7)[0]


def passage_times(noise, loss, barrier, ratio, time_step, steps, replicas):
    """Times at which each replica first reaches x = 1, infinite where it does not."""
    landscape, eta = DoubleWell(loss, barrier), 1 / (8 * barrier * ratio)
    times = torch.full((replicas,), math.inf, dtype=torch.float64)
    clock = iter(range(steps + 1))

    def observe(theta):
        now = next(clock) * time_step
        times.masked_fill_((theta[:, 0] >= 1) & times.isinf(), now)

    start = landscape.minimum.float().expand(replicas, 1)
    langevin(
        landscape,
        start,
        learning_rate=eta,
        batch_size=1,
        noise=noise,
        steps=steps,
        time_step=time_step,
        seed=1,
        observe=observe,
        observe_at=range(steps + 1),
    )
    return times


def test_the_quadrature_agrees_with_kramers_rate():
    # Rate times mean time for c = 2, of which the limit is 1: values of an independent calculation.
    for ratio, product in ((1, 0.806), (2, 1.012), (5, 1.049), (10, 1.016)):
        rate = math.sqrt(32) / (2 * math.pi) * 2 ** -(0.5 + ratio)
        assert rate * escape_time("loss-proportional", 1.0, 1.0, ratio) == pytest.approx(product, abs=6e-4)


@pytest.mark.parametrize("noise", ["frozen", "loss-proportional"])
def test_mean_escape_time_from_a_double_well_is_that_of_the_quadrature(noise):
    # L* = Delta = 1 and B / (eta h) = 2. The standard error is 2 % of the mean; the other noise is a factor 1.6 away.
    setting = {"loss": 1.0, "barrier": 1.0, "ratio": 2.0}
    other = "frozen" if noise == "loss-proportional" else "loss-proportional"
    expected, alternative = escape_time(noise, **setting), escape_time(other, **setting)
    times = passage_times(noise, **setting, time_step=0.005, steps=round(11 * expected / 0.005), replicas=2000)
    assert times.isfinite().all()
    error = times.std() / math.sqrt(len(times))
    assert abs(times.mean() - expected) < 4 * error
    assert abs(times.mean() - alternative) > 10 * error


def test_a_replica_that_diverges_leaves_the_others_alone():
    start = starts(5)
    wild = start.clone()
    wild[1], wild[3] = 1e300, math.nan
    for noise in NOISES:
        arguments = {"noise": noise, "learning_rate": 2.0, "allow_divergence": True, "steps": 200, "observe_at": [200]}
        # In the double well every start of this size is thrown out, in the bowl the two curvatures above 1 do it.
        for landscape in (Saddle(LOSS, 0.01, [0.1, 0.1], [0.2, 0.2]), Quadratic([1.1, 0.3, 0.2], LOSS)):
            with pytest.warns(RuntimeWarning, match="of 5 replicas have left the finite numbers: .*after 200 steps"):
                (tame_end,), (wild_end,) = (run(landscape, some, **arguments) for some in (start, wild))
            others = [0, 2, 4]
            assert torch.equal(wild_end[others].nan_to_num(), tame_end[others].nan_to_num())
            assert not wild_end[[1, 3]].isfinite().all(1).any()


def test_who_diverged_is_said_and_when_it_was_first_seen(device):
    # Without noise theta' = (1 - h dt) theta: (-10)^k 10^31 exceeds the largest single-precision number for k = 8.
    start = torch.tensor([[1e31], [0.0], [1e31]], device=device)
    arguments = {"time_step": 11.0, "steps": 30, "allow_divergence": True}
    for observe_at, seen in ([], 30), ([4, 20, 30], 20), (range(31), 8):
        with pytest.warns(RuntimeWarning) as caught:
            run(Quadratic([1.0], 0.0), start, observe_at=observe_at, **arguments)
        (warning,) = caught
        expected = f"2 of 3 replicas have left the finite numbers: 0, 2; first seen after {seen} steps"
        assert str(warning.message) == expected
    assert warning.filename == __file__


def test_the_seed_alone_decides():
    # Two blocks of replicas, the second one not full.
    start = starts(50_000)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    for noise in NOISES:
        (reference,) = run(bowl(), start, noise=noise)
        try:
            torch.set_num_threads(2)
            assert torch.equal(run(bowl(), start, noise=noise)[0], reference)
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(threads)
        assert not torch.equal(run(bowl(), start, noise=noise, seed=1)[0], reference)
    assert torch.equal(torch.get_rng_state(), before)


def test_blocks_of_replicas_are_independent_and_keep_their_order():
    # A block has 33,333 replicas here. Nothing moves along the last axis: it shows which replica is which.
    landscape = Quadratic([1.0, 2.0, 0.0], LOSS)
    start = torch.zeros(80_000, 3, dtype=torch.float64)
    start[:, 2] = torch.arange(80_000)
    (end,) = run(landscape, start)
    assert torch.equal(end[:, 2], start[:, 2])
    first, second = end[:33_333, 0], end[33_333:66_666, 0]
    assert abs(torch.corrcoef(torch.stack([first, second]))[0, 1]) < 4 / math.sqrt(33_333)
    # Full blocks do not depend on how many others there are; neighbouring seeds share none.
    assert torch.equal(run(landscape, start[:33_333])[0], end[:33_333])
    (other,) = run(landscape, start, seed=1)
    assert len(torch.cat([end[:, 0], other[:, 0]]).unique()) == 160_000


def test_observations_come_in_the_order_of_their_steps():
    start = starts(4)
    untouched = start.clone()
    observed = run(bowl(), start, observe_at=[7, 0, 3, 3])
    assert len(observed) == 3
    assert torch.equal(observed[0], start)
    assert torch.equal(observed[1], run(bowl(), start, steps=3, observe_at=[3])[0])
    assert torch.equal(observed[2], run(bowl(), start)[0])
    assert torch.equal(start, untouched)
    assert run(bowl(), start, observe_at=range(0)) == []
    assert run(bowl(), start, steps=0, observe_at=[0])[0].equal(start)


def test_an_observer_that_writes_changes_nothing():
    start = starts(4)
    end = run(bowl(), start, observe=lambda theta: (theta.clone(), theta.zero_())[0], observe_at=[0, 3, 7])[-1]
    assert torch.equal(end, run(bowl(), start)[0])


@pytest.mark.parametrize("scheme", ["euler-maruyama", "exact"])
def test_dtype_and_device_are_those_of_the_start(scheme, device):
    start = starts(4).float().to(device)
    (end,) = run(bowl(), start, scheme=scheme)
    assert (end.dtype, end.device.type) == (torch.float32, device)
    assert end.is_contiguous()


def test_the_time_step_at_which_the_mean_diverges_is_refused():
    # h = 2 at most: the limit is 1.
    with pytest.raises(ValueError, match="time_step must be below 1, else the mean diverges"):
        run(bowl(), starts(4), time_step=1.0)
    below = run(bowl(), starts(4), time_step=0.999, steps=2000, observe_at=[2000])[0]
    above = run(bowl(), starts(4), time_step=1.01, steps=2000, observe_at=[2000], allow_divergence=True)[0]
    assert below.abs().max() < 1e3 < 1e10 < above.abs().max()
    # The exact step has no limit, nor has a bowl without curvature.
    run(bowl(), starts(4), time_step=100.0, scheme="exact")
    run(Quadratic([0.0] * 3, LOSS), starts(4), time_step=100.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be"),
        ({"learning_rate": math.nan}, "learning_rate must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"noise": "white"}, "noise must be one of frozen, loss-proportional, gaussian-inputs"),
        ({"steps": -1, "observe_at": []}, "steps must be at least 0"),
        ({"time_step": 0.0}, "time_step must be a finite number > 0"),
        ({"time_step": math.inf}, "time_step must be a finite number > 0"),
        ({"scheme": "milstein"}, "scheme must be one of euler-maruyama, exact"),
        ({"scheme": "exact", "noise": "gaussian-inputs"}, "scheme exact needs noise frozen"),
        ({"scheme": "exact", "landscape": Saddle(1.0, 1.0, [1.0] * 2, [1.0] * 2)}, "scheme exact needs a Quadratic"),
        ({"observe_at": [8]}, "observe_at must be between 0 and the 7 steps, got 8 to 8"),
        ({"observe_at": [-1, 2]}, "observe_at must be between 0 and the 7 steps, got -1 to 2"),
        ({"start": torch.zeros(3)}, r"start must have shape \(R, 3\), R at least 1"),
        ({"start": torch.zeros(0, 3)}, r"start must have shape \(R, 3\), R at least 1"),
        ({"start": torch.zeros(2, 4)}, r"start must have shape \(R, 3\)"),
        ({"start": torch.zeros(2, 3, dtype=torch.int64)}, "start must be floating-point"),
    ],
)
def test_arguments_outside_their_range_are_refused_before_any_step(change, message):
    def observe(theta):
        raise AssertionError("observed before the arguments were checked")

    arguments = {"landscape": bowl(), "start": starts(2), "observe": observe, "observe_at": [0]} | change
    with pytest.raises(ValueError, match=message):
        run(**arguments)
