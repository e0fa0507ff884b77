import math
import multiprocessing
from importlib.metadata import version

import numpy as np
import pytest
import torch
from torch import nn

from sgdlab.problems import GaussianInputs, Network, Quadratic, Saddle, fully_connected, gaussian_design
from sgdlab.runs.fingerprint import differences, fingerprint

# Processes of their own, forked from one that has imported what takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["sgdlab.experiments.__main__"])
INPUTS = torch.arange(12.0).reshape(4, 3)


def network(widths=(3, 2, 1), inputs=INPUTS, targets=INPUTS[:, :1], loss="mean-square"):
    return Network(fully_connected(widths), inputs, targets, loss)


def differ(one, other):
    return bool(differences(fingerprint({"x": one}), fingerprint({"x": other})))


def state(theta):
    return theta


class Plain(nn.Module):
    def forward(self, inputs):
        return inputs


class Twice(Plain):
    def __repr__(self):
        return "Plain()"

    def forward(self, inputs):
        return 2 * inputs


class Counter:
    def __init__(self, values):
        self.values = values


@pytest.mark.parametrize(
    "make",
    [
        lambda: 1,
        lambda: 0.1,
        lambda: "text",
        lambda: None,
        lambda: [1, (2.0, "three")],
        lambda: {"a": torch.ones(2), "b": {1, 2}},
        lambda: torch.ones(2, dtype=torch.bfloat16),
        lambda: torch.ones(()),
        lambda: np.arange(3),
        lambda: gaussian_design(5, [1.0, 2.0], 0.3, seed=0),
        lambda: GaussianInputs([1.0], 0.2),
        lambda: Quadratic([1.0], 0.2),
        lambda: network(),
        lambda: Counter([1, torch.zeros(2)]),
        lambda: lambda theta: theta + 1,
        lambda: torch.clone,
        lambda: Counter,
        lambda: torch.Generator(),
        lambda: torch.float32,
    ],
)
def test_what_is_made_anew_is_the_same(make):
    assert not differ(make(), make())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, "1"),
        (0.1, math.nextafter(0.1, 1.0)),
        ([1, 2], [2, 1]),
        ([1, [2]], [[1], 2]),
        (torch.zeros(2), torch.zeros(2, dtype=torch.float64)),
        (torch.zeros(2, 3), torch.zeros(3, 2)),
        (torch.zeros(2), torch.tensor([0.0, -0.0])),
        (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])),
        (gaussian_design(5, [1.0, 2.0], 0.3, seed=0), gaussian_design(5, [1.0, 2.0], 0.3, seed=1)),
        (GaussianInputs([1.0], 0.2), GaussianInputs([1.0], 0.2, kurtosis=3.0)),
        (Quadratic([1.0], 0.2), Quadratic([1.0], 0.2, [0.5])),
        (Saddle(0.5, 1.0, [1.0], [2.0]), Saddle(0.5, 1.0, [1.0], [3.0])),
        (network(), network(widths=(3, 3, 1))),
        (network(), network(inputs=INPUTS + 1)),
        (network(), network(targets=INPUTS[:, 1:2])),
        (
            network((3, 2), targets=INPUTS[:, :2]),
            network((3, 2), targets=torch.tensor([0, 1, 0, 1]), loss="cross-entropy"),
        ),
        (Counter([1, 2]), Counter([1, 3])),
        (np.arange(10_000) * 1, np.arange(10_000) * (np.arange(10_000) != 5000)),
        (Plain(), Twice()),
        (lambda theta: theta + 1, lambda theta: theta + 2),
        (lambda theta: theta + 1, lambda theta: theta - 1),
        (lambda theta: theta.sum(), lambda theta: theta.mean()),
        (lambda theta: [part + 1 for part in theta], lambda theta: [part + 2 for part in theta]),
        (torch.clone, torch.abs),
        (state, torch.clone),
    ],
)
def test_what_differs_is_told_apart(one, other):
    assert differ(one, other)


def test_a_view_is_its_numbers():
    whole = torch.arange(6.0).reshape(2, 3)
    assert not differ(whole.T, whole.T.contiguous())
    assert not differ(whole[:, 1], torch.tensor([1.0, 4.0]))
    assert not differ(torch.ones(1).expand(4), torch.ones(4))


def test_of_what_is_called_the_code_counts():
    class Observer:
        def __init__(self, calls):
            self.calls = calls

        def __call__(self, theta):
            return theta + 1

    class Other(Observer):
        def __call__(self, theta):
            return theta + 2

    assert not differ(Observer(0), Observer(1))
    assert differ(Observer(0), Other(0))
    assert not differ(Observer(0).__call__, Observer(1).__call__)


def test_numbers_of_numpy_are_numbers():
    assert not differ(0.1, np.float64(0.1))


def test_a_learning_rate_is_said_and_data_are_summed_up():
    before = fingerprint({"rate": 0.1, "start": torch.zeros(2, 3)})
    now = fingerprint({"rate": 0.2, "start": torch.zeros(2, 3), "seed": 1})
    assert differences(before, now) == "rate was 0.1 and is 0.2, seed was not given and is 1"
    assert differences(before, before) == ""
    assert before["start"].startswith("torch.float32 (2, 3) on cpu ")
    assert [before[package] for package in ("sgdlab", "torch")] == [version("sgdlab"), version("torch")]


def _say(path=None):
    """The fingerprints of a few things made here; written to a file by another process."""

    def observe(theta):
        return theta if str(theta) in {"a", "b", "c", "d", "e"} else [part + 1 for part in theta]

    said = str(fingerprint({"network": network(), "observe": observe, "generator": torch.Generator()}))
    if path is not None:
        path.write_text(said)
    return said


def test_another_process_gives_the_same(tmp_path):
    # Sets of text have an order of their own in each process, and objects an address.
    process = PROCESSES.Process(target=_say, args=(tmp_path / "said",))
    process.start()
    process.join()
    assert (tmp_path / "said").read_text() == _say()


def test_nothing_is_changed():
    inputs = INPUTS.clone().requires_grad_()
    state_before = torch.get_rng_state()
    fingerprint({"x": inputs, "network": network()})
    assert inputs.requires_grad
    assert torch.equal(inputs.detach(), INPUTS)
    assert torch.equal(torch.get_rng_state(), state_before)


def test_the_device_is_part_of_it(device):
    assert f"on {torch.zeros(1, device=device).device} " in fingerprint({"x": torch.zeros(1, device=device)})["x"]
