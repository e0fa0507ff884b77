"""Every verdict of the book is the one that its chapter expects, and belongs to an equation that the page prints."""

from pathlib import Path

import pytest
import yaml

from sgdlab.laws import pages
from sgdlab.verdict.ledger import claims

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "book").rglob("*.ipynb"))
PARTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
CHAPTERS = [ROOT / f"{chapter['file']}.ipynb" for part in PARTS if part.get("numbered") for chapter in part["chapters"]]
CLAIMS = [(notebook, claim) for notebook in NOTEBOOKS for claim in claims(notebook)]


@pytest.mark.parametrize(("notebook", "claim"), CLAIMS, ids=[f"{n.stem}:{c['claim']}" for n, c in CLAIMS])
def test_the_verdict_is_the_expected_one(notebook, claim):
    assert claim["verdict"] == claim["expected"]
    assert claim["equation"] in {equation.label for equation in pages.equations(notebook)}


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda notebook: notebook.stem)
def test_every_chapter_ends_in_claims(notebook):
    assert claims(notebook)
