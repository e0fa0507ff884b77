"""Write book/ledger.md from the chapters that _toc.yml lists."""

from pathlib import Path

import yaml

from generated_page import write_if_changed
from sgdlab.verdict.ledger import ledger_page, read_chapter

ROOT = Path(__file__).resolve().parents[1]


def chapter_files(toc: object) -> list[str]:
    """Every `file` of the table of contents, in reading order."""
    if isinstance(toc, list):
        return [file for entry in toc for file in chapter_files(entry)]
    if not isinstance(toc, dict):
        return []
    below = [file for key in ("parts", "chapters", "sections") for file in chapter_files(toc.get(key))]
    return [toc["file"], *below] if "file" in toc else below


def main() -> None:
    """Read the stored notebooks and write the page."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    notebooks = [ROOT / f"{file}.ipynb" for file in chapter_files(toc) if (ROOT / f"{file}.ipynb").exists()]
    page = ledger_page([read_chapter(path, path.relative_to(ROOT / "book").as_posix()) for path in notebooks])
    write_if_changed(ROOT / "book" / "ledger.md", page)


if __name__ == "__main__":
    main()
