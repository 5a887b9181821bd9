"""A replication beside what was published, as tables on the terminal."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from evidence.claims import Claim, judge
from evidence.claims.agreement import Calibration, Tally, calibrations, seen_by, tally, together
from evidence.records.compare import inside
from evidence.records.format import apply
from evidence.records.record import Record
from evidence.records.replication import Replication
from evidence.records.text import value_ci_text


def show(found: Replication, records: Mapping[str, Record], claims: Sequence[Claim], *, rows: bool) -> None:
    """Print how a replication stands to published records: every value if asked, intervals by kind, and claims.

    Args:
        found: the replication.
        records: what was published, by id.
        claims: of the ledger.
        rows: whether to list every value.
    """
    console = Console(highlight=False, soft_wrap=True)
    seen = seen_by(found, records)
    if rows:
        console.print(_values(found, records, seen))
    counted = calibrations(records, [seen])
    if counted:
        console.print(_intervals(counted))
    every = {claim.id: tally(claim, judge(claim, records).verdict, {found.name: seen}) for claim in claims}
    tallied = {cid: one for cid, one in every.items() if one.others}
    differ = {cid: one for cid, one in tallied.items() if not one.agree}
    console.print(f"verdicts: {len(tallied) - len(differ)} of {len(tallied)} the same")
    if differ:
        console.print(_verdicts(differ))
    other = len(found.values) - len(seen)
    if other:
        console.print(f"{other} of {len(found.values)} values are of results or runs that differ from those published, "
                      "and are not compared")
    for title, held in (("not run", found.not_run), ("failed", found.failed)):
        for reason in dict.fromkeys(held.values()):
            names = [name for name, why in held.items() if why == reason]
            console.print(f"{title}: {', '.join(names[:6])}{f' and {len(names) - 6} more' if len(names) > 6 else ''}: "
                          f"{reason}", markup=False)


def _values(found: Replication, records: Mapping[str, Record], seen: Mapping[str, Record]) -> Table:
    table = Table("result", "published", "here", "")
    for rid, value in found.values.items():
        if rid in seen:
            place = {None: "", True: "inside", False: "outside"}[inside(records[rid], seen[rid])]
            table.add_row(rid, value_ci_text(records[rid]), value_ci_text(seen[rid]), place)
        else:
            here = apply(records[rid].format, value.value) if rid in records else f"{value.value:.6g}"
            table.add_row(rid, "of another recipe" if rid in records else "not published", here, "")
    return table


def _intervals(counted: Sequence[Calibration]) -> Table:
    table = Table("interval", "values inside", "share", title="values inside the published 95% interval")
    kinds = together(counted)
    for one in kinds:
        table.add_row(one.kind, f"{one.inside} of {one.count}", f"{one.share:.0%}")
    if len(kinds) > 1:
        inside, count = (sum(getattr(one, field) for one in kinds) for field in ("inside", "count"))
        table.add_row("all", f"{inside} of {count}", f"{inside / count:.0%}")
    return table


def _verdicts(differ: Mapping[str, Tally]) -> Table:
    table = Table("claim", "published", "here")
    for cid, one in differ.items():
        table.add_row(cid, one.found, *one.others.values())
    return table
