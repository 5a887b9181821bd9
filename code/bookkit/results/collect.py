"""What a freshly read page says about results: its citations, exhibits, claims and faults."""

from collections import Counter
from fnmatch import fnmatch

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from bookkit.parts.entries import Check, Citation, ClaimUse, Fault, Page, Place, slug
from bookkit.parts.nodes import (
    ChangesList,
    CheckedMark,
    ClaimBox,
    ClaimLedger,
    ResultMark,
    ResultTable,
    VerdictMark,
    VerdictStrip,
)
from bookkit.prose import lint, sentences, unbound_words
from bookkit.prose.prose import Source, block_of, line_of, place_in_block
from bookkit.results.kind import kinds


def page(into: Page, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
    """Read one page's tree, mark its sentences, give each cited number an anchor, and note what the page uses.

    Args:
        into: the page's entry; what its cells publish is there already.
        env: the build environment.
        docname: the page.
        document: its tree, after the transforms of reading.
    """
    into.index = any(document.findall(ResultTable))
    into.ledger, into.strip = any(document.findall(ClaimLedger)), any(document.findall(VerdictStrip))
    into.changes = any(document.findall(ChangesList))
    into.terms, into.termed = _defined(document), _uses_terms(document)
    into.refers = _references(document)
    source = Source(document)
    sentences.mark(into, docname, document, source)
    _citations(into, docname, document, source)
    for kind in kinds():
        kind.collect(into, docname, document, source)
    _claims(into, docname, document, source)
    found = list(lint.check_reasons(document))
    if any(fnmatch(docname, pattern) for pattern in env.config.bookkit_prose):
        found += lint.check(document)
        into.loose = [Fault(docname=docname, line=line, text=text) for line, text in unbound_words.check(document)]
    into.faults += [Fault(docname=docname, line=line, text=text) for line, text in found]


def _citations(into: Page, docname: str, document: nodes.document, source: Source) -> None:
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    for mark in document.findall(lambda node: isinstance(node, (ResultMark, CheckedMark))):
        checks = isinstance(mark, CheckedMark)
        if not checks and mark["cell"]:
            continue
        line = source.nearest(place_in_block(mark), mark["written"] if checks else f"`{mark['rid']}`")
        if checks and mark["wrong"]:
            into.faults.append(Fault(docname=docname, line=line, text=mark["wrong"]))
            continue
        if isinstance(block_of(mark), nodes.title):
            what = f"checks {mark.astext()!r}" if checks else f"cites {mark['rid']!r}"
            into.faults.append(Fault(docname=docname, line=line, text=(
                f"the heading {what}; headings are copied into menus, so cite the result in the text")))
            continue
        said = sentences.around(mark)
        for rid in sentences.cited(mark):
            anchor = f"r-{slug(rid)}"
            while anchor in taken:  # by a citation before, or by a result whose name ends in a number
                seen[rid] += 1
                anchor = f"r-{slug(rid)}-{seen[rid] + 1}"
            taken.add(anchor)
            mark["ids"].append(anchor)
            place = Place(docname=docname, line=line, anchor=anchor)
            into.citations.append(Citation(id=rid, part=mark.get("part", ""), place=place, sentence=said))
        if checks:
            into.checks.append(Check(place=place, checked=mark["checked"]))


def _claims(into: Page, docname: str, document: nodes.document, source: Source) -> None:
    for box in document.findall(ClaimBox):
        line = source.nearest(line_of(box), f"{{claim}} {box['cid']}")
        place = Place(docname=docname, line=line, anchor=box["ids"][0])
        into.claims.append(ClaimUse(id=box["cid"], place=place, kind="box"))
    for mark in document.findall(VerdictMark):
        place = Place(docname=docname, line=source.nearest(place_in_block(mark), f"`{mark['cid']}`"))
        into.claims.append(ClaimUse(id=mark["cid"], place=place, kind="verdict"))


def _defined(document: nodes.document) -> dict[str, str]:
    """What the glossaries of a page say, by the anchor of each term: the first paragraph of each entry."""
    found = {}
    for glossary in document.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            text = " ".join(" ".join(part[0].astext() for part in item.findall(nodes.definition)).split())
            found |= {anchor: text for term in item.findall(nodes.term) for anchor in term["ids"]}
    return found


def _references(document: nodes.document) -> list[tuple[str, str]]:
    """What a page, as it was read, refers to: pairs of a kind of reference and a target, each once."""
    return sorted({(str(ref.get("reftype", "")), str(ref.get("reftarget", "")))
                   for ref in document.findall(addnodes.pending_xref)})


def _uses_terms(document: nodes.document) -> bool:
    """Whether a page, as it was read, links to words of a glossary."""
    return any(ref.get("reftype") == "term" for ref in document.findall(addnodes.pending_xref))
