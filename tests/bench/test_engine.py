"""The benchmarks run, at sizes that say nothing about speed; what is printed and stored is what was measured."""

import dataclasses
import importlib
import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from bench import engine, first_passage, growth, langevin, linear_regression, memory, networks, report, spectra
from bench.timing import NOT_MEASURED, Effort, Row

from sgdlab.runs import load

SHORT = Effort(rounds=2, share=1.0)
TINY = {
    "linear_regression": linear_regression.Sizes(
        cases=tuple(linear_regression.Case(name, 40, 3, 2, 3, 2) for name in ("S", "M", "L")),
        replicas=4,
        pytorch_steps=3,
        numpy_steps=3,
        read_bytes=4000,
    ),
    "langevin": langevin.Sizes(langevin.Case(3, 4, 5), langevin.Case(2, 6, 5)),
    "networks": networks.Sizes(n_inputs=5, hidden=3, n_samples=20, replicas=4, single_steps=3),
    "spectra": spectra.Sizes(widths=(6, 5, 1), n_samples=12, count=3),
    "first_passage": first_passage.Sizes(n_samples=30, dimension=2, learning_rate=0.5, loss_ratio=1.5, replicas=20),
    "memory": memory.Sizes(n_samples=40, dimension=3, batch_size=2, replicas=4, steps=3),
}
TINY_GROWTH = growth.Sizes(fitted=((20, 2, 1, 3), (30, 3, 2, 5)), unseen=((30, 2, 2, 4),), seconds=1e-3)


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """All parts at tiny sizes, results in a folder of their own, and the number of threads as it was."""
    threads = torch.get_num_threads()
    for name, sizes in TINY.items():
        monkeypatch.setattr(engine.PARTS[name], "SIZES", sizes)
    monkeypatch.setattr(growth, "CPU", TINY_GROWTH)
    monkeypatch.setattr(growth, "GPU", TINY_GROWTH)
    monkeypatch.setattr(engine, "FULL", SHORT)
    monkeypatch.setattr(engine, "QUICK", SHORT)
    # A process for each engine takes long. It answers in KiB.
    monkeypatch.setattr(memory, "_in_its_own_process", lambda engine, sizes: 2048)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(importlib.import_module("sgdlab.runs.store"), "RESULTS", tmp_path)
    yield tmp_path
    torch.set_num_threads(threads)


def test_a_run_of_everything_is_printed_and_stored(tiny, monkeypatch, capsys):
    # Whether torchsde is installed or not: not measured.
    monkeypatch.setattr(langevin, "find_spec", lambda name: None)
    assert engine.main([]) == 0
    printed = capsys.readouterr().out
    stored = load("benchmarks", "full")
    arrays = stored.arrays
    rows = arrays["rows"].tolist()
    # 3 + 3 + 2 + 3 lines of regression, 2 + 1 of SDEs, 3 of networks, a spectrum, a share, 2 of memory.
    assert len(rows) == len(set(rows)) == 21
    assert arrays["values"].shape == (21, 2)
    unmeasured = [row for row, values in zip(rows, arrays["values"], strict=True) if np.isnan(values).all()]
    assert unmeasured == ["SDE / torchsde, d=3 R=4"]
    assert re.search(r"SDE / torchsde, d=3 R=4 .* not measured\n", printed)
    assert np.nanmin(arrays["values"]) > 0
    assert arrays["rates"].shape == (len(arrays["ways"]), 2)
    assert arrays["rates"].min() > 0
    # Ratios are those of the rates, round by round.
    rates = dict(zip(arrays["ways"].tolist(), arrays["rates"], strict=True))
    ratio = rates["regression M: compiled"] / rates["regression M: NumPy loop"]
    np.testing.assert_array_equal(arrays["values"][rows.index("linear regression / good NumPy loop, M")], ratio)
    bytes_read = 4 * 2 * 3 * rates["regression L: compiled"] / rates["regression L: read"]
    np.testing.assert_allclose(arrays["values"][rows.index("bytes of linear regression / plain read, L")], bytes_read)
    memory_row = arrays["values"][rows.index("peak memory in MiB, compiled, R=4 d=3 B=2 N=40")]
    np.testing.assert_array_equal(memory_row, [2.0, np.nan])
    for name in ("compiled", "batched"):
        np.testing.assert_array_equal(arrays[f"growth_{name}_cases"], [*TINY_GROWTH.fitted, *TINY_GROWTH.unseen])
        assert arrays[f"growth_{name}_costs"].shape == (3, 2)
        assert arrays[f"growth_{name}_coefficients"].shape == arrays["terms"].shape == (6,)
    assert stored.provenance["config"]["sizes"]["networks"]["replicas"] == 4
    assert stored.provenance["config"]["effort"] == {"rounds": 2, "share": 1.0}
    assert stored.provenance["machine"]["threads"] == 1
    assert "on a GPU: not measured" in printed


def test_a_part_or_a_quick_run_is_not_stored(tiny, capsys):
    assert engine.main(["spectra"]) == 0
    printed = capsys.readouterr().out
    assert "Gauss-Newton" in printed
    assert "network" not in printed
    assert engine.main(["--quick"]) == 0
    assert list(tiny.iterdir()) == []


def test_the_growth_on_a_gpu_is_a_result_of_its_own(tiny, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    engine.on_gpu("cpu", SHORT, to_store=True)
    assert "batched engine, a card" in capsys.readouterr().out
    arrays = load("benchmarks", "gpu").arrays
    assert set(arrays) == {f"growth_batched_{name}" for name in engine.GROWTH_FIELDS} | {"terms"}


@pytest.mark.parametrize("arguments", [["langevins"], ["spectra", "x"]])
def test_an_unknown_part_is_refused(tiny, capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        engine.main(arguments)
    assert stop.value.code == 2
    assert "there are: linear_regression, langevin" in capsys.readouterr().err


def test_more_threads_than_one_are_refused(tiny, monkeypatch, capsys):
    monkeypatch.delenv("OMP_NUM_THREADS")
    with pytest.raises(SystemExit) as stop:
        engine.main([])
    assert stop.value.code == 2
    assert "OMP_NUM_THREADS=1" in capsys.readouterr().err


def test_the_useful_share_is_what_the_passages_say():
    sizes = first_passage.Sizes(n_samples=200, dimension=3, learning_rate=0.3, loss_ratio=2.0, replicas=60)
    passages = []
    original = first_passage.first_passage

    def remembered(*arguments, **settings):
        passages.append(original(*arguments, **settings).steps)
        return original(*arguments, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first_passage, "first_passage", remembered)
        ((row,), _) = first_passage.rows(sizes, Effort(rounds=1, share=1.0))
    # Those that have crossed are taken out after every sixteenth step; here each run was made twice.
    made = sum(math.ceil(steps / 16) * 16 for steps in passages[0].tolist())
    np.testing.assert_allclose(row.values, [int(passages[0].sum()) / (2 * made)])


def in_its_own_process(code):
    """What code prints in a process that holds no memory from before."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=memory.ROOT).stdout


def test_the_process_that_measures_memory_answers_in_kibibytes():
    # 20,000 replicas and 100 steps leave 7,812.5 KiB of losses.
    printed = in_its_own_process("from bench import memory; memory.main(['batched', '40', '3', '2', '20000', '100'])")
    assert 7500 <= int(printed) <= 30_000


def test_the_peak_is_that_of_the_call_and_of_no_call_before():
    code = """
import numpy as np
from bench.memory import peak_above
np.ones(100 * 2**17)
for mebibytes in (0, 30, 60):
    print(peak_above(lambda: np.ones(mebibytes * 2**17)))
"""
    for mebibytes, peak in zip((0, 30, 60), in_its_own_process(code).split(), strict=True):
        assert mebibytes * 1024 - 1024 <= int(peak) <= mebibytes * 1024 + 2048


def test_the_table_says_what_misses_its_limit(capsys):
    ones = np.ones(3)
    report.print_rows(
        [
            Row("ratio", 2 * ones, 1, 3),
            Row("slow", 0.5 * ones, 1, 3),
            Row("memory", 2 * ones, 3, 1),
            Row("much memory", 4 * ones, 3, 1),
            Row("absent", NOT_MEASURED, 1, 3),
        ]
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line.endswith("MISSED") for line in lines] == [False, True, False, True, False]
    assert ["at most" in line for line in lines] == [False, False, True, True, False]
    assert lines[-1].endswith("not measured")


def test_the_stored_benchmarks_are_those_of_the_code():
    stored = load("benchmarks", "full")
    sizes = {name: part.SIZES for name, part in engine.PARTS.items()} | {"growth": growth.CPU}
    config = dataclasses.asdict(engine.Config(engine.FULL, sizes))
    assert stored.provenance["config"] == json.loads(json.dumps(config))
    for name in ("compiled", "batched"):
        cases, coefficients = stored.arrays[f"growth_{name}_cases"], stored.arrays[f"growth_{name}_coefficients"]
        np.testing.assert_allclose(growth.predict(cases, coefficients), stored.arrays[f"growth_{name}_predictions"])
