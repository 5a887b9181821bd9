"""The text of a page, read as Sphinx reads it, wherever a page is read: one meaning of its characters and lines."""

import re
from pathlib import Path

from sphinx.errors import ExtensionError

MARK = "\ufeff"
FRONT_MATTER = re.compile(r"\A---\n(?P<yaml>.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
"""What a page says about itself before its text."""

# Where Python ends a line and Markdown does not. MyST-NB counts lines both ways, and cuts cells out at wrong ones.
_ODD = {"\v": "a vertical tab", "\f": "a form feed", "\x1c": "a file separator", "\x1d": "a group separator",
        "\x1e": "a record separator", "\x85": "a next-line character (U+0085)", "\u2028": "a line separator (U+2028)",
        "\u2029": "a paragraph separator (U+2029)"}


def read(path: Path) -> str:
    """The text of a page: without a byte-order mark, and with line feeds for whatever Markdown ends lines with.

    Raises:
        ExtensionError: it is not UTF-8; the message names the line.
    """
    return _decoded(path, "a page").removeprefix(MARK).replace("\r\n", "\n").replace("\r", "\n")


def check_python(path: Path) -> None:
    """Refuse a file of Python that is not read here as the interpreter reads it.

    Raises:
        ExtensionError: it is not UTF-8, whatever it declares, or begins with a byte-order mark; the message names the
            line.
    """
    if _decoded(path, "Python").startswith(MARK):
        raise ExtensionError(f"{path}:1: expected Python in UTF-8, got a byte-order mark; save it as UTF-8 without one")


def _decoded(path: Path, what: str) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ExtensionError(f"{path}:{line}: expected {what} in UTF-8, got the byte 0x{data[error.start]:02x}; "
                             "save it as UTF-8") from None


def check_lines(path: Path, text: str) -> None:
    """Refuse characters in a page with cells that end a line for one of its readers and not for the other.

    Raises:
        ExtensionError: there is one; the message names the line.
    """
    for number, line in enumerate(text.split("\n"), 1):
        for odd, name in _ODD.items():
            if odd in line:
                raise ExtensionError(f"{path}:{number}: expected line feeds as the only line ends of a page with "
                                     f"cells, got {name}; put a line feed or a space in its place")
