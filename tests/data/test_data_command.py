"""`python -m sgdlab.data`"""

import subprocess
import sys
from dataclasses import replace

import pytest

from sgdlab.data.__main__ import main
from sgdlab.data.catalogue import IMAGE_SETS


def test_it_downloads_and_says_what_is_there(small_mnist, small_cifar, server, data_root, monkeypatch, capsys):
    monkeypatch.setitem(IMAGE_SETS, "mnist", small_mnist)
    monkeypatch.setitem(IMAGE_SETS, "cifar-10", small_cifar)
    small_cifar.fetch()
    (data_root / "cifar-10-batches-py" / "data_batch_2").unlink()
    assert main(["mnist", "cifar-10"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Data in {data_root}",
        "MNIST train (6 images)",
        "MNIST test (3 images)",
        "CIFAR-10 train, batches 1, 2, 3, 4, 5 of 5 (10 images)",
        "CIFAR-10 test (2 images)",
    ]
    requests = len(server.requests)
    assert main(["mnist", "cifar-10"]) == 0
    assert len(server.requests) == requests


def test_it_fails_on_a_damaged_file(small_mnist, data_root, monkeypatch, capsys):
    monkeypatch.setitem(IMAGE_SETS, "mnist", small_mnist)
    small_mnist.fetch()
    (data_root / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"")
    assert main(["mnist"]) == 1
    assert "t10k-labels-idx1-ubyte.gz is corrupted or truncated" in capsys.readouterr().err


def test_it_fails_without_network(small_mnist, unused_address, data_root, monkeypatch, capsys):
    monkeypatch.setitem(IMAGE_SETS, "mnist", replace(small_mnist, address=unused_address))
    assert main(["mnist"]) == 1
    assert "error: could not download" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["imagenet"]])
def test_it_fails_without_a_name_that_it_knows(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "NAME" in capsys.readouterr().err


def test_it_runs_as_a_module(data_root):
    command = [sys.executable, "-m", "sgdlab.data", "digits"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == [f"Data in {data_root}", "scikit-learn's digits (1,797 images)"]
