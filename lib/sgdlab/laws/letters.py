"""Letters and units of quantities where there is no TeX."""

import re
import unicodedata

_TOKEN = re.compile(
    r"\\(?P<command>[A-Za-z]+)\s*|(?P<sign>[_^])(?:\{(?P<group>[^{}]*)\}|(?P<one>\w|\*))|(?P<letter>\S)\s*"
)


def symbol_html(latex: str) -> str:
    r"""LaTeX of one letter, with its sub- and superscripts, as HTML: `\kappa_x` is `<i>κ</i><sub><i>x</i></sub>`.

    Raises:
        ValueError: names the part that is not read.
    """
    written, place = "", 0
    while place < len(latex):
        token = _TOKEN.match(latex, place)
        if token is None:
            raise ValueError(f"{latex}: cannot read {latex[place:]!r}")
        written += _html(token, latex)
        place = token.end()
    return written


def _html(token: re.Match[str], latex: str) -> str:
    if command := token["command"]:
        return _greek(command, latex)
    if token["sign"]:
        inner = token["group"] if token["group"] is not None else token["one"]
        if token["sign"] == "^" and inner == "*":
            return "*"  # stands high by itself
        tag = "sub" if token["sign"] == "_" else "sup"
        return f"<{tag}>{symbol_html(inner)}</{tag}>"
    letter = token["letter"]
    if letter == "'":
        return "′"
    if letter.isascii() and letter.isalpha():
        return f"<i>{letter}</i>"
    if letter.isdigit():
        return letter
    raise ValueError(f"{latex}: cannot read {letter!r}")


def _greek(command: str, latex: str) -> str:
    """A Greek letter by its name; capitals and the nabla stand upright, as TeX sets them."""
    name = command.upper().replace("LAMBDA", "LAMDA")  # so spelt in Unicode
    if command == "nabla":
        return "∇"
    try:
        if command[0].isupper():
            return unicodedata.lookup(f"GREEK CAPITAL LETTER {name}")
        return f"<i>{unicodedata.lookup(f'GREEK SMALL LETTER {name}')}</i>"
    except KeyError:
        raise ValueError(f"{latex}: cannot read \\{command}") from None


def unit_words(unit: str) -> str:
    """A unit as an axis prints it; empty for a pure number, and for losses and parameters: units themselves."""
    return "" if unit in ("1", "loss", "parameter") else unit.replace("^2", "²")
