"""Alternative texts that cite: roles work inside `:alt:`, which is an attribute and can hold no nodes.

`:alt: A curve that ends at {r}`run.accuracy`.` shows the number of this build, and {typed}`0.5 <why>` is right to type.
"""

import re

from bookkit.entries import PARTS, Cited
from bookkit.prose import HIDDEN

_ROLE = re.compile(rf"\{{({'|'.join(PARTS)}|typed)\}}`([^`]*)`")


def pieces(alt: str) -> tuple["str | Cited", ...]:
    """An alternative text, as text with the numbers that it cites."""
    found: list[str | Cited] = []
    end = 0
    for role in _ROLE.finditer(alt):
        found.append(alt[end:role.start()])
        found.append(_typed(role[2])[0] if role[1] == "typed" else Cited(id=role[2].strip(), part=role[1]))
        end = role.end()
    return tuple(piece for piece in (*found, alt[end:]) if piece)


def lint_text(alt: str) -> str:
    """The words of an alternative text that a person typed and gave no reason for."""
    return _ROLE.sub(HIDDEN, alt)


def reasons(alt: str) -> list[str]:
    """The reasons given for what is right to type in an alternative text."""
    return [_typed(role[2])[1] for role in _ROLE.finditer(alt) if role[1] == "typed"]


def _typed(inside: str) -> tuple[str, str]:
    text, _, reason = inside.rstrip(">").partition("<")
    return text.strip(), reason.strip()
