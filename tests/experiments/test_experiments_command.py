import textwrap

import numpy as np
import pytest
import torch

import sgdlab.experiments
from sgdlab.experiments.__main__ import experiment_names, main
from sgdlab.runs import load, store

EXPERIMENT = """
    from dataclasses import dataclass

    import numpy as np
    import torch


    @dataclass(frozen=True)
    class Config:
        steps: int
        seed: int = 7


    QUICK, FULL = Config(2), Config(3)


    def run(config):
        return {"squares": np.arange(config.steps) ** 2, "threads": np.array(torch.get_num_threads())}
"""


@pytest.fixture(autouse=True)
def an_experiment(tmp_path, monkeypatch):
    """An experiment named `made_up_squares`, and a folder of its own for results."""
    (tmp_path / "made_up_squares.py").write_text(textwrap.dedent(EXPERIMENT))
    monkeypatch.setattr(sgdlab.experiments, "__path__", [*sgdlab.experiments.__path__, str(tmp_path)])
    monkeypatch.setitem(store.__globals__, "RESULTS", tmp_path / "results")
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_it_runs_and_stores_with_provenance(capsys):
    assert main(["made_up_squares", "full", "--threads", "2"]) == 0
    result = load("made_up_squares", "full")
    np.testing.assert_array_equal(result.arrays["squares"], [0, 1, 4])
    assert result.arrays["threads"] == 2
    assert result.provenance["config"] == {"steps": 3, "seed": 7}
    assert result.provenance["machine"]["threads"] == 2
    printed = capsys.readouterr().out
    assert "made_up_squares, full: Config(steps=3, seed=7)" in printed
    assert "stored as made_up_squares-full.npz" in printed


def test_it_runs_again():
    for _ in range(2):
        assert main(["made_up_squares", "quick"]) == 0
    np.testing.assert_array_equal(load("made_up_squares", "quick").arrays["squares"], [0, 1])


def test_experiments_are_found_by_name():
    names = experiment_names()
    assert "made_up_squares" in names
    assert names == sorted(names)
    assert not any(name.startswith("_") for name in names)


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (["no_such_thing", "full"], ["no experiment is named 'no_such_thing'", "made_up_squares"]),
        (["made_up_squares", "gpu"], ["made_up_squares has no size 'gpu'", "quick, full"]),
        (["made_up_squares", "full", "--threads", "0"], ["--threads must be at least 1, got 0"]),
        (["made_up_squares"], ["the following arguments are required: size"]),
    ],
)
def test_a_wrong_command_line_says_what_there_is_and_stores_nothing(arguments, messages, capsys, tmp_path):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    printed = capsys.readouterr().err
    for message in messages:
        assert message in printed
    assert not (tmp_path / "results").exists()
