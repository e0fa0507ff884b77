import math

import numpy as np
import pytest
import torch

from sgdlab.dynamics import first_passage, regression_sgd
from sgdlab.problems import GaussianInputs, LinearRegression, gaussian_design

ENGINES = ["compiled", "batched"]
SAMPLINGS = ["with-replacement", "without-replacement", "reshuffled"]
ETA, BATCH_SIZE, STEPS = 0.2, 2, 12


def design(n=12, d=3, seed=0, **arguments):
    return gaussian_design(n, [2.0, 1.0, 0.5][:d], 0.3, seed, **arguments)


def starts(replicas, d=3, seed=5):
    return torch.randn(replicas, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def run(problem, start, **arguments):
    defaults = {"learning_rate": ETA, "batch_size": BATCH_SIZE, "steps": STEPS, "seed": 0}
    return regression_sgd(problem, start, **(defaults | arguments))


def passages(problem, start, **arguments):
    defaults = {"threshold": 1.0, "learning_rate": 0.1, "batch_size": 1, "max_steps": 2000, "seed": 0}
    return first_passage(problem, start, **(defaults | arguments))


def mean_agrees(samples, expected, resolution):
    """Within 4 standard errors, which are below this share of the expected value: a formula farther off would fail."""
    error = samples.std(0) / math.sqrt(len(samples))
    assert ((samples.mean(0) - expected).abs() <= 4 * error).all()
    assert (4 * error <= resolution * expected.abs()).all()


def moments(x, e, first, steps, batch_variance, eta=ETA):
    """Mean (d,) and second moment (d, d) of the deviation after so many steps with independent batches.

    delta' = delta - eta (A delta - b): the covariance of the batch mean of A delta - b is `batch_variance` times that
    of the samples' x (x . delta - e), taken over samples and over delta.
    """
    h = torch.einsum("ni,nj->ij", x, x) / len(x)
    mean, second = first.clone(), torch.outer(first, first)
    for _ in range(steps):
        along = torch.einsum("ni,ij,nj->n", x, second, x)
        squares = along - 2 * e * (x @ mean) + e**2
        covariance = torch.einsum("n,ni,nj->ij", squares, x, x) / len(x) - h @ second @ h
        drift = torch.eye(len(h), dtype=torch.float64) - eta * h
        mean, second = drift @ mean, drift @ second @ drift + eta**2 * batch_variance * covariance
    return mean, second


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sampling", ["with-replacement", "without-replacement"])
def test_moments_follow_their_exact_recursion(engine, sampling):
    problem, replicas, n = design(), 40_000, 12
    minimum = problem.minimum()
    first = torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64)
    variance = 1 / BATCH_SIZE if sampling == "with-replacement" else (n - BATCH_SIZE) / (BATCH_SIZE * (n - 1))
    mean, second = moments(problem.inputs, problem.targets - problem.inputs @ minimum, first, STEPS, variance)
    result = run(problem, (minimum + first).expand(replicas, 3), sampling=sampling, engine=engine)
    delta = result.states - minimum
    assert ((delta.mean(0) - mean).abs() <= 4 * delta.std(0) / math.sqrt(replicas)).all()
    mean_agrees(delta.square(), second.diagonal(), 0.1)
    excess = (second * problem.hessian()).sum() / 2
    mean_agrees(result.losses[-1] - problem.loss(minimum), excess, 0.06)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kurtosis", [None, 1.0, 6.0])
def test_online_moments_follow_their_exact_recursion(engine, kurtosis):
    # Gaussian inputs: M' = M - eta (HM + MH) + eta^2 HMH + eta^2/B (2 L H + HMH), from the fourth moments
    # E x_i^2 x_j^2; independent coordinates of another kurtosis change E x_i^4 alone.
    replicas, steps, noise, eta = 40_000, 10, 0.6, 0.1
    spectrum = torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64)
    first = torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64)
    h, second = torch.diag(spectrum), torch.outer(first, first)
    extra = 0.0 if kurtosis is None else kurtosis - 3
    for _ in range(steps):
        twice_loss = noise + (h @ second).trace()
        covariance = twice_loss * h + h @ second @ h + extra * torch.diag(spectrum**2 * second.diagonal())
        second = second - eta * (h @ second + second @ h) + eta**2 * (h @ second @ h + covariance / BATCH_SIZE)
    problem = GaussianInputs(spectrum.tolist(), noise, kurtosis=kurtosis)
    result = run(problem, first.expand(replicas, 3), steps=steps, learning_rate=eta, engine=engine)
    mean_agrees(result.states.square(), second.diagonal(), 0.1)
    mean_agrees(result.losses[-1] - noise / 2, (h @ second).trace() / 2, 0.06)


@pytest.mark.parametrize("engine", ENGINES)
def test_stationary_online_loss_is_the_closed_form(engine):
    eta, noise, spectrum = 0.2, 1.0, [1.0, 0.6, 0.3]
    share = sum(eta * h / (2 * BATCH_SIZE - eta * h * (BATCH_SIZE + 1)) for h in spectrum)
    result = run(
        GaussianInputs(spectrum, noise),
        torch.zeros(4000, 3, dtype=torch.float64),
        learning_rate=eta,
        steps=300,
        record_every=60,
        engine=engine,
    )
    mean_agrees(result.losses[1:].mean(0), torch.tensor(noise / 2 / (1 - share)), 0.02)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.0, 0.0), (0.7, 0.0), (0.0, 0.4), (0.7, 0.4)])
def test_full_batches_are_the_heavy_ball(engine, sampling, momentum, weight_decay):
    problem, start = design(), starts(3)
    sample = {"sampling": sampling, "batch_size": 12}
    if sampling == "with-replacement":  # one sample: every batch is the whole
        problem, sample = LinearRegression(problem.inputs[:1] / 4, problem.targets[:1]), {"batch_size": 5}
    result = run(problem, start, **sample, momentum=momentum, weight_decay=weight_decay, engine=engine)
    theta, velocity, losses = start, torch.zeros_like(start), []
    for _ in range(STEPS):
        gradient = torch.stack([problem.gradient(point) for point in theta])
        velocity = momentum * velocity + gradient + weight_decay * theta
        theta = theta - ETA * velocity
        losses.append(torch.stack([problem.loss(point) for point in theta]))
    torch.testing.assert_close(result.states, theta)
    torch.testing.assert_close(result.losses, torch.stack(losses))
    assert result.steps.tolist() == list(range(1, STEPS + 1))


@pytest.mark.parametrize("engine", ENGINES)
def test_mean_with_momentum_is_that_of_full_batches(engine):
    problem, replicas = design(), 20_000
    arguments = {"momentum": 0.6, "weight_decay": 0.3, "engine": engine, "learning_rate": 0.05}
    start = torch.ones(replicas, 3, dtype=torch.float64)
    (expected,) = run(problem, start[:1], batch_size=12, sampling="reshuffled", **arguments).states
    end = run(problem, start, **arguments).states
    error = end.std(0) / math.sqrt(replicas)
    assert ((end.mean(0) - expected).abs() <= 4 * error).all()
    # Momentum moves the mean by far more than that.
    arguments["momentum"] = 0.0
    (without,) = run(problem, start[:1], batch_size=12, sampling="reshuffled", **arguments).states
    assert ((without - expected).abs() > 12 * error).any()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reshuffled_epoch_takes_every_sample_once(engine):
    # Orthogonal inputs: each sample moves one coordinate alone, whatever the order, once an epoch and batch.
    problem = LinearRegression(torch.eye(6, dtype=torch.float64) * 2, torch.arange(6, dtype=torch.float64))
    start = starts(30, d=6)
    result = run(problem, start, steps=9, sampling="reshuffled", engine=engine)
    factor = 1 - ETA * 4 / BATCH_SIZE
    torch.testing.assert_close(result.states, problem.minimum() + factor**3 * (start - problem.minimum()))
    # Not an order that all replicas share.
    assert result.losses[0].sub(result.losses[0, 0]).abs().max() > 0.01
    middle = run(problem, start, steps=1, sampling="reshuffled", engine=engine).states
    moved = (middle - start).abs() > 1e-12
    assert (moved.sum(1) == BATCH_SIZE).all()
    # Each sample is in the first batch of a third of the replicas: 10 +- 2.6.
    assert ((moved.sum(0) - 10).abs() <= 4 * math.sqrt(30 * 2 / 9)).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_recorded_losses_are_those_of_the_states(engine, sampling):
    problem, start = design(), starts(5)
    whole = run(problem, start, sampling=sampling, engine=engine)
    sparse = run(problem, start, sampling=sampling, engine=engine, record_every=5)
    assert sparse.steps.tolist() == [5, 10]
    torch.testing.assert_close(sparse.losses, whole.losses[[4, 9]])
    losses = torch.stack([problem.loss(point) for point in whole.states])
    torch.testing.assert_close(whole.losses[-1], losses)
    assert run(problem, start, steps=0, engine=engine).losses.shape == (0, 5)
    torch.testing.assert_close(run(problem, start, steps=0, engine=engine).states, start)


@pytest.mark.parametrize("engine", ENGINES)
def test_flat_directions_stay_where_they_are(engine):
    problem, start = design(n=2), starts(4)
    result = run(problem, start, engine=engine, steps=400, batch_size=1)
    flat = torch.linalg.svd(problem.inputs, full_matrices=True)[2][2]
    torch.testing.assert_close(result.states @ flat, start @ flat)
    # Two samples, three parameters: no loss is left.
    assert result.losses[-1].max() < 1e-10


@pytest.mark.parametrize("engine", ENGINES)
def test_first_passage_is_where_the_recorded_loss_first_crosses(engine):
    problem, start = design(n=200), design(n=200).minimum().expand(20, 3)
    threshold, arguments = 0.2, {"learning_rate": 0.1, "batch_size": 1, "seed": 3, "engine": engine}
    found = passages(problem, start, threshold=threshold, max_steps=16, **arguments)
    losses = run(problem, start, steps=16, **arguments).losses
    crossed = losses >= threshold
    expected = torch.where(crossed.any(0), crossed.int().argmax(0) + 1, 16)
    assert torch.equal(found.steps, expected)
    assert torch.equal(found.censored, ~crossed.any(0))
    assert found.censored.any()
    assert not found.censored.all()


@pytest.mark.parametrize("data", ["given", "online"])
def test_engines_have_the_same_first_passage_times(data):
    replicas, noise = 4000, 1.0
    given = gaussian_design(300, [1.0, 0.5], noise, seed=2)
    problem = given if data == "given" else GaussianInputs([1.0, 0.5], noise)
    minimum = given.minimum() if data == "given" else torch.zeros(2, dtype=torch.float64)
    least = float(given.loss(minimum)) if data == "given" else noise / 2
    times = {}
    for engine in ENGINES:
        found = passages(problem, minimum.expand(replicas, 2), threshold=1.5 * least, learning_rate=0.2, engine=engine)
        assert not found.censored.any()
        times[engine] = found.steps.double()
    mean = {engine: float(time.mean()) for engine, time in times.items()}
    error = math.hypot(*(float(time.std()) / math.sqrt(replicas) for time in times.values()))
    assert abs(mean["compiled"] - mean["batched"]) <= 4 * error
    # One step more or less on the way, or one tenth of the learning rate, would be seen.
    assert 4 * error < 0.1 * mean["compiled"]
    median = np.median(times["compiled"].numpy())
    shares = [float((time <= median).double().mean()) for time in times.values()]
    assert abs(shares[0] - shares[1]) <= 4 * math.sqrt(2 * 0.25 / replicas)


def test_first_passage_from_a_start_is_that_of_the_mean_without_noise():
    # One exact sample, one parameter: delta_k = (1 - eta)^k grows for eta > 2 and crosses at a known step.
    problem = LinearRegression(torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    for engine in ENGINES:
        start = torch.tensor([[1.0], [0.1], [0.0]], dtype=torch.float64)
        found = passages(
            problem, start, threshold=50.0, learning_rate=2.5, max_steps=40, allow_divergence=True, engine=engine
        )
        # |delta| = 1.5^k |delta_0| reaches 10 after 6 and 12 steps; 0 stays.
        assert found.steps.tolist() == [6, 12, 40]
        assert found.censored.tolist() == [False, False, True]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("eta", [1e10, 1e200, 1.7e308])
def test_a_replica_that_overflows_has_crossed(engine, eta):
    # After steps to finite losses, or in one step.
    problem = LinearRegression(10 * design().inputs, 10 * design().targets)
    start, arguments = problem.minimum().expand(6, 3), {"learning_rate": eta, "batch_size": 2, "engine": engine}
    found = passages(problem, start, threshold=1e100, max_steps=100, allow_divergence=True, **arguments)
    assert not found.censored.any()
    result = run(problem, start, steps=100, allow_divergence=True, **arguments)
    assert result.diverged.all()
    crossed = ~(result.losses < 1e100)
    assert torch.equal(found.steps, crossed.int().argmax(0) + 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_replica_that_is_not_a_number_has_crossed(engine):
    # The gradient's terms are infinite and of both signs: the first step leads from the minimum to NaN.
    problem = LinearRegression(1e25 * design().inputs.float(), 1e25 * design().targets.float())
    start = LinearRegression(problem.inputs.double(), problem.targets.double()).minimum().float().expand(40, 3)
    arguments = {"learning_rate": 1.0, "batch_size": 4, "allow_divergence": True, "engine": engine}
    assert run(problem, start, steps=1, **arguments).losses[0].isnan().any()
    found = passages(problem, start, threshold=1e60, max_steps=3, **arguments)
    assert not found.censored.any()
    assert (found.steps == 1).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sampling", [*SAMPLINGS, "online"])
def test_the_seed_alone_decides(engine, sampling):
    online = sampling == "online"
    problem = GaussianInputs([2.0, 1.0, 0.5], 0.3) if online else design()
    arguments = {"engine": engine, "sampling": "with-replacement" if online else sampling}
    start, before, threads = starts(40), torch.get_rng_state(), torch.get_num_threads()
    untouched = start.clone()
    try:
        torch.set_num_threads(1)
        reference = run(problem, start, **arguments)
        torch.set_num_threads(3)
        again = run(problem, start, **arguments)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(again.states, reference.states)
    assert torch.equal(again.losses, reference.losses)
    assert not torch.equal(run(problem, start, seed=1, **arguments).states, reference.states)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(start, untouched)
    # No two replicas share their numbers.
    assert len(run(problem, start[:1].expand(40, 3), **arguments).states.unique(dim=0)) == 40


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_compiled_replica_does_not_depend_on_how_many_there_are(sampling):
    problem, start = design(), starts(40)
    few, all_ = run(problem, start[:20], sampling=sampling), run(problem, start, sampling=sampling)
    assert torch.equal(few.states, all_.states[:20])


@pytest.mark.parametrize("batch_size", [1, 3])
def test_replicas_side_by_side_move_as_they_do_in_turns(batch_size):
    # Fewer than 16 replicas take turns; more stand side by side. The order of their sums is another, no more.
    problem, start = design(), starts(37)
    arguments = {"engine": "compiled", "batch_size": batch_size, "steps": 90, "record_every": 7}
    together = run(problem, start, **arguments)
    for some in (slice(0, 12), slice(0, 3)):
        alone = run(problem, start[some], **arguments)
        torch.testing.assert_close(together.states[some], alone.states, rtol=1e-11, atol=1e-13)
        torch.testing.assert_close(together.losses[:, some], alone.losses, rtol=1e-11, atol=1e-13)


def test_passages_side_by_side_are_those_in_turns():
    # 50 replicas on 16 places: the next one begins where one has ended.
    problem = design()
    arguments = {
        "threshold": 1.5 * float(problem.loss(problem.minimum())),
        "learning_rate": 0.1,
        "batch_size": 1,
        "max_steps": 60,
        "seed": 3,
        "engine": "compiled",
    }
    start = problem.minimum().expand(50, -1)
    together, alone = first_passage(problem, start, **arguments), first_passage(problem, start[:12], **arguments)
    assert torch.equal(together.steps[:12], alone.steps)
    assert torch.equal(together.censored[:12], alone.censored)
    assert 0 < together.censored.sum() < 50
    assert len(together.steps.unique()) > 10


@pytest.mark.parametrize("engine", ENGINES)
def test_a_replica_that_diverges_leaves_the_others_alone(engine):
    problem, start = design(), starts(20)
    wild = start.clone()
    wild[4] = 1e308
    tame_result, wild_result = run(problem, start, engine=engine), run(problem, wild, engine=engine)
    others = torch.arange(20) != 4
    assert torch.equal(wild_result.states[others], tame_result.states[others])
    assert torch.equal(wild_result.losses[:, others], tame_result.losses[:, others])
    assert wild_result.diverged.tolist() == [place == 4 for place in range(20)]
    assert not wild_result.losses[-1, 4].isfinite()
    assert not tame_result.diverged.any()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_limit_of_the_learning_rate_is_where_the_mean_diverges(engine):
    problem, start, momentum, weight_decay = design(), starts(2), 0.5, 0.3
    limit = 2 * 1.5 / (float(problem.eigenbasis()[0][0]) + weight_decay)
    arguments = {"momentum": momentum, "weight_decay": weight_decay, "engine": engine, "steps": 4000}
    arguments |= {"batch_size": 12, "sampling": "without-replacement"}
    with pytest.raises(ValueError, match=f"learning_rate must be below .* = {limit:.6g}"):
        run(problem, start, learning_rate=1.001 * limit, **arguments)
    below = run(problem, start, learning_rate=0.99 * limit, **arguments)
    above = run(problem, start, learning_rate=1.01 * limit, allow_divergence=True, **arguments)
    assert below.losses[-1].max() < below.losses[0].max()
    assert above.losses[-1].min() > 1e10


@pytest.mark.parametrize("engine", ENGINES)
def test_single_precision_stays_single_and_close(engine):
    problem, start = design(n=200), starts(8)
    single = LinearRegression(problem.inputs.float(), problem.targets.float())
    result, reference = run(single, start.float(), engine=engine), run(problem, start, engine=engine)
    assert result.states.dtype == result.losses.dtype == torch.float32
    torch.testing.assert_close(result.states.double(), reference.states, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(result.losses.double(), reference.losses, rtol=1e-5, atol=1e-5)


def test_the_other_device_samples_the_same_process(device):
    problem, first = design(), torch.ones(20_000, 3, dtype=torch.float64)
    there = LinearRegression(problem.inputs.to(device), problem.targets.to(device))
    one, other = run(problem, first), run(there, first.to(device), engine="batched", seed=1)
    assert other.states.device.type == other.losses.device.type == device
    losses = [one.losses[-1], other.losses[-1].cpu()]
    error = math.hypot(*(float(loss.std()) / math.sqrt(20_000) for loss in losses))
    assert abs(float(losses[0].mean() - losses[1].mean())) <= 4 * error


BAD_STARTS = [
    (torch.zeros(3, dtype=torch.float64), r"start must have shape \(R, 3\)"),
    (torch.zeros(0, 3, dtype=torch.float64), r"start must have shape \(R, 3\), R at least 1"),
    (torch.zeros(2, 4, dtype=torch.float64), r"start must have shape \(R, 3\)"),
    (torch.zeros(2, 3, dtype=torch.float16), "start must be float32 or float64"),
]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *(({"start": start}, message) for start, message in BAD_STARTS),
        ({"learning_rate": 0.0}, "learning_rate must be"),
        ({"learning_rate": 5.0}, "learning_rate must be below"),
        ({"batch_size": 13, "sampling": "without-replacement"}, "batch_size must be at most the 12 samples"),
        ({"batch_size": 5, "sampling": "reshuffled"}, "batch_size must divide the 12 samples"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"sampling": "cyclic"}, "sampling must be one of"),
        ({"problem": GaussianInputs([1.0] * 3, 1.0), "sampling": "reshuffled"}, "sampling must be with-replacement"),
        ({"problem": GaussianInputs([1.0] * 3, 1.0), "batch_size": 0}, "batch_size must be"),
        ({"momentum": 1.0}, "momentum must be"),
        ({"weight_decay": -0.1}, "weight_decay must be"),
        ({"seed": -1}, "seed must be"),
        ({"engine": "fast"}, "engine must be"),
    ],
)
def test_arguments_outside_their_range_are_refused(change, message):
    for call in (run, passages):
        with pytest.raises(ValueError, match=message):
            call(**({"problem": design(), "start": starts(2) / 10} | change))


@pytest.mark.parametrize(
    ("call", "change", "message"),
    [
        (run, {"steps": -1}, "steps must be at least 0"),
        (run, {"record_every": 0}, "record_every must be at least 1"),
        (passages, {"max_steps": 0}, "max_steps must be at least 1"),
        (passages, {"threshold": 0.2}, "threshold must be above the loss of every start"),
        (passages, {"threshold": math.inf}, "loss must be"),
        (passages, {"start": torch.full((2, 3), math.nan, dtype=torch.float64)}, "threshold must be above the loss"),
    ],
)
def test_arguments_of_one_function_are_refused(call, change, message):
    with pytest.raises(ValueError, match=message):
        call(**({"problem": design(), "start": starts(2)} | change))
