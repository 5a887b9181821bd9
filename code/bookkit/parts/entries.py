"""What a page contributes to the book's results: plain data that Sphinx pickles and merges between processes."""

from dataclasses import dataclass, field
from typing import Any

from evidence.records import Record

UNRELEASED = "book.unreleased"  # of the note that stands for a changed cell's outputs in a fast build
SHARES = ("seeds", "Seeds")
OTHERS = "others"
PARTS = ("r", "rci", "ci", "rn", OTHERS, *SHARES)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the sources something stands, and the anchor that its page gives it."""

    docname: str
    line: int | None
    anchor: str = ""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A result that a cell of a page publishes, with the source of that cell."""

    record: Record
    place: Place
    cell: str

    @property
    def id(self) -> str:
        """The result's."""
        return self.record.id


@dataclass(frozen=True, kw_only=True)
class Cited:
    """One number inside a sentence: which result, and which part of it."""

    id: str
    part: str

    @property
    def cites(self) -> tuple[str, ...]:
        """The result."""
        return (self.id,)


@dataclass(frozen=True, kw_only=True)
class Operand:
    """What a comparison compares: a result's value, or its interval's "low" or "high" end; without id, a number."""

    text: str
    id: str = ""
    end: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A result, a sign, and a number as readers write it or another result."""

    left: Operand
    sign: str
    right: Operand

    @property
    def cites(self) -> tuple[str, ...]:
        """The one result or both."""
        return tuple(dict.fromkeys(one.id for one in (self.left, self.right) if one.id))


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Words inside a sentence that are right while all of these comparisons hold."""

    words: str
    condition: tuple[Comparison, ...]

    @property
    def cites(self) -> tuple[str, ...]:
        """The results that the condition reads, each once."""
        return tuple(dict.fromkeys(rid for one in self.condition for rid in one.cites))


Words = tuple[str | Cited | Checked, ...]
"""Text that alternates with what is filled in when all pages have been read."""


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A use of a result in prose, by the role `part` or, where it is empty, in a condition; and its sentence."""

    id: str
    part: str
    place: Place
    sentence: Words


@dataclass(frozen=True, kw_only=True)
class Check:
    """Words with their condition, and where they stand."""

    place: Place
    checked: Checked


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of running text that a claim may test: the results that it cites, and the claims that it names.

    `heading` is that of its section; the names are those of verdicts in it, and of the author's marks before it.
    """

    heading: str
    words: Words
    cites: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClaimUse:
    """Where the text shows a claim: its "box", a mention of its "verdict", or the mark of a "passage"."""

    id: str
    place: Place
    kind: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that must fail the build, and where; `docname` is empty if no page is to blame."""

    docname: str
    line: int | None
    text: str


@dataclass(kw_only=True)
class Page:
    """Everything that one page contributes.

    `published` has what its cells publish and `placed` where its text places it, by kind of output (see
    `bookkit.results.kind`).
    `checks` are words with their conditions, and `loose` says which words of quantity have none. `blank` says which
    outputs of its cells readers will not see. `absent` says of results and figures why this build cannot have them, and
    `again` that a later one may.
    `terms` is what its glossary says, by anchor, and `termed` that it uses words of one. `refers` is what its
    references name, as pairs of a kind and a target; a page that has nothing else contributes nothing.
    """

    published: dict[str, list[Any]] = field(default_factory=dict)
    placed: dict[str, list[Any]] = field(default_factory=dict)
    citations: list[Citation] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    claims: list[ClaimUse] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    loose: list[Fault] = field(default_factory=list)
    blank: list[Fault] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    again: bool = False
    unreleased: bool = False
    index: bool = False
    ledger: bool = False
    strip: bool = False
    changes: bool = False
    terms: dict[str, str] = field(default_factory=dict)
    termed: bool = False
    refers: list[tuple[str, str]] = field(default_factory=list)

    def publish(self, kind: str, entry: Any) -> None:
        """Note something that a cell publishes."""
        self.published.setdefault(kind, []).append(entry)

    def place(self, kind: str, entry: Any) -> None:
        """Note a place in the text."""
        self.placed.setdefault(kind, []).append(entry)

    def __bool__(self) -> bool:
        return any(value for name, value in vars(self).items() if name != "refers")


def slug(text: str) -> str:
    """Turn an id into part of an HTML id without dots, which CSS and search would read as classes.

    Ids contain no underscore, so two ids never get one slug.
    """
    return text.replace(".", "_")
