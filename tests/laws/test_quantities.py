import re

import numpy as np
import pytest

from sgdlab.laws.quantities import (
    QUANTITIES,
    Quantity,
    batch_size,
    gradient,
    hessian,
    learning_rate,
    momentum,
    n_samples,
    names_of,
)


def test_one_letter_and_one_name_each():
    letters = [quantity.latex for quantity in QUANTITIES.values()]
    assert len(set(letters)) == len(letters)
    assert all(name == quantity.name for name, quantity in QUANTITIES.items())


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda q: q.name)
def test_every_quantity_refuses_nan_and_infinity_and_says_its_name(quantity: Quantity):
    shape = {"scalar": (), "vector": (2,), "matrix": (2, 2)}[quantity.kind]
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match=f"^{quantity.name} must be "):
            quantity.check(np.full(shape, bad))


@pytest.mark.parametrize(
    ("quantity", "inside", "outside"),
    [(batch_size, 1.0, 0.999), (momentum, 0.0, 1.0), (n_samples, 2, 2.5), (n_samples, 7, 1)],
)
def test_ends_of_a_domain(quantity, inside, outside):
    assert quantity.check(inside) == inside
    with pytest.raises(ValueError, match=quantity.name):
        quantity.check([inside, outside])


def test_text_is_refused_with_the_name():
    with pytest.raises(ValueError, match="batch_size must be a finite number >= 1, got 'ten'"):
        batch_size.check("ten")


def test_kind_decides_the_shape():
    assert gradient.check([1, 2]).shape == (2,)
    with pytest.raises(ValueError, match=r"gradient must be .* got shape \(1, 2\)"):
        gradient.check([[1, 2]])
    with pytest.raises(ValueError, match=r"hessian must be .* got shape \(2, 3\)"):
        hessian.check(np.ones((2, 3)))


def test_symbols_carry_the_domain():
    assert batch_size.symbol.is_positive
    assert momentum.symbol.is_nonnegative
    assert not momentum.symbol.is_positive
    assert n_samples.symbol.is_integer


def test_keys_are_short_and_plain_in_addresses():
    keys = [quantity.key for quantity in QUANTITIES.values()]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[A-Za-z_0-9]+", key) for key in keys)
    assert [q.key for q in (learning_rate, batch_size, momentum, hessian)] == ["lr", "B", "beta", "H"]


@pytest.mark.parametrize("quantity", [q for q in QUANTITIES.values() if q.slider], ids=lambda q: q.name)
def test_the_range_of_a_slider_is_in_the_domain(quantity):
    low, high = quantity.check(quantity.slider)
    assert low < high
    assert low > 0 or not quantity.logarithmic


def test_names_of_finds_only_what_occurs():
    expression = batch_size.symbol * hessian.symbol
    assert names_of(expression) == {"B": batch_size.symbol, "H": hessian.symbol}
