"""Alternative texts that cite: roles work inside `:alt:`, which is an attribute and can hold no nodes.

`:alt: A curve that ends at {r}`run.accuracy`.` shows the number of this build, {typed}`0.5 <why>` is right to type, and
{checked}`above|run.accuracy > 0.5` is checked.
"""

import re
from typing import Any

from bookkit.parts.entries import PARTS, Checked, Cited, Words
from bookkit.prose import conditions
from bookkit.prose.prose import HIDDEN

_ROLE = re.compile(rf"\{{({'|'.join(PARTS)}|typed|checked)\}}`([^`]*)`")


def pieces(alt: str) -> Words:
    """An alternative text, as text with the numbers that it cites and the words that are checked."""
    found: list[Any] = []
    end = 0
    for role in _ROLE.finditer(alt):
        found.append(alt[end:role.start()])
        found.append(_piece(role[1], role[2]))
        end = role.end()
    return tuple(piece for piece in (*found, alt[end:]) if piece)


def lint_text(alt: str) -> str:
    """The words of an alternative text that a person typed and gave no reason for."""
    return _ROLE.sub(HIDDEN, alt)


def malformed(alt: str) -> list[str]:
    """What is wrong with the conditions in an alternative text."""
    return [wrong for role in _ROLE.finditer(alt) if role[1] == "checked"
            if isinstance(wrong := _piece(role[1], role[2]), str)]


def reasons(alt: str) -> list[str]:
    """The reasons given for what is right to type in an alternative text."""
    return [_typed(role[2])[1] for role in _ROLE.finditer(alt) if role[1] == "typed"]


def _piece(role: str, text: str) -> str | Cited | Checked:
    """What a role in an alternative text gives; for a malformed condition, what is wrong with it."""
    if role == "typed":
        return _typed(text)[0]
    if role != "checked":
        return Cited(id=text.strip(), part=role)
    checked, wrong = conditions.read(text)
    return checked or wrong


def _typed(inside: str) -> tuple[str, str]:
    text, _, reason = inside.rstrip(">").partition("<")
    return text.strip(), reason.strip()
