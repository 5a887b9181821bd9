"""What must hold before any page is written: every fault is reported with its page and line, then the build stops.

The checks run on every build, also one that read nothing, so a fault lasts until it is mended.
"""

from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from bookkit.authoring import passages
from bookkit.checks import recomputed, unlisted
from bookkit.parts import switches
from bookkit.parts.entries import SHARES, Checked, Cited, Fault, Place
from bookkit.prose import conditions
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue, records_folder
from bookkit.results.domain import domain_of
from bookkit.results.faults import at, missing, nearest, twice
from bookkit.results.kind import Kind, kinds
from bookkit.results.releases import PUBLISHED, line_in, published
from evidence.records import share_text

log = logging.getLogger(__name__)


def faults(env: BuildEnvironment) -> tuple[list[Fault], list[Fault], list[Fault]]:
    """What is wrong with this build.

    Args:
        env: the build environment, after all pages have been read.

    Returns:
        What must fail it; what fails it if it is strict; and what then fails it only if it is also to be the same as
        the release, bit for bit, since another machine is another draw. Each in the order of pages and lines.
    """
    found = catalogue(env)
    claims = verdicts.judged(env, found)
    hard = [*found.domain.every("faults"), *_unknown(found, set(claims)), *_shares(found), *_boxes(found)]
    for kind in kinds():
        hard += [*_publishers(found, kind), *kind.faults(found), *_gone(env, found, kind)]
    soft = [*verdicts.faults(found.domain, found, claims), *passages.faults(env, found), *found.domain.every("blank")]
    drawn = list(_words(found))
    return sorted(hard, key=_order), sorted(soft, key=_order), sorted(drawn, key=_order)


def _order(fault: Fault) -> tuple[str, int, str]:
    return fault.docname, fault.line or 0, fault.text


def _publishers(found: Catalogue, kind: Kind) -> Iterator[Fault]:
    if kind.unique:
        published = ((one.id, one.place) for one in found.domain.outputs(kind.name))
        yield from twice(published, f"{kind.name} {{!r}} is published")


def _boxes(found: Catalogue) -> Iterator[Fault]:
    boxes = ((use.id, use.place) for use in found.domain.every("claims") if use.kind == "box")
    yield from twice(boxes, "claim {!r} has a box")


def _unknown(found: Catalogue, claims: set[str]) -> Iterator[Fault]:
    for citation in found.domain.every("citations"):
        if citation.id not in found.records:
            yield from missing(found, citation.place, "result", citation.id, found.records)
    for piece, place in _spoken(found):  # citations in running text and captions are among those above
        for rid in piece.cites:
            if rid not in found.records:
                yield from missing(found, place, "result", rid, found.records)
    for use in found.domain.every("claims"):
        if use.id not in claims:
            yield at(use.place, f"no claim has the id {use.id!r}{nearest(use.id, claims)}")


def _spoken(found: Catalogue) -> Iterator[tuple[Cited | Checked, Place]]:
    """What kinds of output cite outside of running text."""
    return (spoken for page in found.domain.pages.values() for kind in kinds() for spoken in kind.words(page))


def _shares(found: Catalogue) -> Iterator[Fault]:
    """Results that are no share of units, where the text asks for one in words."""
    asked = [(citation.id, citation.place) for citation in found.domain.every("citations") if citation.part in SHARES]
    asked += [(piece.id, place) for piece, place in _spoken(found) if isinstance(piece, Cited) and piece.part in SHARES]
    for rid, place in asked:
        if rid in found.records:
            try:
                share_text(found.records[rid])
            except ValueError as error:
                yield at(place, str(error))


def _words(found: Catalogue) -> Iterator[Fault]:
    """Words whose condition does not hold in this build."""
    for check in found.domain.every("checks"):
        failed = conditions.failing(check.checked, found.records)
        if failed:
            yield at(check.place, f"the words {check.checked.words!r} do not hold in this build: it has "
                                   f"{conditions.found(failed, found.records)}, and they were written for "
                                   + " and ".join(map(conditions.text_of, failed)))


def _gone(env: BuildEnvironment, found: Catalogue, kind: Kind) -> Iterator[Fault]:
    """Ids of a kind that a release published, and that no page publishes any more."""
    known = kind.released(found)
    if known is None or found.partial:
        return
    folder, known = records_folder(env), set(known)
    for name, entry in published(folder).get(f"{kind.name}s", {}).items():
        if name in known or name in found.absent:
            continue
        page, line = entry["page"], None
        for release in found.releases:
            if kind.name == "result" and name in release.results:
                page, line = release.results[name].page, release.results[name].line
                break
        where = f"{env.config.bookkit_records}/{PUBLISHED}:{line_in(folder / PUBLISHED, name)}"
        text = (f"no page publishes the {kind.name} {name!r} any more, but release {entry['since']} did, here, and "
                f"others may cite it ({where}); publish it again")
        yield Fault(docname=page, line=line, text=text)


def located(env: BuildEnvironment, fault: Fault) -> str:
    """A fault with its file and line before it, as compilers write them."""
    if not fault.docname:
        return fault.text
    file = env.doc2path(fault.docname, base=False) if fault.docname in env.found_docs else f"{fault.docname}.md"
    return f"{file}:{fault.line}: {fault.text}" if fault.line else f"{file}: {fault.text}"


def _check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    loose = domain_of(env).every("loose")
    hard, soft, drawn, left_out, loose = ([located(env, fault) for fault in some] for some in (
        *faults(env), unlisted.unlisted(env), sorted(loose, key=_order)))
    soft += left_out
    if env.config.bookkit_bound:
        soft += loose
    else:
        for text in loose:
            log.info("%s", text)
    for texts, fails in ((soft, switches.strict()), (drawn, switches.strict() and switches.exactly())):
        if fails:
            hard += texts
        else:
            for text in texts:
                log.warning("%s", text)
    if switches.strict() and not hard:
        hard = [located(env, fault) for fault in recomputed.faults(app)]
    if hard:
        # the exception carries the text, because commands that swallow the log still print it
        raise ExtensionError("\n".join([f"the book has {len(hard)} fault(s):", *hard]))
    return []


def setup(app: Sphinx) -> None:
    """Check at the end of reading, before anything else acts on what was read."""
    app.add_config_value("bookkit_prose", ["book/ch*/*"], "env")
    # whether strict builds fail for words of quantity in chapters that nothing ties to results
    app.add_config_value("bookkit_bound", False, "", bool)
    # whether strict builds compute a part of the results again; the package's command `recompute` does it
    app.add_config_value("bookkit_recompute", True, "", bool)
    app.connect("env-updated", _check, priority=100)
