"""Every numbered equation of the book, read from its page and held against the laws and the proofs."""

from pathlib import Path

import pytest

from sgdlab.laws import all_laws, pages

BOOK = Path(__file__).parents[2] / "book"
NOTEBOOKS = sorted(BOOK.rglob("*.ipynb"))
EQUATIONS = [(notebook, equation) for notebook in NOTEBOOKS for equation in pages.equations(notebook)]


@pytest.mark.parametrize(
    ("notebook", "equation"), EQUATIONS, ids=[f"{notebook.stem}:{equation.label}" for notebook, equation in EQUATIONS]
)
def test_the_printed_equation_holds(notebook, equation):
    standing = pages.verify(equation, pages.proofs(notebook))
    expected = {"def": {"definition"}, "asm": {"assumption"}}.get(equation.kind, {"proved", "checked"})
    assert standing in expected


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_every_proof_has_its_printed_equation(notebook):
    printed = {equation.label for equation in pages.equations(notebook)}
    assert set(pages.proofs(notebook)) <= printed


def test_every_law_is_printed_once():
    printed = [equation.label for _, equation in EQUATIONS if equation.kind == "law"]
    assert sorted(printed) == sorted(f"law-{name}" for name in all_laws())


def test_markdown_pages_number_no_equation():
    """They would escape the reading above."""
    for page in BOOK.rglob("*.md"):
        assert "$$ (" not in page.read_text(encoding="utf-8"), page
        assert "{math}" not in page.read_text(encoding="utf-8"), page


def broken(notebook: Path, tmp_path: Path, old: str, new: str) -> Path:
    text = notebook.read_text(encoding="utf-8")
    assert old in text
    copy = tmp_path / notebook.name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("label", "old", "new"),
    [
        (
            "law-covariance_without_replacement",
            r"\\Sigma = \\frac{N-B}{B\\,(N-1)}\\,C",
            r"\\Sigma = \\frac{N+B}{B\\,(N-1)}\\,C",
        ),
        ("step-with_replacement", r"+\\frac{B}{N^2} =", r"-\\frac{B}{N^2} ="),
    ],
)
def test_a_broken_sign_in_a_chapter_is_caught_by_page_and_label(tmp_path, label, old, new):
    page = broken(BOOK / "noise" / "minibatch_covariance.ipynb", tmp_path, old, new)
    (equation,) = [equation for equation in pages.equations(page) if equation.label == label]
    with pytest.raises(pages.EquationError, match=rf"minibatch_covariance\.ipynb, equation {label}: "):
        pages.verify(equation, pages.proofs(page))
