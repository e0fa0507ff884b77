"""A run that is interrupted, wherever it is, and called again gives what it would have given: bit for bit."""

import itertools
import multiprocessing
import os
import signal

import pytest
import torch

from sgdlab.dynamics import ensemble, first_passage, langevin, regression_sgd, sgd, underdamped_langevin
from sgdlab.dynamics import linear_regression_batched as batched
from sgdlab.dynamics import linear_regression_compiled as compiled
from sgdlab.problems import GaussianInputs, Network, Quadratic, Saddle, fully_connected, gaussian_design
from sgdlab.runs import Checkpoint

# Processes of their own, forked from one that has imported what takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["sgdlab.experiments.__main__"])
SAMPLINGS = ["with-replacement", "without-replacement", "reshuffled"]
SPECTRUM = [2.0, 1.0, 0.5]
# Observed at the start, twice in a row, and at the end.
STEPS, OBSERVE_AT = 10, [0, 3, 4, 10]


def numbers(*shape, device="cpu", seed=5):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(device)


def descent(device="cpu", replicas=3, **arguments):
    inputs = numbers(20, 4, device=device)
    network = Network(fully_connected([4, 6, 1]), inputs, inputs[:, :1].sign())
    start = network.initial(seed=0, replicas=replicas)
    defaults = {"learning_rate": 0.1, "batch_size": 5, "steps": STEPS, "seed": 0, "observe_at": OBSERVE_AT}
    return lambda **also: sgd(network, start, **(defaults | arguments | also))


def diffusion(device="cpu", landscape=None, **arguments):
    landscape = landscape or Saddle(0.5, 1.0, [1.0, 2.0], [2.0, 1.0])
    defaults = {"learning_rate": 0.05, "batch_size": 2, "noise": "gaussian-inputs", "steps": STEPS, "seed": 0}
    defaults |= {"observe_at": OBSERVE_AT}
    return lambda **also: langevin(landscape, 0.3 * numbers(5, 3, device=device), **(defaults | arguments | also))


def motion(device="cpu", landscape=None, **arguments):
    landscape = landscape or Saddle(0.5, 1.0, [1.0, 2.0], [2.0, 1.0])
    defaults = {"learning_rate": 0.05, "batch_size": 2, "noise": "frozen", "momentum": 0.6, "weight_decay": 0.1}
    defaults |= {"time_step": 0.02, "steps": STEPS, "seed": 0, "observe_at": OBSERVE_AT}
    start, velocity = 0.3 * numbers(5, 3, device=device), numbers(5, 3, device=device, seed=6)
    return lambda **also: underdamped_langevin(landscape, start, velocity=velocity, **(defaults | arguments | also))


BOWL = Quadratic(SPECTRUM, 0.5)
EXACT = {"landscape": BOWL, "scheme": "exact", "noise": "frozen"}
OBSERVED = {
    **{f"sgd {sampling}": (descent, {"sampling": sampling}) for sampling in SAMPLINGS},
    "sgd of one replica": (descent, {"replicas": 1}),
    "sgd with momentum": (descent, {"momentum": 0.8, "weight_decay": 0.1}),
    **{f"langevin {noise}": (diffusion, {"noise": noise}) for noise in ("frozen", "loss-proportional")},
    "langevin": (diffusion, {}),
    "langevin exact": (diffusion, EXACT),
    "underdamped": (motion, {}),
    "underdamped exact": (motion, EXACT),
}


class Observer:
    """Draws from a generator of its own, and at a given observation does something before or after it."""

    def __init__(self, device="cpu", before=None, after=None):
        self.generator = torch.Generator(device).manual_seed(9)
        self.before, self.after = before or {}, after or {}
        self.calls = 0

    def __call__(self, *states):
        self.calls += 1
        self.before.get(self.calls, lambda: None)()
        draw = torch.rand(states[0].shape, generator=self.generator, dtype=torch.float64, device=states[0].device)
        seen = [kind * draw for kind in states]
        self.after.get(self.calls, lambda: None)()
        return seen, float(draw.sum())


def interrupt():
    raise KeyboardInterrupt


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


def assert_same(one, other):
    assert len(one) == len(other)
    for (states, draw), (other_states, other_draw) in zip(one, other, strict=True):
        assert draw == other_draw
        assert all(torch.equal(*pair) for pair in zip(states, other_states, strict=True))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Two replicas a block, that five are three blocks."""
    monkeypatch.setattr(ensemble, "_BLOCK", 6)
    monkeypatch.setattr(batched, "_BYTES_ON_CPU", 2 * 3 * 2 * 8)
    monkeypatch.setattr(compiled, "_FLOPS", 1.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


@pytest.mark.parametrize("case", OBSERVED)
def test_an_observed_run_interrupted_at_each_observation(case, path, device):
    make, arguments = OBSERVED[case]
    call = make(device, **arguments)
    expected = call(observe=Observer(device))
    assert len(expected) == len(OBSERVE_AT)
    # In the middle of the first observation; before that after step 3; in the middle of that after step 4, twice, the
    # second time by Ctrl-C, which lets it come to its end.
    stops = {"after": {1: interrupt}}, {"before": {2: interrupt}}, {"after": {2: interrupt}}, {"after": {1: ctrl_c}}
    observer = Observer(device)
    for stop in stops:
        observer.calls = 0
        observer.before, observer.after = stop.get("before", {}), stop.get("after", {})
        checkpoint = Checkpoint(path, every=0.0, generators=[observer.generator])
        with pytest.raises(KeyboardInterrupt):
            call(observe=observer, checkpoint=checkpoint)
    # The last one is left.
    observer.calls, observer.before, observer.after = 0, {}, {}
    assert_same(call(observe=observer, checkpoint=Checkpoint(path, generators=[observer.generator])), expected)
    assert observer.calls == 1
    # Finished: the observer, which is where it was at the end, is not called again.
    end = observer.generator.get_state()
    observer.generator.manual_seed(0)
    assert_same(call(observe=observer, checkpoint=Checkpoint(path, generators=[observer.generator])), expected)
    assert observer.calls == 1
    assert torch.equal(observer.generator.get_state(), end)
    assert_same(call(observe=Observer(device)), expected)


@pytest.mark.parametrize("case", OBSERVED)
def test_an_observed_run_stopped_in_the_middle_of_a_step(case, path, monkeypatch):
    # The second block of three, once its numbers are drawn: the first one has moved already.
    make, arguments = OBSERVED[case]
    call = make(**arguments)
    expected = call(observe=Observer())
    calls = itertools.count(1)
    add_or_draw = torch.Tensor.sub_ if make is descent else torch.Tensor.normal_

    def stopped(tensor, *arguments, **options):
        result = add_or_draw(tensor, *arguments, **options)
        if next(calls) % 7 == 5:
            raise KeyboardInterrupt
        return result

    observer = Observer()
    monkeypatch.setattr(torch.Tensor, add_or_draw.__name__, stopped)
    for _ in range(50):
        try:
            result = call(observe=observer, checkpoint=Checkpoint(path, every=0.0, generators=[observer.generator]))
        except KeyboardInterrupt:
            continue
        break
    assert next(calls) > 10
    assert_same(result, expected)


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def _killed(place, case, calls):
    """In a process of its own: a run that is killed at one of its observations."""
    make, arguments = OBSERVED[case]
    observer = Observer(after={calls: kill})
    make(**arguments)(observe=observer, checkpoint=Checkpoint(place, every=0.0, generators=[observer.generator]))


def test_a_run_that_is_killed(path):
    process = PROCESSES.Process(target=_killed, args=(path, "sgd with momentum", 3))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    make, arguments = OBSERVED["sgd with momentum"]
    observer = Observer()
    resumed = make(**arguments)(observe=observer, checkpoint=Checkpoint(path, generators=[observer.generator]))
    assert observer.calls == 2
    assert_same(resumed, make(**arguments)(observe=Observer()))


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("sgd reshuffled", {"learning_rate": 0.05}),
        ("sgd reshuffled", {"sampling": "with-replacement"}),
        ("sgd reshuffled", {"steps": 11}),
        ("sgd reshuffled", {"observe_at": [0, 3, 5, 10]}),
        ("sgd reshuffled", {"momentum": 0.5}),
        ("langevin", {"noise": "frozen"}),
        ("langevin", {"time_step": 0.01}),
        ("underdamped", {"momentum": 0.5}),
        ("underdamped", {"weight_decay": 0.2}),
    ],
)
def test_a_call_with_another_argument_is_refused(case, change, path):
    make, arguments = OBSERVED[case]
    make(**arguments)(observe=Observer(), checkpoint=Checkpoint(path))
    content, (name,) = path.read_bytes(), change
    with pytest.raises(ValueError, match=f"arguments: {name} was"):
        make(**arguments)(observe=Observer(), checkpoint=Checkpoint(path), **change)
    assert path.read_bytes() == content


def test_other_data_another_start_and_another_observer_are_refused(path):
    start = numbers(2, 3)

    def call(seed=0, start=start, observe=torch.clone):
        problem = gaussian_design(12, SPECTRUM, 0.3, seed)
        arguments = {"learning_rate": 0.1, "batch_size": 3, "steps": 4, "seed": 0, "observe_at": [4]}
        return sgd(problem, start, observe=observe, checkpoint=Checkpoint(path), **arguments)

    call()
    for change, name in (
        ({"seed": 1}, "problem"),
        ({"start": start + 1}, "start"),
        ({"observe": torch.abs}, "observe"),
    ):
        with pytest.raises(ValueError, match=f"arguments: {name} was"):
            call(**change)
    with pytest.raises(ValueError, match="dynamics was 'SGD' and is 'Langevin'"):
        diffusion()(observe=torch.clone, checkpoint=Checkpoint(path))


@pytest.mark.parametrize("make", [descent, diffusion, motion])
def test_a_run_without_steps_or_without_observations(make, path):
    for observe_at, steps in (([0], 0), ([], 4)):
        call = make(steps=steps, observe_at=observe_at)
        expected = call(observe=Observer())
        for _ in range(2):
            observer = Observer()
            assert_same(call(observe=observer, checkpoint=Checkpoint(path, generators=[observer.generator])), expected)
        path.unlink()


def test_who_has_diverged_is_known_after_an_interruption(path):
    call = diffusion(learning_rate=2.0, noise="frozen", steps=40, observe_at=[20, 40])
    with pytest.warns(RuntimeWarning, match="5 of 5 replicas.*first seen after 20 steps"):
        expected = call(observe=Observer())
    with pytest.raises(KeyboardInterrupt):
        call(observe=Observer(after={1: ctrl_c}), checkpoint=Checkpoint(path))
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="5 of 5 replicas.*first seen after 20 steps"):
            resumed = call(observe=Observer(), checkpoint=Checkpoint(path))
    assert len(resumed) == len(expected) == 2


def train(device="cpu", problem=None, replicas=5, **arguments):
    problem = problem or gaussian_design(12, SPECTRUM, 0.3, seed=0)
    start = numbers(replicas, 3, device=device)
    defaults = {"learning_rate": 0.2, "batch_size": 2, "steps": 37, "seed": 0, "record_every": 2}
    return lambda **also: regression_sgd(problem, start, **(defaults | arguments | also))


def escape(device="cpu", problem=None, replicas=5, **arguments):
    problem = problem or gaussian_design(12, SPECTRUM, 0.3, seed=0)
    start = numbers(replicas, 3, device=device) / 10
    defaults = {"threshold": 1.0, "learning_rate": 0.3, "batch_size": 1, "max_steps": 40, "seed": 0}
    return lambda **also: first_passage(problem, start, **(defaults | arguments | also))


ONLINE = GaussianInputs(SPECTRUM, 0.3)
REGRESSIONS = {
    **{
        f"{make.__name__} {sampling}": (make, {"sampling": sampling})
        for make in (train, escape)
        for sampling in SAMPLINGS
    },
    **{f"{make.__name__} online": (make, {"problem": ONLINE}) for make in (train, escape)},
    "train with momentum": (train, {"momentum": 0.7, "weight_decay": 0.2}),
    "escape with momentum": (escape, {"momentum": 0.5, "learning_rate": 0.2}),
}


def assert_equal(one, other):
    assert vars(one).keys() == vars(other).keys()
    assert all(torch.equal(vars(one)[name], vars(other)[name]) for name in vars(one))


@pytest.mark.parametrize("case", REGRESSIONS)
@pytest.mark.parametrize("stop", [interrupt, ctrl_c])
def test_the_batched_engine_stopped_in_the_middle_of_its_steps(case, stop, path, device, monkeypatch):
    make, arguments = REGRESSIONS[case]
    call = make(device, engine="batched", **arguments)
    expected = call()
    step, steps = batched._Ensemble.step, itertools.count(1)

    def stopped(ensemble):
        step(ensemble)
        if next(steps) % 25 == 20:
            stop()

    monkeypatch.setattr(batched._Ensemble, "step", stopped)
    stops = 0
    while True:
        try:
            result = call(checkpoint=Checkpoint(path, every=0.0))
        except KeyboardInterrupt:
            stops += 1
            continue
        break
    assert stops > 1
    assert_equal(result, expected)
    monkeypatch.setattr(batched._Ensemble, "step", lambda ensemble: pytest.fail("made a step"))
    assert_equal(call(checkpoint=Checkpoint(path)), expected)


@pytest.mark.parametrize("case", REGRESSIONS)
@pytest.mark.parametrize("threads", [(1, 1), (2, 1)])
def test_the_compiled_engine_stopped_between_its_blocks(case, threads, path, monkeypatch):
    make, arguments = REGRESSIONS[case]
    call = make(engine="compiled", replicas=11, **arguments)
    expected = call()
    blocks, kernel, before = [], compiled.kernels.sgd, torch.get_num_threads()

    def stopped(states, seed, first, *arguments):
        if len(blocks) == 5:
            # In the middle of a block: its states have moved, and it has not finished.
            states += 1.0
            raise KeyboardInterrupt
        blocks.append(range(first, first + len(states)))
        kernel(states, seed, first, *arguments)

    try:
        torch.set_num_threads(threads[0])
        monkeypatch.setattr(compiled.kernels, "sgd", stopped)
        with pytest.raises(KeyboardInterrupt):
            call(checkpoint=Checkpoint(path, every=0.0))
        # What is left is cut into longer blocks.
        torch.set_num_threads(threads[1])
        monkeypatch.setattr(compiled, "_FLOPS", 2000.0)
        blocks.clear()
        assert_equal(call(checkpoint=Checkpoint(path, every=0.0)), expected)
    finally:
        torch.set_num_threads(before)
    again = [replica for block in blocks for replica in block]
    assert len(again) == len(set(again)) < 11
    blocks[:] = [None] * 5
    assert_equal(call(checkpoint=Checkpoint(path)), expected)


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (train, {"record_every": 3}),
        (train, {"steps": 38}),
        (train, {"seed": 1}),
        (train, {"engine": "batched"}),
        (train, {"problem": ONLINE}),
        (escape, {"threshold": 1.1}),
        (escape, {"batch_size": 2}),
    ],
)
def test_a_regression_with_another_argument_is_refused(make, change, path):
    make()(checkpoint=Checkpoint(path))
    content, (name,) = path.read_bytes(), change
    with pytest.raises(ValueError, match=f"arguments: {name} was"):
        make(**{name: change[name]})(checkpoint=Checkpoint(path))
    assert path.read_bytes() == content


@pytest.mark.parametrize("engine", ["compiled", "batched"])
def test_a_diverged_replica_is_taken_up_as_it_is(engine, path):
    call = train(engine=engine, learning_rate=3.0, steps=600, record_every=200, allow_divergence=True)
    expected = call()
    assert expected.diverged.all()
    assert torch.equal(call(checkpoint=Checkpoint(path)).diverged, expected.diverged)
    assert torch.equal(call(checkpoint=Checkpoint(path)).losses.isfinite(), expected.losses.isfinite())
