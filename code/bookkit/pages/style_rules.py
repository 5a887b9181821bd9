"""Rules of a style sheet that nothing on a site can match: themes bring sheets for all that a page may ever have."""

import re
from collections.abc import Iterator, Set

_TOKEN = re.compile(r"""/\*.*?\*/ | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | url\([^)"']*\) | \\. | [{};]""",
                    re.DOTALL | re.VERBOSE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LICENCE = re.compile(r"/\*!.*?\*/", re.DOTALL)
_CHARSET = "@charset"
_GROUPS = ("@media", "@supports", "@container", "@layer")
_PARTS = re.compile(r"\([^()]*\)|\[[^\]]*\]")
_NAME = re.compile(r"[.#]((?:[\w-]|\\.|[^\x00-\x7f])+)")


def trimmed(css: str, used: Set[str]) -> str:
    """A style sheet without what no page can match.

    A selector goes if it asks for a class or an id that is not used; what it says in parentheses, such as `:not(.x)`,
    and of elements and attributes is not looked at. What begins with "@" stays, but for the name of the encoding, which
    a sheet inside another may not have; notes on licences stay, too.

    Args:
        css: the sheet, well formed.
        used: the classes and ids that a page has or a script may give it.
    """
    notes = dict.fromkeys(_LICENCE.findall(css))
    return "".join([*notes, _kept(_COMMENT.sub("", css), used)])


def _kept(css: str, used: Set[str]) -> str:
    found = []
    for head, body in rules(css):
        if body is None:
            found.append("" if head.startswith(_CHARSET) else f"{head};")
        elif head.startswith(_GROUPS):
            if inner := _kept(body, used):
                found.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            found.append(f"{head}{{{body}}}")
        elif selectors := [one for one in _selectors(head) if names(one) <= used]:
            found.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(found)


def rules(css: str) -> Iterator[tuple[str, str | None]]:
    """What stands in a sheet, one after the other.

    Args:
        css: a sheet, or what is inside a group such as "@media"; without comments.

    Yields:
        What stands before a block and the block, which is None for a statement that ends with a semicolon.
    """
    start, opened, depth = 0, 0, 0
    for token in _TOKEN.finditer(css):
        match token[0]:
            case "{":
                depth += 1
                if depth == 1:
                    opened = token.end()
            case "}":
                depth -= 1
                if depth == 0:
                    yield css[start:opened - 1].strip(), css[opened:token.start()].strip()
                    start = token.end()
            case ";" if depth == 0:
                yield css[start:token.start()].strip(), None
                start = token.end()


def _selectors(head: str) -> Iterator[str]:
    """The parts between commas that are outside parentheses and brackets."""
    start, depth = 0, 0
    for token in re.finditer(r"""\\.|"[^"]*"|'[^']*'|[()\[\],]""", head):
        if token[0] in "([":
            depth += 1
        elif token[0] in ")]":
            depth -= 1
        elif token[0] == "," and depth == 0:
            yield head[start:token.start()].strip()
            start = token.end()
    yield head[start:].strip()


def names(selector: str) -> set[str]:
    """The classes and ids that an element or its ancestors must have to match a selector.

    Args:
        selector: one, without commas outside parentheses.
    """
    bare, before = selector, ""
    while bare != before:
        before, bare = bare, _PARTS.sub("", bare)
    return {re.sub(r"\\(.)", r"\1", name) for name in _NAME.findall(bare)}
