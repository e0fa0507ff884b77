"""The live figures' script in one piece: an ES module for a notebook, a classic script for a page.

A page opened from a file may not load ES modules, and anywidget takes one text. So the modules of `js/` are joined in
the order in which they need each other, without import lines and lines of comment: a page carries what runs.
"""

import re
from functools import cache
from importlib.resources import files

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?P<name>\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|class)", re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export \{[^}]*\};\n", re.MULTILINE)
_COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)
_DEFAULT = "export default { render };\n"


def _joined(name: str, taken: set[str]) -> str:
    """The module and all that it needs and that is not taken yet, what is needed first."""
    taken.add(name)
    text = files("sgdlab.live").joinpath("js", f"{name}.js").read_text(encoding="utf-8")
    needed = [match["name"] for match in _IMPORT.finditer(text)]
    before = "".join(_joined(other, taken) for other in needed if other not in taken)
    for line in (_IMPORT, _EXPORT_LIST, _COMMENT, _EXPORT):
        text = line.sub("", text)
    return before + text.strip("\n") + "\n\n"


@cache
def bundle() -> str:
    """The ES module that anywidget loads."""
    return _joined("widget", set()).rstrip("\n") + "\n"


@cache
def page_script() -> str:
    """The classic script of a page: it draws every live figure that comes into view."""
    return f"(() => {{\n{bundle().removesuffix(_DEFAULT)}adopt();\n}})();\n"


@cache
def style() -> str:
    """The style sheet of the live figures, for a notebook and for a page."""
    return files("sgdlab.live").joinpath("live.css").read_text(encoding="utf-8")
