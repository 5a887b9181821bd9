"""MyST as plain Markdown, for readers of a downloaded notebook, whose program knows neither roles nor directives."""

import re
from collections.abc import Callable

_ROLE = re.compile(r"\{([\w:.-]+)\}`([^`]+)`")
_EXPLICIT = re.compile(r"(.*?)\s*<[^<>]*>", re.DOTALL)
_FENCE = re.compile(r"\s*(`{3,}|:{3,})(?:\{([\w:-]+)\}\s*(.*))?\s*")
_OPTION = re.compile(r"\s*:[\w-]+:( |$)")
_UNNAMED = ("exhibit", "explorable", "figure", "div", "note", "tip", "hint", "warning", "margin")

Say = Callable[[str, str], str | None]


def markdown(text: str, say: Say) -> str:
    """One cell of prose without roles and directives.

    Args:
        text: in MyST.
        say: called with the name and the text of each role and, as "box NAME", of each directive; gives what stands for
            it, or None where its words do.

    Returns:
        Markdown; maths stays as it is, in dollars.
    """
    shown: list[str] = []
    open_fences: list[tuple[str, str]] = []
    head = verbatim = False
    for line in text.split("\n"):
        found = _FENCE.fullmatch(line)
        if verbatim or not found:
            if found is None and line.lstrip().startswith("```"):
                verbatim = not verbatim
            elif found and verbatim:
                verbatim = False
            if head and not verbatim and _OPTION.match(line):
                continue
            head = head and not line.strip()
            shown.append(line)
        elif found[2]:
            open_fences.append((found[1], found[2]))
            shown.append(_opening(found[2], (found[3] or "").strip(), say))
            head = True
        elif open_fences and open_fences[-1][0] == found[1]:
            shown.append("$$" if open_fences.pop()[1] == "math" else "")
            head = False
        else:
            verbatim = found[1].startswith("`")
            shown.append(line)
    return _ROLE.sub(lambda role: _words(role[1], role[2], say), "\n".join(shown)).strip()


def _opening(name: str, argument: str, say: Say) -> str:
    if name == "math":
        return "$$"
    said = say(f"box {name}", argument)
    if said is not None:
        return said
    if name in _UNNAMED:
        return "**Figure.**" if name in _UNNAMED[:3] else ""
    return f"**{argument if name == 'admonition' else name.capitalize()}.**\n"


def _words(name: str, text: str, say: Say) -> str:
    said = say(name, text.strip())
    if said is not None:
        return said
    explicit = _EXPLICIT.fullmatch(text)
    return explicit[1] if explicit and explicit[1] else text
