"""Kinds that the text places as pictures, each with an alternative text, which may cite results."""

from collections.abc import Iterable, Iterator

from bookkit.parts.entries import Checked, Cited, Fault, Page, Place
from bookkit.prose import alt
from bookkit.results.kind import Kind


class PicturedKind(Kind):
    """A kind whose entries of `Page.placed` have an `alt`, the pieces of an alternative text."""

    def words(self, page: Page) -> Iterator[tuple[Cited | Checked, Place]]:
        return ((piece, one.place) for one in page.placed.get(self.name, ()) for piece in one.alt
                if not isinstance(piece, str))

    def cites(self, page: Page) -> Iterable[str]:
        return {rid for piece, _ in self.words(page) for rid in piece.cites}


def lacks(docname: str, line: int | None, named: str, spoken: str,
          others: Iterable[tuple[bool, str]] = ()) -> list[Fault]:
    """What a picture lacks where the text places it, and what is wrong with its alternative text.

    Args:
        docname, line: of the place; the line may be unknown.
        named: the directive and the id, as the message names them.
        spoken: the alternative text as it was given; empty for none.
        others: what else it needs: whether it lacks that, and what that is.
    """
    needs = ((not spoken, "alternative text, `:alt:`, for readers who cannot see it"), *others)
    texts = [*(f"the {named} needs {what}" for lacking, what in needs if lacking),
             *(f"{wrong} (in the alt text)" for wrong in alt.malformed(spoken))]
    return [Fault(docname=docname, line=line, text=text) for text in texts]
