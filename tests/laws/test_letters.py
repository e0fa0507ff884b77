import pytest

from sgdlab.laws.letters import symbol_html, unit_words
from sgdlab.laws.quantities import QUANTITIES


@pytest.mark.parametrize(
    ("latex", "html"),
    [
        ("B", "<i>B</i>"),
        (r"\eta", "<i>η</i>"),
        (r"\lambda", "<i>λ</i>"),
        ("L^*", "<i>L</i>*"),
        ("L^{*}", "<i>L</i>*"),
        (r"\kappa_x", "<i>κ</i><sub><i>x</i></sub>"),
        (r"\sigma^2", "<i>σ</i><sup>2</sup>"),
        (r"\Sigma'", "Σ′"),
        (r"\Sigma_{xx}", "Σ<sub><i>x</i><i>x</i></sub>"),
        (r"\nabla L", "∇<i>L</i>"),
    ],
)
def test_letters(latex, html):
    assert symbol_html(latex) == html


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda q: q.name)
def test_every_quantity_has_a_letter_without_tex(quantity):
    assert quantity.symbol_html
    assert not set(quantity.symbol_html) & set("\\{}^_$")


def test_quantities_have_different_letters():
    letters = [quantity.symbol_html for quantity in QUANTITIES.values()]
    assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("latex", [r"\frac{a}{b}", r"\notagreekletter", "a<b", "x^", r"\bar x", "a&b"])
def test_what_is_not_read_is_named(latex):
    with pytest.raises(ValueError, match="cannot read"):
        symbol_html(latex)


def test_units():
    assert unit_words("loss^2/parameter^2") == "loss²/parameter²"
    assert unit_words("1") == unit_words("loss") == unit_words("parameter") == ""
