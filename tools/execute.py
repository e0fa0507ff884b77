"""Execute notebooks in place, so that two executions give the same bytes.

    python tools/execute.py [NOTEBOOK ...]

Without arguments: every notebook of the book. A notebook in which a cell raises (and is not tagged `raises-exception`)
is not saved. What changes from run to run (times, widget state, the machine's Python version) is not stored.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

BOOK = Path(__file__).resolve().parent.parent / "book"
CELL_TIMEOUT_SECONDS = 300
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# What the book's pages read; editors add others, which say nothing about the book.
NOTEBOOK_METADATA = {"kernelspec", "language_info", "mystnb"}
CELL_METADATA = {"tags", "mystnb"}


def read(path: Path) -> NotebookNode:
    """The notebook at `path`; a cell without an id gets one that follows from its content, not from chance."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("nbformat") != 4:
        raise ValueError(f"{path}: notebook format {content.get('nbformat')}; this reads format 4")
    content["nbformat_minor"] = 5
    taken = {cell["id"] for cell in content["cells"] if "id" in cell}
    for position, cell in enumerate(content["cells"]):
        if "id" not in cell:
            cell["id"] = _new_id(f"{position} {cell['cell_type']} {''.join(cell['source'])}", taken)
            taken.add(cell["id"])
    return nbformat.reads(json.dumps(content), as_version=4)


def _new_id(content: str, taken: set[str]) -> str:
    identifier = hashlib.sha256(content.encode()).hexdigest()[:8]
    return _new_id(content + identifier, taken) if identifier in taken else identifier


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in `folder`, one thread, no progress bars; raise CellExecutionError at the first that fails."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_TIMEOUT_SECONDS,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=os.environ | {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"})


def canonicalise(notebook: NotebookNode) -> None:
    """Drop what differs between two executions, and what an editor adds for itself."""
    notebook.metadata = _only(NOTEBOOK_METADATA, notebook.metadata)
    notebook.metadata.kernelspec = NotebookNode(display_name="Python 3", language="python", name="python3")
    notebook.metadata.language_info = NotebookNode(name="python")
    for cell in notebook.cells:
        cell.metadata = _only(CELL_METADATA, cell.metadata)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)


def _only(keys: set[str], metadata: NotebookNode) -> NotebookNode:
    return NotebookNode({key: value for key, value in metadata.items() if key in keys})


def save(notebook: NotebookNode, path: Path) -> None:
    """Write `notebook` whole or not at all."""
    temporary = path.with_suffix(".ipynb.tmp")
    try:
        temporary.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks that `arguments` name; return the number of those that failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="default: every notebook of the book"
    )
    paths = parser.parse_args(arguments).notebooks or sorted(
        path for path in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
    )
    failed = 0
    for path in paths:
        started = time.perf_counter()
        try:
            notebook = read(path)
            execute(notebook, path.resolve().parent)
        except CellExecutionError as error:
            failed += 1
            print(f"{path}: not saved, a cell raised\n{error}", file=sys.stderr)
            continue
        canonicalise(notebook)
        save(notebook, path)
        print(f"{path}: {time.perf_counter() - started:.1f} s")
    return failed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
