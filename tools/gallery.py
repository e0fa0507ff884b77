"""Write book/_gallery.md: every live figure of the chapters that _toc.yml lists, as a picture with a link.

The page book/live_figures includes it.
"""

import json
from pathlib import Path
from typing import Any

import yaml
from bs4 import BeautifulSoup, Tag

from generated_page import write_if_changed
from ledger import chapter_files

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "book" / "_gallery.md"
SHOWS = "book/live_figures"


def figures(notebook: Path) -> list[Tag]:
    """The live figures that a notebook stores."""
    cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    found = []
    for cell in cells:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            figure = BeautifulSoup(html, "html.parser").find(class_="live-figure")
            if isinstance(figure, Tag):
                found.append(figure)
    return found


def title(notebook: Path) -> str:
    """The first heading of a notebook."""
    cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    lines = "".join(cells[0]["source"]).splitlines()
    return next(line.removeprefix("# ") for line in lines if line.startswith("# "))


def entry(figure: Tag, chapter: str, link: str) -> str:
    """One figure of the gallery: its picture leads to it."""
    picture = figure.find("img")
    assert isinstance(picture, Tag), "a live figure has a picture"
    name = str(figure["id"]).removeprefix("live-")
    return (
        f'<figure class="live-thumbnail"><a href="{link}#{figure["id"]}"><img src="{picture["src"]}" width="340" '
        f'alt="{picture["alt"]}"></a><figcaption>{name}, in <a href="{link}">{chapter}</a></figcaption></figure>'
    )


def main() -> None:
    """Read the stored notebooks and write the page."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    entries = []
    for document in [toc["root"], *chapter_files(toc)]:
        notebook = ROOT / f"{document}.ipynb"
        if notebook.is_file() and document != SHOWS:
            link = f"{document.removeprefix('book/')}.html"
            entries += [entry(figure, title(notebook), link) for figure in figures(notebook)]
    write_if_changed(PAGE, '<div class="live-gallery">\n' + "\n".join(entries) + "\n</div>\n")


if __name__ == "__main__":
    main()
