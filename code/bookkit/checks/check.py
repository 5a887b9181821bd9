"""What must hold before any page is written: every fault is reported with its page and line, then the build stops.

The checks run on every build, also one that read nothing, so a fault lasts until it is mended.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from bookkit.authoring import passages
from bookkit.checks import unlisted
from bookkit.parts import switches
from bookkit.parts.entries import SHARES, Cited, Fault, Place, Words
from bookkit.prose import conditions
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue, records_folder
from bookkit.results.domain import domain_of
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
    hard = [*found.domain.every("faults"), *_publishers(found), *_unknown(found, set(claims)), *_shares(found),
            *_exhibits(found), *_explorables(found), *_boxes(found), *_gone(env, found)]
    soft = [*verdicts.faults(found.domain, found, claims), *passages.faults(env, found)]
    drawn = list(_words(found))
    return sorted(hard, key=_order), sorted(soft, key=_order), sorted(drawn, key=_order)


def _order(fault: Fault) -> tuple[str, int, str]:
    return fault.docname, fault.line or 0, fault.text


def _publishers(found: Catalogue) -> Iterator[Fault]:
    yield from _twice(((p.record.id, p.place) for p in found.domain.every("results")), "result {!r} is published")
    yield from _twice(((f.id, f.place) for f in found.domain.every("figures")), "figure {!r} is published")


def _boxes(found: Catalogue) -> Iterator[Fault]:
    boxes = ((use.id, use.place) for use in found.domain.every("claims") if use.kind == "box")
    yield from _twice(boxes, "claim {!r} has a box")


def _twice(entries: Iterable[tuple[str, Place]], what: str) -> Iterator[Fault]:
    places: dict[str, list[Place]] = defaultdict(list)
    for name, place in entries:
        places[name].append(place)
    for name, (first, *others) in places.items():
        for place in others:
            there = f"{first.docname}:{first.line}"
            yield _at(place, f"{what.format(name)} twice, here and at {there}; an id has one place")


def _unknown(found: Catalogue, claims: set[str]) -> Iterator[Fault]:
    for citation in found.domain.every("citations"):
        if citation.id not in found.records:
            yield from _missing(found, citation.place, "result", citation.id, found.records)
    for exhibit in found.domain.every("exhibits"):
        for rid in _cited(exhibit.alt):  # a caption's citations are among those above
            if rid not in found.records:
                yield from _missing(found, exhibit.place, "result", rid, found.records)
    for use in found.domain.every("claims"):
        if use.id not in claims:
            yield _at(use.place, f"no claim has the id {use.id!r}{_nearest(use.id, claims)}")


def _cited(words: Words) -> Iterator[str]:
    return (rid for piece in words if not isinstance(piece, str) for rid in piece.cites)


def _shares(found: Catalogue) -> Iterator[Fault]:
    """Results that are no share of units, where the text asks for one in words."""
    asked = [(citation.id, citation.place) for citation in found.domain.every("citations") if citation.part in SHARES]
    asked += [(piece.id, exhibit.place) for exhibit in found.domain.every("exhibits") for piece in exhibit.alt
              if isinstance(piece, Cited) and piece.part in SHARES]
    for rid, place in asked:
        if rid in found.records:
            try:
                share_text(found.records[rid])
            except ValueError as error:
                yield _at(place, str(error))


def _words(found: Catalogue) -> Iterator[Fault]:
    """Words whose condition does not hold in this build."""
    for check in found.domain.every("checks"):
        failed = conditions.failing(check.checked, found.records)
        if failed:
            yield _at(check.place, f"the words {check.checked.words!r} do not hold in this build: it has "
                                   f"{conditions.found(failed, found.records)}, and they were written for "
                                   + " and ".join(map(conditions.text_of, failed)))


def _exhibits(found: Catalogue) -> Iterator[Fault]:
    for exhibit in found.domain.every("exhibits"):
        if exhibit.id not in found.figures:
            yield from _missing(found, exhibit.place, "figure", exhibit.id, found.figures)
    yield from _twice(((e.id, e.place) for e in found.domain.every("exhibits")), "figure {!r} is placed in the text")
    shown = found.domain.exhibits
    for fid, figure in found.domain.figures.items():
        if fid not in shown:
            yield _at(figure.place, f"no page shows the figure {fid!r}; place it with the directive {{exhibit}} {fid}")


def _explorables(found: Catalogue) -> Iterator[Fault]:
    """A figure without its script, or a script without its place; all else is a fault of the figure."""
    known, placed = found.domain.explorables, {stage.id for stage in found.domain.every("stages")}
    for stage in found.domain.every("stages"):
        if stage.id in found.figures and stage.id not in known and not found.partial:
            yield _at(stage.place, f"the figure {stage.id!r} is no explorable; place it with the directive {{exhibit}}")
    for name, explorable in known.items():
        if name in found.domain.exhibits and name not in placed:
            yield _at(explorable.place, f"the explorable {name!r} is placed as a figure; place it with the directive "
                                        f"{{explorable}} {name}")


def _missing(found: Catalogue, place: Place, kind: str, name: str, known: Iterable[str]) -> Iterator[Fault]:
    if name in found.absent:
        log.info("%s:%s: no %s %r: %s", place.docname, place.line, kind, name, found.absent[name])
    elif found.partial:
        log.info("%s:%s: %s %r is not in release %s; a full build computes it", place.docname, place.line, kind, name,
                 found.fast)
    else:
        yield _at(place, f"no page publishes the {kind} {name!r}{_nearest(name, known)}")


def _gone(env: BuildEnvironment, found: Catalogue) -> Iterator[Fault]:
    if found.partial:
        return
    folder = records_folder(env)
    for kind, known in (("results", found.records), ("figures", found.figures)):
        for name, entry in published(folder)[kind].items():
            if name in known or name in found.absent:
                continue
            page, line = entry["page"], None
            for release in found.releases:
                if kind == "results" and name in release.results:
                    page, line = release.results[name].page, release.results[name].line
                    break
            where = f"{env.config.bookkit_records}/{PUBLISHED}:{line_in(folder / PUBLISHED, name)}"
            text = (f"no page publishes the {kind[:-1]} {name!r} any more, but release {entry['since']} did, here, and "
                    f"others may cite it ({where}); publish it again")
            yield Fault(docname=page, line=line, text=text)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3)
    return f"; the nearest are {', '.join(near)}" if near else ""


def _at(place: Place, text: str) -> Fault:
    return Fault(docname=place.docname, line=place.line, text=text)


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
    if hard:
        # the exception carries the text, because commands that swallow the log still print it
        raise ExtensionError("\n".join([f"the book has {len(hard)} fault(s):", *hard]))
    return []


def setup(app: Sphinx) -> None:
    """Check at the end of reading, before anything else acts on what was read."""
    app.add_config_value("bookkit_prose", ["book/ch*/*"], "env")
    # whether strict builds fail for words of quantity in chapters that nothing ties to results
    app.add_config_value("bookkit_bound", False, "", bool)
    app.connect("env-updated", _check, priority=100)
