"""A Sphinx extension: pages with live figures load the script and the style that draw them."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from sgdlab.live.bundle import page_script, style

SCRIPT, STYLE = "live.js", "live.css"


def _write(app: Sphinx) -> None:
    """The script and the style, made from the package, straight into the built site.

    Not by way of html_static_path: Jupyter Book would load what lies there on every page.
    """
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCRIPT).write_text(page_script(), encoding="utf-8")
    (folder / STYLE).write_text(style(), encoding="utf-8")


def _load(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Only a page with a live figure asks for them. `defer`: the figures stand in the page before the script runs."""
    if 'class="live-figure"' in context.get("body", ""):
        app.add_css_file(STYLE)
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("builder-inited", _write)
    app.connect("html-page-context", _load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
