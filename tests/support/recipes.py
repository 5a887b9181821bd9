"""What a page tells its readers to do, in the order of the page: commands to type, files to make, lines to change.

The reader of a page is strict about what it does not know, so that nothing which a page asks for is passed over.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"(`{3,})(.*)")
DIRECTIVE = re.compile(r"\{code-block\} (diff|python|text)")
INLINE = re.compile(r"(?<![`}])`([^`]+)`(?!`)")
HEADING = re.compile(r"#+ (.+)")
ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")
COMMANDS, MESSAGES = "Setting", "What was said"  # how the tables of commands and of messages begin


@dataclass(frozen=True)
class Command:
    """A line for the shell, the line of the page that its block begins at, and whether it is part of a sentence."""

    text: str
    block: int
    in_sentence: bool = False


@dataclass(frozen=True)
class Output:
    """Lines that the commands before it print, give or take their numbers."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class NewFile:
    """A file to make."""

    path: str
    text: str


@dataclass(frozen=True)
class Edit:
    """Lines of a file, and what is to stand in their place."""

    path: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass
class Section:
    """What stands below one heading.

    Args:
        title: the heading.
        items: what its text and its blocks ask for, in order; `commands` of a sentence are among them.
        rows: the commands of its table.
        messages: those that its table explains.
    """

    title: str
    items: list[Command | Output | NewFile | Edit] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


def read(path: Path) -> dict[str, Section]:
    """Read a page.

    Args:
        path: of the page, in MyST Markdown.

    Returns:
        Its sections by title. A command that a sentence only mentions, because a block or a table has it too, is there
        once.

    Raises:
        ValueError: a block of a kind that this does not know, or one that does not say what a reader would need.
    """
    sections: dict[str, Section] = {}
    section, table = Section(""), ""
    for number, text, block in _pieces(path.read_text("utf-8")):
        if block is not None:
            section.items += _block(text, block, number)
        elif heading := HEADING.fullmatch(text):
            section = sections[heading[1]] = Section(heading[1])
        elif text.startswith("|"):
            cell = text.split("|")[1].strip()
            if not cell.startswith("`"):
                table = table if set(cell) <= set("- ") else cell
            elif table == COMMANDS:
                section.rows.append(cell.strip("`"))
            elif table == MESSAGES:
                section.messages.append(cell.strip("`"))
            else:
                raise ValueError(f"line {number}: expected a table of {COMMANDS!r} or {MESSAGES!r}, got {table!r}")
        else:
            section.items += [Command(code, number, True) for code in INLINE.findall(text) if _is_command(code)]
    _drop_mentions(sections.values())
    return sections


def _drop_mentions(sections: Collection[Section]) -> None:
    known = {row for one in sections for row in one.rows}
    known |= {item.text for one in sections for item in one.items if isinstance(item, Command) and not item.in_sentence}
    for one in sections:
        for item in [item for item in one.items if isinstance(item, Command) and item.in_sentence]:
            if item.text in known:
                one.items.remove(item)
            known.add(item.text)


def _pieces(text: str) -> Iterator[tuple[int, str, list[str] | None]]:
    """Lines of prose, and blocks as the text behind their fence with their lines; each with its line number."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        fence = FENCE.fullmatch(line)
        if not fence:
            yield number, line, None
            continue
        block = []
        for _, inner in lines:
            if inner == fence[1]:
                break
            block.append(inner)
        else:
            raise ValueError(f"line {number}: expected the end of the block, got the end of the page")
        yield number, fence[2], block


def _block(info: str, lines: list[str], number: int) -> Iterator[Command | Output | NewFile | Edit]:
    if info == "sh":
        for line in lines:
            if line.endswith("\\"):
                raise ValueError(f"line {number}: expected commands of one line, got {line!r}")
            if command := re.sub(r"(^|\s+)#\s.*", "", line):
                yield Command(command, number)
    elif info == "text":
        yield Output(tuple(lines))
    elif (kind := DIRECTIVE.fullmatch(info)) and lines[0].startswith(":caption: "):
        path, body = lines[0].removeprefix(":caption: "), lines[1:]
        if kind[1] != "diff":
            yield NewFile(path, "\n".join([*body, ""]).lstrip("\n"))
            return
        if any(line[:1] not in (" ", "-", "+") for line in body):
            raise ValueError(f"line {number}: expected lines that begin with a blank, - or +, got {body}")
        yield Edit(path, *(tuple(line[1:] for line in body if line[0] != gone) for gone in "+-"))
    else:
        raise ValueError(f"line {number}: expected a block of sh or text, or a code-block with a caption, got {info!r}")


def _is_command(code: str) -> bool:
    """Whether a piece of code in a sentence is something to type: a program's name and more, not a name or a call."""
    words = code.split()
    while words and ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    return bool(words) and bool(re.fullmatch(r"[\w.][\w./-]*", words[0])) and (len(words) > 1 or "bin/" in words[0])


def pattern(line: str) -> re.Pattern[str]:
    """What a line of output looks like when its numbers are others; … stands for anything."""
    pieces = re.split(r"(…|(?:\d+ min )?\d+ s\b|\d[\d.,]*)", line)
    made = ""
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            made += re.sub(r"^(\\ \w+?)s\b", r"\1s?", re.escape(piece)) if place else re.escape(piece)
        elif piece == "…":
            made += ".+"
        else:
            made += r"(?:\d+ min )?\d[\d.]* s" if piece.endswith("s") else r"\d[\d.,]*"
    return re.compile(f"^{made}$", re.MULTILINE)
