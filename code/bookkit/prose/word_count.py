"""How many words of a page are read, and how long that takes: its prose, without code, options and markup."""

import re

from bookkit.parts.page_text import FRONT_MATTER

WORDS_A_MINUTE = 150
"""Half the pace of a novel: there are figures to look at, results to predict, and sentences to read twice."""

_CODE = re.compile(
    r"^(?P<fence>`{3,})(?:\{(?:code-cell|code-block|code|literalinclude|math|raw|toctree)\}|\w*)[^\n{}]*\n"
    r"(?:.*?\n)?(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE)
_MARKUP = re.compile(r"^(?:`{3,}.*|:{3,}.*|:[\w-]+:(?: .*)?|\([\w-]+\)=)$", re.MULTILINE)
_ROLE = re.compile(r"\{[\w:-]+\}`(?P<text>[^`]*)`")
_WORD = re.compile(r"\S*\w\S*")


def words(text: str) -> int:
    """Count the words that a reader of a page meets, those of folded solutions included.

    Left out are the front matter, code and what it prints, the options of directives (a figure's alternative text is
    one), labels, and what roles hold beside the words that they show. A number that the build fills in is one word.

    Args:
        text: the page's source, in Markdown.
    """
    prose = _MARKUP.sub("", _CODE.sub("", FRONT_MATTER.sub("", text)))
    return len(_WORD.findall(_ROLE.sub(_shown, prose)))


def minutes(count: int) -> int:
    """How long so many words take to read, at least a minute."""
    return max(1, round(count / WORDS_A_MINUTE))


def _shown(role: re.Match[str]) -> str:
    """What a role shows: the words before a target, a reason or a condition."""
    text = role["text"]
    before = text.split("<")[0] if text.endswith(">") and not text.startswith("<") else text
    return before.split("|")[0]
