"""Notebooks are executed to the same bytes each time, and one that fails is left as it was."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import execute


def write(path, *cells):
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_executions_give_the_same_bytes(tmp_path):
    cells = [
        new_markdown_cell("A page."),
        new_code_cell("import sys\nfor i in range(100):\n    print(i)\n    print(i, file=sys.stderr)"),
        new_code_cell("import ipywidgets\nipywidgets.IntSlider()"),
        new_code_cell("import os\nos.environ['OMP_NUM_THREADS']"),
    ]
    path = write(tmp_path / "page.ipynb", *cells)
    assert execute.main([str(path)]) == 0
    once = path.read_bytes()
    assert execute.main([str(path)]) == 0
    assert path.read_bytes() == once
    executed = nbformat.read(path, as_version=4)
    assert executed.cells[3].outputs[0].data["text/plain"] == "'1'"
    assert "widgets" not in executed.metadata
    assert list(tmp_path.iterdir()) == [path]


def test_a_notebook_whose_cell_raises_is_not_saved(tmp_path, capsys):
    path = write(tmp_path / "page.ipynb", new_code_cell("1 / 0"))
    before = path.read_bytes()
    assert execute.main([str(path)]) == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_cell_that_is_meant_to_raise_keeps_its_error(tmp_path):
    path = write(tmp_path / "page.ipynb", new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}))
    assert execute.main([str(path)]) == 0
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].ename == "ZeroDivisionError"


def test_what_an_editor_adds_is_dropped_and_what_the_page_reads_is_kept():
    output = new_output("display_data", {"text/plain": "x", execute.WIDGET_VIEW: {"model_id": "random"}})
    cell = new_code_cell("x", outputs=[output], metadata={"tags": ["hide-input"], "ExecuteTime": 3, "mystnb": {"a": 1}})
    notebook = new_notebook(
        cells=[cell], metadata={"widgets": {}, "language_info": {"name": "python", "version": "3.11.7"}}
    )
    execute.canonicalise(notebook)
    assert notebook.cells[0].metadata == {"tags": ["hide-input"], "mystnb": {"a": 1}}
    assert notebook.cells[0].outputs[0].data == {"text/plain": "x"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}


def test_cells_without_an_id_get_one_that_is_the_same_each_time_and_given_once(tmp_path):
    path = write(tmp_path / "page.ipynb", new_code_cell("x", id="kept"), new_code_cell("x"), new_code_cell("x"))
    content = json.loads(path.read_text())
    for cell in content["cells"][1:]:
        del cell["id"]
    path.write_text(json.dumps(content))
    ids = [cell.id for cell in execute.read(path).cells]
    assert ids == [cell.id for cell in execute.read(path).cells]
    assert ids[0] == "kept"
    assert len(set(ids)) == 3


def test_another_format_is_refused(tmp_path):
    path = tmp_path / "page.ipynb"
    path.write_text('{"nbformat": 3}')
    with pytest.raises(ValueError, match="notebook format 3"):
        execute.read(path)
