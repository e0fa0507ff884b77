import json

import pytest

from sgdlab.laws.pages import EquationError
from sgdlab.verdict import Claim, VerdictTable
from sgdlab.verdict.ledger import ledger_page, read_chapter

LAW = "# A chapter\n\n$$\n\\Sigma = \\frac{2 L}{B} H\n$$ (law-decoupled_covariance)"


def notebook(tmp_path, text=LAW, equation="law-decoupled_covariance"):
    table = VerdictTable([Claim("noise | loss", equation, 1.0, 1.0, 0.001, "agrees")])
    cells = [
        {"cell_type": "markdown", "source": text},
        {"cell_type": "code", "source": "", "outputs": [{"data": table._repr_mimebundle_()}]},
    ]
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_counts_and_links(tmp_path):
    page = ledger_page([read_chapter(notebook(tmp_path), "noise/chapter.ipynb")])
    assert "| [A chapter](noise/chapter.ipynb) | 1 | 0 | 0 | 0 |" in page
    assert "| [A chapter](noise/chapter.ipynb) | 1 | 0 | 0 |\n" in page
    assert 'href="noise/chapter.html#equation-law-decoupled-covariance">noise \\| loss</a>' in page


def test_an_equation_that_does_not_hold_stops_the_build(tmp_path):
    with pytest.raises(EquationError, match=r"chapter\.ipynb"):
        read_chapter(notebook(tmp_path, LAW.replace("2 L", "3 L")), "chapter.ipynb")


def test_a_claim_about_an_equation_of_no_page(tmp_path):
    chapter = read_chapter(notebook(tmp_path, equation="law-other"), "chapter.ipynb")
    with pytest.raises(ValueError, match="names law-other, which the page does not print"):
        ledger_page([chapter])


def test_a_page_without_title(tmp_path):
    with pytest.raises(ValueError, match="has no title"):
        read_chapter(notebook(tmp_path, "text"), "chapter.ipynb")
