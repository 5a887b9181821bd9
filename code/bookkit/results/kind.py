"""What every kind of output answers: the rest of the book's tools know kinds by these questions alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes

from bookkit.parts.entries import Fault, Page, Place
from bookkit.prose.prose import Source

if TYPE_CHECKING:
    from bookkit.results.catalogue import Catalogue


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a cell published.

    Args:
        given: what the metadata of the output hold for the kind.
        data: the output's representations by type.
        cell: the source of the cell.
        place: where the cell names it.
        folder: where files may be kept (see `output_files`) as long as the page publishes them.
    """

    given: Mapping[str, Any]
    data: Mapping[str, str]
    cell: str
    place: Place
    folder: Path


class Kind:
    """A kind of output; a subclass answers what differs from nothing.

    An entry of `Page.published` has an `id` and a `place`, and perhaps `files`, the names of kept files; so has one of
    `Page.placed`.
    """

    name: ClassVar[str]
    """What readers call one, such as "figure"; the key of its entries on a page."""
    key: ClassVar[str] = ""
    """Of the metadata of outputs; empty for what no cell publishes."""
    unique: ClassVar[bool] = True
    """Whether two cells that publish one id are a fault."""
    searched: ClassVar[bool] = False
    """Whether the site's search finds its places by their ids."""

    def read(self, output: Output) -> Any:
        """The entry of something published.

        Raises:
            ValueError, KeyError: it is nothing of this kind.
        """
        raise NotImplementedError

    def render(self, given: Mapping[str, Any]) -> list[nodes.Element]:
        """What stands on the page in place of the output; nothing where a directive shows it elsewhere."""
        return []

    def collect(self, into: Page, docname: str, document: nodes.document, source: Source) -> None:
        """Note where a page's text places it."""

    def cites(self, page: Page) -> Iterable[str]:
        """The results that its places on a page name."""
        return ()

    def words(self, page: Page) -> Iterator[tuple[Any, Place]]:
        """Citations that its places make outside of running text, such as in an alternative text."""
        return iter(())

    def faults(self, found: "Catalogue") -> Iterator[Fault]:
        """What is wrong with it and must fail the build."""
        return iter(())

    def shown(self, page: Page, found: "Catalogue") -> Any:
        """What a page shows of it that is not the page's own: when this changes, the page is written again."""
        return None

    def released(self, found: "Catalogue") -> Iterable[str] | None:
        """The ids of this build, where an id that was released must stay for ever; None where it need not."""
        return None

    def kept(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the chapters of a release keep of an output's metadata, for builds that run nothing."""
        return given

    def carried(self, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What a notebook to take along keeps of an output's metadata; None for nothing."""
        return given

    def freeze(self, found: "Catalogue", folder: Path) -> list[dict[str, Any]] | None:
        """Put files into a release, and list what it has; None where releases have nothing of the kind."""
        return None


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind to those of every book."""
    _KINDS[kind.name] = kind


def kinds() -> tuple[Kind, ...]:
    """All kinds of output, in the order of their names."""
    return tuple(_KINDS[name] for name in sorted(_KINDS))
