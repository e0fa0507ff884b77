"""The ledger: every equation and every claim of the book, counted from the stored notebooks."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sgdlab.laws import pages
from sgdlab.verdict.claim import VERDICTS
from sgdlab.verdict.table import CLAIMS_MIME, equation_anchor

STANDINGS = ("proved", "checked", "definition", "assumption")


@dataclass(frozen=True)
class Chapter:
    """What one notebook contributes."""

    title: str
    page: str
    equations: tuple[tuple[str, str], ...]
    claims: tuple[dict[str, str], ...]


def claims(notebook: Path) -> list[dict[str, str]]:
    """The rows of every verdict table that a notebook stores."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = (output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"])
    return [row for output in outputs for row in output.get("data", {}).get(CLAIMS_MIME, [])]


def read_chapter(notebook: Path, page: str) -> Chapter:
    """Count one notebook.

    Raises:
        EquationError: a printed equation does not hold.
        ValueError: the notebook has no title.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    lines = (line for cell in cells if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).splitlines())
    title = next((line.removeprefix("# ") for line in lines if line.startswith("# ")), None)
    if title is None:
        raise ValueError(f"{notebook.name} has no title, a line that begins with '# '")
    stored = pages.proofs(notebook)
    equations = tuple((e.label, pages.verify(e, stored)) for e in pages.equations(notebook))
    return Chapter(title, page, equations, tuple(claims(notebook)))


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def ledger_page(chapters: list[Chapter]) -> str:
    """The ledger as MyST Markdown: counts by chapter, then every claim with a link to its equation."""
    standing = {chapter.page: Counter(s for _, s in chapter.equations) for chapter in chapters}
    verdict = {chapter.page: Counter(row["verdict"] for row in chapter.claims) for chapter in chapters}
    lines = [
        "# The ledger",
        "",
        "Every numbered equation and every claim of the book, counted from its pages when the book is built.",
        "",
        "*Proved*: SymPy reduces the difference between the printed equation and the law, or between the sides of a",
        "step, to zero. *Checked*: it cannot, and 20 random points agree to 30 digits. A claim *agrees* where",
        "measurement and prediction lie within four standard errors plus a bias bound, and this allowance is below",
        "half the distance to a competing formula; it *differs* where the deviation is larger, and is *undecided*",
        "otherwise.",
        "",
        "## Equations",
        "",
        _row("chapter", *STANDINGS),
        _row("---", *["--:"] * len(STANDINGS)),
        *(_row(f"[{c.title}]({c.page})", *(standing[c.page][s] for s in STANDINGS)) for c in chapters),
        _row("**all**", *(sum(standing[c.page][s] for c in chapters) for s in STANDINGS)),
        "",
        "## Claims by verdict",
        "",
        _row("chapter", *VERDICTS),
        _row("---", *["--:"] * len(VERDICTS)),
        *(_row(f"[{c.title}]({c.page})", *(verdict[c.page][v] for v in VERDICTS)) for c in chapters),
        _row("**all**", *(sum(verdict[c.page][v] for c in chapters) for v in VERDICTS)),
    ]
    for chapter in chapters:
        if chapter.claims:
            lines += ["", f"## {chapter.title}", "", *_claims_table(chapter)]
    return "\n".join(lines) + "\n"


def _claims_table(chapter: Chapter) -> list[str]:
    printed = {label for label, _ in chapter.equations}
    page = chapter.page.removesuffix(".ipynb")
    lines = [_row("claim", "predicted", "measured", "verdict"), _row("---", "--:", "--:", "---")]
    for row in chapter.claims:
        if row["equation"] not in printed:
            raise ValueError(
                f"{chapter.page}: claim {row['claim']!r} names {row['equation']}, which the page does not print"
            )
        name = row["claim"].replace("|", r"\|")
        target = f"{page}.html#{equation_anchor(row['equation'])}"
        link = f'<a class="reference internal" href="{target}">{name}</a>'
        lines.append(_row(link, row["predicted"], row["measured"], row["verdict"]))
    return lines
