"""The numbered equations of a page, held against the laws and the proofs.

A label says what an equation is: `law-NAME` a law of the library, `step-NAME` a step that a cell of the page proves,
`def-NAME` a definition, `asm-NAME` an assumption.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import sympy as sp
from sympy.core.symbol import Str

from sgdlab.laws import find
from sgdlab.laws.proofs import PROOF_MIME, compare
from sgdlab.laws.quantities import names_of
from sgdlab.laws.translator import translate

KINDS = ("law", "step", "def", "asm")
_NUMBERED = re.compile(r"^\$\$\n?(?P<latex>.+?)\$\$\s*\((?P<label>[^)\s]+)\)\s*$", re.MULTILINE | re.DOTALL)
# Other ways to number an equation would escape the reading, so pages do not use them.
_FORBIDDEN = re.compile(r"\{math\}|\\begin\{(?:equation|align|gather)\}|\\tag\b|\\label\b|\$\$[ \t]*\(\s")


class EquationError(ValueError):
    """A printed equation that does not hold; the message names the page and the equation."""


@dataclass(frozen=True)
class Equation:
    """One numbered equation of a page."""

    page: str
    label: str
    latex: str

    @property
    def kind(self) -> str:
        """ "law", "step", "def" or "asm"."""
        return self.label.partition("-")[0]


def _cells(notebook: Path, kind: str) -> Iterator[dict[str, Any]]:
    yield from (c for c in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == kind)


def equations(notebook: Path) -> list[Equation]:
    """Every numbered equation of a notebook, in order.

    Raises:
        EquationError: an equation is numbered in another way than `$$...$$ (label)`, a label is of no known kind, or a
            label stands twice.
    """
    found: list[Equation] = []
    for cell in _cells(notebook, "markdown"):
        text = "".join(cell["source"])
        if other := _FORBIDDEN.search(text):
            raise EquationError(f"{notebook.name}: number equations as $$...$$ (label), found {other.group()!r}")
        found += [Equation(notebook.name, m["label"], m["latex"].strip()) for m in _NUMBERED.finditer(text)]
    for equation in found:
        if equation.kind not in KINDS or "-" not in equation.label:
            raise EquationError(f"{notebook.name}: label {equation.label} begins with none of {KINDS}")
        if sum(other.label == equation.label for other in found) > 1:
            raise EquationError(f"{notebook.name}: label {equation.label} stands twice")
    return found


def proofs(notebook: Path) -> dict[str, dict[str, Any]]:
    """The stored outputs of `proves`, by label."""
    outputs = (output for cell in _cells(notebook, "code") for output in cell["outputs"])
    stored = (output.get("data", {}).get(PROOF_MIME) for output in outputs)
    return {proof["label"]: proof for proof in stored if proof}


def _expression(representation: str) -> Any:
    """SymPy's own `srepr`, read back; a MatrixSymbol's has a Str, which SymPy does not export."""
    return eval(representation, {**vars(sp), "Str": Str})


def _verify_law(equation: Equation) -> str:
    law = find(equation.label.partition("-")[2])
    value, *sides = translate(equation.latex, names_of(law.value, law.expression))
    if value != law.value:
        raise ValueError(f"the left side is {value}, the law predicts {law.value}")
    if not sides:
        raise ValueError("an equation has two sides")
    return "proved" if {law.verify(side) for side in sides} == {"proved"} else "checked"


def _verify_step(equation: Equation, stored: dict[str, dict[str, Any]]) -> str:
    if equation.label not in stored:
        raise ValueError(f'no cell of the page ends in proves("{equation.label}", ...)')
    proof = stored[equation.label]
    sides = [_expression(side) for side in proof["sides"]]
    names = names_of(*sides) | {latex: _expression(symbol) for latex, symbol in proof["names"].items()}
    printed = translate(equation.latex, names)
    if len(printed) != len(sides):
        raise ValueError(f"{len(printed)} sides are printed, {len(sides)} are proved")
    for typed, proved in zip(printed, sides, strict=True):
        compare(typed, proved)
    verdicts = {compare(left, right) for left, right in pairwise(printed)}
    return "proved" if verdicts == {"proved"} else "checked"


def verify(equation: Equation, stored: dict[str, dict[str, Any]]) -> str:
    """Hold a printed equation against its law, or against the proof that the page stores.

    Returns:
        "proved" or "checked" for laws and steps, "definition" or "assumption" for the others.

    Raises:
        EquationError: the equation cannot be read or does not hold; the message names page and label.
    """
    try:
        match equation.kind:
            case "law":
                return _verify_law(equation)
            case "step":
                return _verify_step(equation, stored)
            case "def":
                return "definition"
            case _:
                return "assumption"
    except (ValueError, KeyError, TypeError) as error:
        raise EquationError(f"{equation.page}, equation {equation.label}: {error}") from error
