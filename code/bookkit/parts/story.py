"""The book as a story with side rooms, as the table of contents declares it.

`bookkit_story` names the chapters that are told. The pages right below them are the spine, in their order; the pages
below one of those are side trips from it. A page says in its front matter what it does, as words that follow its
title: `brief: asks whether the heads of a layer differ`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sphinx.environment import BuildEnvironment

BRIEF, WORDS = "brief", "bookkit-words"
SETTING = "bookkit_story"


@dataclass(frozen=True, kw_only=True)
class Story:
    """The order in which a book is read.

    Args:
        chapters: their pages, in order.
        spine: by chapter, the pages that tell the story.
        sides: by page of the spine, the side trips from it.
    """

    chapters: tuple[str, ...] = ()
    spine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def told(self) -> tuple[str, ...]:
        """The chapters and the spine in one row, as they are read."""
        return tuple(name for chapter in self.chapters for name in (chapter, *self.spine[chapter]))

    @property
    def sections(self) -> tuple[str, ...]:
        """The pages of the spine and all side trips, chapters left out."""
        return tuple(name for chapter in self.chapters for page in self.spine[chapter]
                     for name in (page, *self.sides[page]))

    def home(self, name: str) -> str:
        """The page of the spine that a side trip starts from; empty for other pages."""
        return next((page for page, rooms in self.sides.items() if name in rooms), "")

    def after(self, name: str) -> str:
        """Where the story goes on from one of its chapters or pages; empty at its end."""
        told = self.told
        return told[told.index(name) + 1] if name != told[-1] else ""

    def before(self, name: str) -> str:
        """Where the story came from to one of its chapters or pages; empty at its beginning."""
        told = self.told
        return told[told.index(name) - 1] if name != told[0] else ""


def story_of(env: BuildEnvironment) -> Story:
    """The story of a book, whose pages have been read; an empty one if none is declared."""
    chapters = tuple(name for name in getattr(env.config, SETTING) if name in env.found_docs)
    spine = {chapter: tuple(env.toctree_includes.get(chapter, ())) for chapter in chapters}
    return Story(chapters=chapters, spine=spine, sides={
        page: tuple(env.toctree_includes.get(page, ())) for pages in spine.values() for page in pages})


def brief(env: BuildEnvironment, name: str) -> str:
    """What a page says that it does, without a full stop."""
    return str(env.metadata[name].get(BRIEF, "")).strip().rstrip(".")


def word_count(env: BuildEnvironment, *names: str) -> int:
    """How many words the pages have together."""
    return sum(env.metadata[name].get(WORDS, 0) for name in names)


def wrong(env: BuildEnvironment) -> Iterator[str]:
    """What is wrong with the declared story, one line each."""
    for name in getattr(env.config, SETTING):
        if name not in env.found_docs:
            yield f"{SETTING} names {name!r}, and the book has no such page"
    story = story_of(env)
    for name in story.sections:
        if not brief(env, name):
            yield (f"{name}: expected what the page does in its front matter, such as `{BRIEF}: asks whether heads "
                   "differ`, got nothing")
        if story.home(name) and env.toctree_includes.get(name):
            yield f"{name}: expected no page below a side trip, got {env.toctree_includes[name][0]!r}"
