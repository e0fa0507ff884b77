"""An experiment that is interrupted and run again gives what it would have given, and says how long it took in all."""

import multiprocessing
import os
import signal
import textwrap
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
import torch

import sgdlab.experiments
from sgdlab.dynamics.trajectory import observed
from sgdlab.experiments import decoupling, escape_direction, minibatch_covariance, noise_strength
from sgdlab.experiments.__main__ import main
from sgdlab.experiments._training_noise import Config
from sgdlab.runs import Checkpoint, load, store

# Processes of their own, forked from one that has imported what takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["sgdlab.experiments.__main__"])
EXPERIMENT = """
    import time
    from dataclasses import dataclass

    import numpy as np
    import torch

    from sgdlab.dynamics import sgd
    from sgdlab.problems import gaussian_design
    from sgdlab.runs import Checkpoint


    @dataclass(frozen=True)
    class Config:
        steps: int
        seed: int = 7


    QUICK, FULL = Config(6), Config(12)
    stop = None


    def run(config, checkpoints=None):
        generator = torch.Generator().manual_seed(config.seed)
        problem = gaussian_design(12, [1.0, 0.5], 0.3, seed=0)

        def observe(states):
            drawn = torch.rand((), generator=generator, dtype=torch.float64)
            time.sleep(0.01)
            if stop:
                stop(config)
            return float(states.sum() * drawn)

        seen = sgd(
            problem,
            torch.ones(3, 2, dtype=torch.float64),
            learning_rate=0.1,
            batch_size=3,
            steps=config.steps,
            seed=config.seed,
            observe=observe,
            observe_at=range(config.steps + 1),
            checkpoint=checkpoints and Checkpoint(checkpoints / "training.pt", every=0.0, generators=[generator]),
        )
        return {"seen": np.array(seen)}
"""
PLAIN = """
    from dataclasses import dataclass


    @dataclass(frozen=True)
    class Config:
        steps: int = 1


    FULL = Config()


    def run(config):
        raise KeyboardInterrupt
"""


def _install(folder):
    (folder / "made_up_training.py").write_text(textwrap.dedent(EXPERIMENT))
    (folder / "made_up_plain.py").write_text(textwrap.dedent(PLAIN))
    sgdlab.experiments.__path__.append(str(folder))
    store.__globals__["RESULTS"] = folder / "results"


@pytest.fixture
def folder(tmp_path):
    """A folder of its own for results, and two experiments."""
    path, results, threads = list(sgdlab.experiments.__path__), store.__globals__["RESULTS"], torch.get_num_threads()
    _install(tmp_path)
    yield tmp_path
    sgdlab.experiments.__path__[:] = path
    store.__globals__["RESULTS"] = results
    torch.set_num_threads(threads)


@pytest.fixture
def experiment(folder):
    from sgdlab.experiments import made_up_training

    made_up_training.stop = None
    return made_up_training


def stop_at(call, how):
    """Do something at the so-manyth observation."""
    calls = 0

    def stop(config):
        nonlocal calls
        calls += 1
        if calls == call:
            how()

    return stop


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def _killed(folder):
    """In a process of its own: the command, killed at its eighth observation."""
    _install(folder)
    from sgdlab.experiments import made_up_training

    made_up_training.stop = stop_at(8, kill)
    main(["made_up_training", "full"])


def test_the_command_killed_and_then_interrupted_goes_on_and_counts_all_its_parts(folder, experiment, capsys):
    expected = experiment.run(experiment.FULL)["seen"]
    process = PROCESSES.Process(target=_killed, args=(folder,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    unfinished = folder / "results" / "unfinished" / "made_up_training-full"
    first = Checkpoint(unfinished / "training.pt").record()
    assert list((folder / "results").glob("*.npz")) == []

    experiment.stop = stop_at(2, ctrl_c)
    assert main(["made_up_training", "full"]) == 130
    printed = capsys.readouterr().out
    assert f"resumed: begun {first['started'][:10]}" in printed
    assert "interrupted: the same command goes on from the last checkpoint" in printed
    second = Checkpoint(unfinished / "training.pt").record()

    experiment.stop = stop_at(100, kill)
    assert main(["made_up_training", "full"]) == 0
    result = load("made_up_training", "full")
    np.testing.assert_array_equal(result.arrays["seen"], expected)
    # 13 observations of a hundredth of a second: seven, two and four of them.
    assert first["seconds"] >= 0.06
    assert second["seconds"] >= first["seconds"] + 0.02
    assert result.provenance["seconds"] >= second["seconds"] + 0.04
    started, finished = (datetime.fromisoformat(result.provenance[key]) for key in ("started", "finished"))
    assert started <= datetime.fromisoformat(first["started"])
    assert finished - started >= timedelta(seconds=result.provenance["seconds"])
    assert not unfinished.exists()


def test_without_an_interruption_nothing_is_resumed_nor_left(folder, experiment, capsys):
    assert main(["made_up_training", "quick"]) == 0
    assert "resumed" not in capsys.readouterr().out
    np.testing.assert_array_equal(
        load("made_up_training", "quick").arrays["seen"], experiment.run(experiment.QUICK)["seen"]
    )
    assert [path.name for path in (folder / "results").rglob("*") if path.is_file()] == ["made_up_training-quick.npz"]


def test_an_interruption_that_leaves_nothing_is_passed_on(folder):
    with pytest.raises(KeyboardInterrupt):
        main(["made_up_plain", "full"])


def test_a_result_stored_meanwhile_is_not_replaced(folder, experiment):
    experiment.stop = stop_at(3, ctrl_c)
    assert main(["made_up_training", "quick"]) == 130
    experiment.stop = None
    unfinished = folder / "results" / "unfinished" / "made_up_training-quick"
    aside = unfinished.rename(folder / "aside")
    assert main(["made_up_training", "quick"]) == 0
    stored = load("made_up_training", "quick").provenance
    aside.rename(unfinished)
    experiment.stop = stop_at(1, lambda: pytest.fail("trained"))
    with pytest.raises(FileExistsError, match="is newer than this run"):
        main(["made_up_training", "quick"])
    assert load("made_up_training", "quick").provenance == stored


DIGITS = replace(noise_strength.QUICK.dense, n_samples=60, hidden=(5,), batch_size=20, epochs=3, measurements=3)
DIGITS = replace(DIGITS, measured_samples=40, replicas=2)
PARITY = replace(
    minibatch_covariance.QUICK,
    n_samples=60,
    hidden=(5,),
    training_batch_size=20,
    epochs=2,
    eigenvectors=2,
    random_directions=3,
    batch_sizes=(1, 20),
    n_batches=30,
    pair_batch_sizes=(20,),
    n_epochs=30,
    path_batch_size=20,
    replicas=3,
)
SMALL = {
    noise_strength: Config(DIGITS, replace(DIGITS, hidden=((2,), (2,)))),
    decoupling: replace(
        decoupling.QUICK,
        n_samples=60,
        hidden=(5,),
        batch_size=20,
        stages=(0, 1, 2),
        eigenvectors=2,
        random_directions=2,
        replicas=2,
    ),
    minibatch_covariance: PARITY,
    escape_direction: replace(escape_direction.QUICK, training=PARITY, loss_ratios=(1.2,), replicas=2),
}


@pytest.mark.parametrize("experiment", SMALL, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_books_experiments_are_resumed_bit_for_bit(experiment, tmp_path, monkeypatch):
    # Saved after each step, and stopped in the middle of these, counted over all parts: also where a part begins.
    expected, stops = experiment.run(SMALL[experiment]), {2, 5, 6, 9, 12, 16, 17, 20}
    init, trajectory, steps = Checkpoint.__init__, observed.__globals__["_Trajectory"], 0
    step = trajectory.step

    def each_step(self, path, *, every=0.0, **options):
        init(self, path, every=0.0, **options)

    def stopped(self):
        nonlocal steps
        step(self)
        steps += 1
        if steps in stops:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "__init__", each_step)
    monkeypatch.setattr(trajectory, "step", stopped)
    interruptions = 0
    while True:
        try:
            result = experiment.run(SMALL[experiment], tmp_path)
        except KeyboardInterrupt:
            interruptions += 1
            continue
        break
    assert interruptions >= 3
    assert result.keys() == expected.keys()
    assert all(np.array_equal(result[name], expected[name]) for name in expected)
