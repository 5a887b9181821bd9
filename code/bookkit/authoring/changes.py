"""What changed in the results from release to release: `{changes}` writes it, this build against the newest first."""

import dataclasses
import math
import re
from collections import Counter

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit.authoring.roles import result_uri
from bookkit.parts import table
from bookkit.parts.identifiers import Identifier
from bookkit.parts.nodes import ChangesList
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB
from bookkit.results.releases import NEW, Release, drift, released_page
from evidence.records import Record, value_ci_text
from evidence.records.compare import DIFFERS, SAME, WITHIN

_SAID = {SAME: "the same to nine digits", WITHIN: "moved within the interval that was released",
         DIFFERS: "outside it", NEW: "new"}
_HEADS = ("Result", "Released before", "Now", "What else differs")
_WIDTHS = (30, 24, 24, 22)
_DIGITS = re.compile(r"\.(\d+)(?=[%efg]$)")
MOST = 6
"""Digits of a number after which nobody compares any more."""


class ChangesDirective(SphinxDirective):
    """A section for each release, and one for this build."""

    def run(self) -> list[nodes.Node]:
        return [ChangesList()]


class FillChanges(SphinxPostTransform):
    """Write the sections when all pages have been read."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        for node in list(self.document.findall(ChangesList)):
            node.replace_self(sections(self.app.builder, catalogue(self.env), self.env.docname))


def sections(builder: Builder, found: Catalogue, here: str) -> list[nodes.section]:
    """One section for each step from a release to the next, newest first.

    Args:
        builder: for which the links are.
        found: this build's results, and the releases.
        here: the page that shows the sections.
    """
    now = ("This build", "this-build", {rid: (record, result_uri(builder, here, rid))
                                        for rid, record in found.records.items()})
    steps = [now, *((f"Version {one.version}", f"version-{one.version.replace('.', '-')}",
                     {rid: (old.record, _released_uri(builder, here, one, rid)) for rid, old in one.results.items()})
                    for one in found.releases)]
    return [_section(title, anchor, results, before)
            for (title, anchor, results), before in zip(steps, [*found.releases, None], strict=True)]


def _section(title: str, anchor: str, results: dict[str, tuple[Record, str]], before: Release | None) -> nodes.section:
    section = nodes.section("", nodes.title("", title), ids=[f"changes-{anchor}"])
    if before is None:
        section += nodes.paragraph("", f"{len(results)} results, with nothing before them to compare with.")
        return section
    drifts = {rid: drift(record, before) for rid, (record, _) in sorted(results.items())}
    counts = Counter(one.kind for one in drifts.values())
    said = "; ".join(f"{counts[kind]} {_SAID[kind]}" for kind in (SAME, WITHIN, DIFFERS, NEW) if counts[kind])
    section += nodes.paragraph("", f"Against version {before.version}: {said}.")
    gone = sorted(before.results.keys() - results.keys())
    if gone:
        names = [part for rid in gone for part in (nodes.literal("", rid), nodes.Text(", "))][:-1]
        section += nodes.paragraph("", "", nodes.Text("Published no more: "), *names, nodes.Text("."))
    rows = []
    for rid, one in drifts.items():
        if one.kind in (WITHIN, DIFFERS) and one.released is not None:
            record, uri = results[rid]
            old, now = apart(one.released, record)
            name = nodes.reference("", record.title, internal=True, refuri=uri) if uri else nodes.Text(record.title)
            rows.append([[nodes.paragraph("", "", name), nodes.paragraph("", "", Identifier("", rid))],
                         [nodes.paragraph("", old)], [nodes.paragraph("", f"{now} ({one.kind})")],
                         [nodes.paragraph("", ", ".join(one.environment) or "nothing")]])
    if rows:
        section += table.build(_HEADS, rows, _WIDTHS, ["bookkit-table"])
    return section


def apart(old: Record, now: Record) -> tuple[str, str]:
    """Two records of a result as text, with as many more digits as it takes to see that they differ.

    Args:
        old: the earlier one.
        now: the later one, whose format says how many digits are usual.

    Returns:
        The texts of both. Where MOST digits do not tell them apart, those of the usual format, and the later one says
        that the difference is beyond them.
    """
    usual = value_ci_text(old), value_ci_text(now)
    texts, spec = usual, now.format
    while texts[0] == texts[1]:
        spec = _DIGITS.sub(lambda found: f".{int(found[1]) + 1}", spec)
        if _significant(spec, old, now) > MOST:
            return usual[0], f"{usual[1]}, apart beyond {MOST} digits"
        texts = (value_ci_text(dataclasses.replace(old, format=spec)),
                 value_ci_text(dataclasses.replace(now, format=spec)))
    return texts


def _significant(spec: str, *records: Record) -> int:
    """How many digits of the largest number of records signify in a format; too many if there are none to add."""
    largest = max(abs(number) for record in records for number in (record.value, *(record.ci or ())))
    found = _DIGITS.search(spec)
    if not found or not largest:
        return MOST + 1
    if spec.endswith(("e", "g")):
        return int(found[1]) + spec.endswith("e")
    return int(found[1]) + math.floor(math.log10(largest)) + (3 if spec.endswith("%") else 1)


def _released_uri(builder: Builder, here: str, release: Release, rid: str) -> str:
    return builder.get_relative_uri(here, released_page(release, rid)) if builder.name in WEB else ""


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("changes", ChangesDirective)
    app.add_post_transform(FillChanges)
