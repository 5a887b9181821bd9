"""What replications say, on pages: beside a claim, beside a result, all together by `{replications}`, and how often
intervals held their values by `{calibration}`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit.parts import dot_plot, table
from bookkit.parts.entries import Page, Place
from bookkit.parts.fold import SHOWN, shortened
from bookkit.prose.prose import Source, line_of
from bookkit.results import verdicts
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.kind import Kind
from bookkit.results.verdicts import Judged
from evidence.claims.agreement import EXPECTED, Calibration, calibrations, together
from evidence.records import Record
from evidence.records.compare import inside
from evidence.records.format import quantity
from evidence.records.replication import Replication
from evidence.records.text import ci_text, value_text

NAME, CALIBRATION = "replication", "calibration"
_HERE = "this build"


class ReplicationList(nodes.General, nodes.Element):
    """A table of all replications; `part` is the name of the directive that asked for it."""


class ReplicationKind(Kind):
    """What other runs of the book found: files that no cell publishes, read by `bookkit.results.replications`."""

    name = NAME

    def collect(self, into: Page, docname: str, document: nodes.document, source: Source) -> None:
        for node in document.findall(ReplicationList):
            into.place(NAME, Place(docname=docname, line=line_of(node)))

    def shown(self, page: Page, found: Catalogue) -> Any:
        return sorted((name, one.dumps()) for name, one in found.replications.items()) if NAME in page.placed else []


KIND = ReplicationKind()


@dataclass(frozen=True, kw_only=True)
class Row:
    """A value of one replication, as the page of its result shows it."""

    number: int
    machine: str
    seeds: str
    value: str
    ci: str


@dataclass(frozen=True, kw_only=True)
class Replicas:
    """A result's replications: the rows of a table, how many values lie in this build's interval, and a picture."""

    rows: list[Row]
    summary: str
    picture: str


def of_result(record: Record, found: Catalogue) -> Replicas | None:
    """What replications found for a result; None where none ran it."""
    others = [(found.replications[name], values[record.id]) for name, values in found.seen.items()
              if record.id in values]
    if not others:
        return None
    rows = [Row(number=number, machine=one.machine["processor"], seeds=shift(one), value=value_text(value),
                ci=ci_text(value) if value.ci else "none") for number, (one, value) in enumerate(others, 1)]
    held = [inside(record, value) for _, value in others]
    summary = "" if None in held else f"{held.count(True)} of {len(others)} values lie in the interval of this build."
    shown = [(_HERE, record), *((f"{row.number}", value) for row, (_, value) in zip(rows, others, strict=True))]
    points = [dot_plot.Dot(label=label, value=value.value, ci=value.ci) for label, value in shown]
    ends = dot_plot.scale(points)
    said = "; ".join(f"{label if label == _HERE else f'replication {label}'}: {value_text(value)}"
                     + (f", interval {ci_text(value)}" if value.ci else "") for label, value in shown)
    first, last = (quantity(record.format, record.unit, end) for end in ends)
    picture = dot_plot.plot(points, (first, last if ends[1] > ends[0] else ""), f"Dot plot. {said}.")
    return Replicas(rows=rows, summary=summary, picture=picture)


def shift(one: Replication) -> str:
    """With which seeds a replication was made, in words."""
    return f"shifted by {one.offset:,}" if one.offset else "those of the book"


def of_claim(one: Judged, found: Catalogue) -> list[nodes.Element]:
    """What replications find about a claim: the tally, and each verdict; empty where none ran it."""
    tally = one.tally
    if not tally.others:
        return []
    lines = []
    for name, verdict in tally.others.items():
        other = found.replications[name]
        lines.append(nodes.paragraph("", f"{other.machine['processor']}, seeds {shift(other)}: {verdict}"))
    return [nodes.paragraph("", tally.sentence()), *shortened(lines, SHOWN, "evidence")]


class ReplicationsDirective(SphinxDirective):
    """The table of all replications, or under the name `calibration` how often intervals held their values."""

    def run(self) -> list[nodes.Node]:
        return [ReplicationList(part=self.name)]


class FillReplications(SphinxPostTransform):
    """Write the tables when all pages have been read."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        for node in list(self.document.findall(ReplicationList)):
            found = catalogue(self.env)
            node.replace_self(_calibration(found) if node["part"] == CALIBRATION else
                              _every(found, list(verdicts.judged(self.env, found).values())))


def _every(found: Catalogue, claims: Sequence[Judged]) -> nodes.Element:
    """One row for each replication, or a sentence where there is none."""
    if not found.seen:
        return nodes.paragraph("", "There is no replication of this version yet.")
    heads = ("Replication", "Seeds", "Versions", "Values compared", "Verdicts that agree")
    rows = []
    for name, values in found.seen.items():
        one = found.replications[name]
        judged = [claim.tally for claim in claims if name in claim.tally.others]
        agree = sum(tally.others[name] == tally.found for tally in judged)
        machine = f"{one.machine['processor']}, {one.machine['system']}"
        rows.append([[nodes.paragraph("", "", nodes.literal("", name)), nodes.paragraph("", machine)],
                     [nodes.paragraph("", shift(one))],
                     [nodes.paragraph("", f"deref {one.versions['deref']}, torch {one.versions['torch']}")],
                     [nodes.paragraph("", f"{len(values):,} of {len(found.records):,}")],
                     [nodes.paragraph("", f"{agree} of {len(judged)}")]])
    return table.build(heads, rows, (34, 16, 20, 16, 14), classes=["bookkit-table"])


def _calibration(found: Catalogue) -> nodes.Element:
    """How often this build's intervals hold the values of replications with other seeds, by kind and unit."""
    counted = calibrations(found.records, [found.seen[name] for name in found.seen if found.replications[name].offset])
    if not counted:
        return nodes.paragraph("", "There is no replication of this version with other seeds yet, and so no value to "
                                   "count.")
    rows = []
    for kind in together(counted):
        parts = [one for one in counted if one.kind == kind.kind]
        rows.append(_line(kind, "all units" if len(parts) > 1 else parts[0].unit))
        if len(parts) > 1:
            rows += [_line(one, one.unit) for one in parts]
    heads = ("Interval", "Unit", "Values inside", f"Share (calibrated: about {EXPECTED:.0%})")
    return table.build(heads, rows, (30, 34, 20, 16), classes=["bookkit-table"])


def _line(one: Calibration, unit: str) -> list[list[nodes.Node]]:
    cells = (one.kind, unit, f"{one.inside} of {one.count}", f"{one.share:.0%}")
    return [[nodes.paragraph("", text)] for text in cells]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("replications", ReplicationsDirective)
    app.add_directive(CALIBRATION, ReplicationsDirective)
    app.add_post_transform(FillReplications)
