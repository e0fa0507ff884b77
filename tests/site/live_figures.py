"""The live figures of the book: where they stand, the cells that make them, and the page that shows them."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from bs4 import BeautifulSoup
from playwright.sync_api import Locator
from reader import ROOT
from sphinx_external_toc.parsing import parse_toc_yaml


@dataclass(frozen=True, eq=False)
class LiveFigure:
    """One figure: its document, its name, the source of the cell that makes it, and its spec in the page."""

    document: str
    name: str
    source: str
    spec: dict[str, Any]

    @property
    def controls(self) -> dict[str, Any]:
        return {control["name"]: control for control in self.spec["controls"]}

    def setting(self, positions: dict[str, int]) -> dict[str, float]:
        """The values at the controls' positions."""
        values = {name: control.get("values") for name, control in self.controls.items()}
        return {name: values[name][at] if values[name] else at for name, at in positions.items()}

    def five_settings(self) -> list[dict[str, int]]:
        """Positions of all controls: the start, both ends, and two that mix them."""
        sizes = {n: len(c.get("values") or c["options"]) for n, c in self.controls.items()}
        start = {name: control["start"] for name, control in self.controls.items()}
        low, high = dict.fromkeys(sizes, 0), {name: size - 1 for name, size in sizes.items()}
        mixed = [{n: round((size - 1) * ((0.3 + 0.4 * i + shift) % 1)) for i, (n, size) in enumerate(sizes.items())}
                 for shift in (0, 0.45)]  # fmt: skip
        return [start, low, high, *mixed]


def _in_notebook(document: str) -> list[LiveFigure]:
    path = ROOT / f"{document}.ipynb"
    if not path.is_file():
        return []
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            html = BeautifulSoup("".join(output.get("data", {}).get("text/html", "")), "html.parser")
            for figure in html.select(".live-figure"):
                spec = json.loads(figure.find("script").string)
                found.append(LiveFigure(document, spec["name"], "".join(cell["source"]), spec))
    return found


FIGURES = [figure for document in parse_toc_yaml(ROOT / "_toc.yml") for figure in _in_notebook(document)]


@cache
def explorer_of(figure: LiveFigure) -> Any:
    """What Python makes of the figure's cell, alone: such a cell imports all that it uses."""
    names: dict[str, Any] = {}
    start = figure.source.rindex("\nexplore(") + 1
    source = f"{figure.source[:start]}made = {figure.source[start:]}"
    exec(compile(source, f"{figure.document}: {figure.name}", "exec"), names)
    return names["made"]


def built(page: Any, figure: LiveFigure) -> Locator:
    """The figure in its page, once it is drawn."""
    root = page.locator(f"#live-{figure.name}")
    root.scroll_into_view_if_needed()
    page.wait_for_selector(f"#live-{figure.name}.live-ready")
    return root


def set_by_keyboard(root: Locator, figure: LiveFigure, positions: dict[str, int]) -> None:
    """Move every control with the keys that a reader has."""
    for name, position in positions.items():
        control = figure.controls[name]
        if control["kind"] == "choice":
            radio = root.locator(f"fieldset:has(legend:text-is('{control['words']}')) input").nth(position)
            radio.focus()
            radio.press("Space")
            continue
        slider = root.locator(f"input[type=range][name='{control['key']}']")
        slider.focus()
        size = len(control["values"])
        from_end = size - 1 - position
        keys = ["End" if from_end < position else "Home"]
        far, step = (from_end, "Left") if from_end < position else (position, "Right")
        keys += ["PageDown" if step == "Left" else "PageUp"] * (far // 10) + [f"Arrow{step}"] * (far % 10)
        for key in keys:
            slider.press(key)
