"""A Sphinx extension that mends the pages' markup where the libraries' own fails the accessibility tests."""

from typing import Any

from sphinx.application import Sphinx

MENDED = {
    # docutils gives the entries of a bibliography a role that is deprecated.
    'role="doc-biblioentry"': 'role="listitem"',
    # MyST-NB gives each fold the same name, in place of the words that it shows.
    ' aria-label="Toggle hidden content"': "",
}


def mend(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Replace what fails in the body of a page; a listener of Sphinx's html-page-context."""
    for wrong, right in MENDED.items():
        context["body"] = context.get("body", "").replace(wrong, right)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
