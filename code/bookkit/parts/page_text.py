"""The text of a page, read as Sphinx reads it, wherever a page is read: one meaning of its characters and lines."""

from pathlib import Path

from sphinx.errors import ExtensionError

# Where Python ends a line and Markdown does not. MyST-NB counts lines both ways, and cuts cells out at wrong ones.
_ODD = {"\v": "a vertical tab", "\f": "a form feed", "\x1c": "a file separator", "\x1d": "a group separator",
        "\x1e": "a record separator", "\x85": "a next-line character (U+0085)", "\u2028": "a line separator (U+2028)",
        "\u2029": "a paragraph separator (U+2029)"}


def read(path: Path) -> str:
    """The text of a page: without a byte-order mark, and with line feeds for whatever Markdown ends lines with.

    Raises:
        ExtensionError: it is not UTF-8; the message names the line.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ExtensionError(f"{path}:{line}: expected a page in UTF-8, got the byte 0x{data[error.start]:02x}; "
                             "save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
