import re

import pytest
import torch

from sgdlab.data import Dataset


def dataset(**changes):
    fields = {
        "name": "toy",
        "inputs": torch.arange(24, dtype=torch.float64).reshape(3, 2, 2, 2),
        "labels": torch.tensor([0, 3, 2]),
        "classes": 4,
        "source": "made by hand",
    }
    return Dataset(**(fields | changes))


def test_length_is_the_number_of_inputs():
    assert len(dataset()) == 3


def test_flat_keeps_rows_and_everything_else():
    data = dataset()
    flat = data.flat()
    assert torch.equal(flat.inputs, torch.arange(24, dtype=torch.float64).reshape(3, 8))
    assert torch.equal(flat.labels, data.labels)
    assert (flat.name, flat.classes, flat.source) == (data.name, data.classes, data.source)
    assert data.inputs.shape == (3, 2, 2, 2)


def test_flat_of_scalar_inputs_is_a_column():
    assert dataset(inputs=torch.tensor([1.0, 2.0, 3.0])).flat().inputs.shape == (3, 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_targets_have_the_inputs_dtype_and_the_stated_values(dtype):
    data = dataset(inputs=torch.zeros(3, 5, dtype=dtype))
    assert torch.equal(data.parity(), torch.tensor([[1], [-1], [1]], dtype=dtype))
    assert torch.equal(data.one_hot(), torch.tensor([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], dtype=dtype))
    assert data.parity().dtype == data.one_hot().dtype == dtype


def test_fields_cannot_be_replaced():
    with pytest.raises(AttributeError, match="name"):
        dataset().name = "other"


def test_two_data_sets_can_be_compared_and_shown():
    data = dataset()
    assert data == data
    assert data != dataset()
    assert repr(data) == "Dataset(name='toy', classes=4, source='made by hand')"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": torch.zeros(3, 2, dtype=torch.int64)}, "inputs must be a floating-point tensor"),
        ({"inputs": torch.zeros(0, 2)}, "with N >= 1"),
        ({"inputs": torch.tensor(1.0)}, "with N >= 1"),
        ({"labels": torch.tensor([0, 1])}, "labels must be an int64 tensor of shape (3,)"),
        ({"labels": torch.zeros(3)}, "labels must be an int64 tensor"),
        ({"labels": torch.tensor([0, 1, 4])}, "labels must be from 0 to 3; got 0 to 4"),
        ({"labels": torch.tensor([-1, 1, 3])}, "labels must be from 0 to 3; got -1 to 3"),
    ],
)
def test_what_is_no_data_set_is_refused(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        dataset(**changes)
