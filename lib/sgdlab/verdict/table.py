"""The verdict table that closes a chapter: the same text from run to run, and a table in HTML."""

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sgdlab.verdict.claim import Claim

CLAIMS_MIME = "application/vnd.sgdlab.claims+json"
_COLUMNS = ("claim", "equation", "predicted", "measured", "allowed", "alternative", "verdict")
_POWER_OF_TEN = re.compile(r"e([+-])0*(\d+)")


def number(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, in scientific notation where it is very small or large."""
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if not -4 <= magnitude < 5:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - magnitude)
    return f"{round(value, digits - 1 - magnitude):.{decimals}f}"


def estimate(value: float, standard_error: float) -> str:
    """A measurement to the second digit of its standard error, at most 3 significant digits."""
    if standard_error == 0:
        return number(value)
    error = f"{number(standard_error, 2)}"
    if abs(value) < standard_error / 10:
        return f"0 ± {error}"
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(standard_error)) + 2
    return f"{number(value, min(max(digits, 1), 3))} ± {error}"


def equation_anchor(label: str) -> str:
    """The place of a labelled equation on a built page."""
    return "equation-" + label.lower().replace("_", "-")


@dataclass(frozen=True)
class VerdictTable:
    """Claims in the order in which they are shown."""

    claims: Sequence[Claim]

    def rows(self) -> list[dict[str, str]]:
        """What is shown, by column."""
        return [
            {
                "claim": claim.name,
                "equation": claim.equation,
                "predicted": number(claim.predicted),
                "measured": estimate(claim.measured, claim.standard_error),
                "allowed": number(claim.allowed, 2),
                "alternative": "10 %"
                if claim.alternative is None
                else f"{number(claim.alternative)} ({claim.alternative_name})",
                "verdict": claim.verdict,
                "expected": claim.expected,
            }
            for claim in self.claims
        ]

    def __repr__(self) -> str:
        rows = [dict(zip(_COLUMNS, _COLUMNS, strict=True)), *self.rows()]
        widths = {column: max(len(row[column]) for row in rows) for column in _COLUMNS}
        return "\n".join("  ".join(row[c].ljust(widths[c]) for c in _COLUMNS).rstrip() for row in rows)

    def _repr_html_(self) -> str:
        shown = [column for column in _COLUMNS if column != "equation"]  # it stands under its claim
        head = "".join(f'<th scope="col">{column}</th>' for column in shown)
        body = "".join(f"<tr>{''.join(_cell(column, row) for column in shown)}</tr>" for row in self.rows())
        return (
            '<div class="verdicts" role="region" tabindex="0" aria-label="Verdict table"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self._repr_html_(), CLAIMS_MIME: self.rows()}


def _cell(column: str, row: dict[str, str]) -> str:
    text = html.escape(row[column])
    if column == "claim":
        name = html.escape(row["equation"].partition("-")[2].replace("_", " "))
        return f'<th scope="row">{text} <a href="#{equation_anchor(row["equation"])}">{name}</a></th>'
    if column == "verdict":
        unexpected = "" if row["verdict"] == row["expected"] else f" (expected: {html.escape(row['expected'])})"
        return f'<td><span class="verdict {row["verdict"]}">{text}</span>{unexpected}</td>'
    return f"<td>{_typeset(text)}</td>"


def _typeset(text: str) -> str:
    """Powers of ten as one writes them: 7.4e-05 becomes 7.4 times a raised -5."""
    return _POWER_OF_TEN.sub(lambda m: f"&thinsp;×&thinsp;10<sup>{'−' if m[1] == '-' else ''}{m[2]}</sup>", text)
