"""The notebooks and the table of contents: each chapter is listed, was executed, and can be run where it is opened."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from sphinx_external_toc.parsing import parse_toc_yaml

import execute
from rename_repository import repository

ROOT = Path(__file__).resolve().parents[2]
GENERATED = {"book/ledger", "book/notation"}
LISTED = set(parse_toc_yaml(ROOT / "_toc.yml"))
NOTEBOOKS = sorted(path for path in (ROOT / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
SHOWN = {"text/html", "text/latex", "text/markdown", "text/plain", "image/png", "image/svg+xml"}
OURS = re.compile(r"application/vnd\.sgdlab\.")
NAMES = [path.stem for path in NOTEBOOKS]


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_every_page_is_listed_and_every_listed_page_is_there():
    # What begins with an underscore is a part of a page.
    pages = [path for pattern in ("[!_]*.md", "*.ipynb") for path in (ROOT / "book").rglob(pattern)]
    there = {
        path.relative_to(ROOT).with_suffix("").as_posix() for path in pages if ".ipynb_checkpoints" not in path.parts
    }
    assert there | GENERATED == LISTED


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_stored_as_tools_execute_stores_it(path):
    stored = path.read_text(encoding="utf-8")
    notebook = execute.read(path)
    execute.canonicalise(notebook)
    assert notebook == nbformat.reads(stored, as_version=4)
    assert [cell["id"] for cell in json.loads(stored)["cells"]] == [cell.id for cell in notebook.cells]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_was_executed_from_the_first_cell_to_the_last(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_output_has_a_form_that_the_page_shows(path):
    outputs = [output.data for cell in code_cells(path) for output in cell.outputs if "data" in output]
    assert [set(data) for data in outputs if not SHOWN & data.keys() and not all(map(OURS.match, data))] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_only_the_first_cell_installs_and_only_on_colab(path):
    first, *others = code_cells(path)
    assert 'if "google.colab" in sys.modules:' in first.source
    assert f"github.com/{repository(ROOT)}" in first.source
    assert first.metadata.tags in (["hide-cell"], ["remove-cell"])
    assert not re.search(r"^\S*pip install", first.source, re.MULTILINE), "the installation is not guarded"
    assert [cell.source for cell in others if re.search(r"[!%]\s*pip\b", cell.source)] == []
