"""What replications say beside a build: whose verdicts agree with its own, and how often its intervals held theirs.

A replication's verdicts are not taken from its file: its values are judged again by today's criteria, so that a
criterion which changed is applied to all. Values count only where a replication ran what this build ran, apart from the
seeds themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.claims.claim import Claim, judge
from evidence.claims.verdict import NOT_RUN, SETTLED, UNSETTLED
from evidence.records.compare import inside
from evidence.records.record import Record
from evidence.records.replication import Replication

EXPECTED = 0.834
"""How often the value of an equal run lies in a calibrated 95% interval of a normal estimate: 2 Φ(1.96/√2) - 1."""

_KINDS = (("Newcombe", "Newcombe"), ("Wilson", "Wilson"), ("t interval clustered", "clustered t"),
          ("survival curve", "survival curve"), ("percentile bootstrap", "percentile bootstrap"),
          ("t interval", "t"))


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The verdicts of replications on one claim, beside a build's.

    Args:
        found: the build's verdict.
        others: by the replication's name, its verdict by today's criterion; those that ran the claim alone.
    """

    found: str
    others: dict[str, str]

    @property
    def agree(self) -> int:
        """How many have the build's verdict."""
        return sum(other == self.found for other in self.others.values())

    @property
    def differ(self) -> dict[str, int]:
        """How many have which other verdict, the most frequent first."""
        return dict(Counter(other for other in self.others.values() if other != self.found).most_common())

    def sentence(self) -> str:
        """The tally in words; empty where no replication ran the claim."""
        if not self.others:
            return ""
        count = len(self.others)
        if self.found in SETTLED:
            text = f"agrees in {self.agree} of {_replications(count)}"
            if self.differ:
                text += "; " + ", ".join(f"{n} {_verb(verdict, n)}" for verdict, n in self.differ.items())
            return text
        if self.found == UNSETTLED:
            text = f"left open in {self.agree} of {_replications(count)} too"
            return text + (f"; {_listed(self.differ)}" if self.differ else "")
        return f"in {_replications(count)}: {_listed(self.differ)}"


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How many values of replications lay within the intervals of a build, for one kind of interval and unit."""

    kind: str
    unit: str
    inside: int
    count: int
    results: int

    @property
    def share(self) -> float:
        """The share of values inside."""
        return self.inside / self.count


def seen_by(replication: Replication, records: Mapping[str, Record]) -> dict[str, Record]:
    """A replication's values as records, where it ran what a build ran.

    Args:
        replication: whose values.
        records: of the build, by id.
    """
    found = {}
    for rid, value in replication.values.items():
        if rid in records and (record := value.as_record(records[rid])) is not None:
            found[rid] = record
    return found


def tally(claim: Claim, found: str, seen: Mapping[str, Mapping[str, Record]]) -> Tally:
    """Judge a claim by every replication.

    Args:
        claim: the claim.
        found: the verdict of the build.
        seen: by the replication's name, its values as `seen_by` gives them.
    """
    others = {name: _verdict(claim, records) for name, records in seen.items()}
    return Tally(found=found, others={name: verdict for name, verdict in others.items() if verdict != NOT_RUN})


def _verdict(claim: Claim, records: Mapping[str, Record]) -> str:
    try:
        return judge(claim, records).verdict
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return NOT_RUN  # a hand-written criterion, and a stranger's values that it was not written for


def kind_of(method: str) -> str:
    """The kind of a result's interval, read from its method; "other" for one that this list does not know."""
    return next((kind for sign, kind in _KINDS if sign in method), "other")


def calibrations(records: Mapping[str, Record], seen: Iterable[Mapping[str, Record]]) -> list[Calibration]:
    """Count how often values of replications lie within a build's intervals.

    Only results that rest on trained runs, with a count of units and an interval on both sides, take part: the rest was
    not drawn again.

    Args:
        records: of the build, by id.
        seen: values of replications with other seeds, as `seen_by` gives them.

    Returns:
        One for each kind of interval and unit of inference, sorted.
    """
    counts: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for values in seen:
        for rid, value in values.items():
            record = records[rid]
            if record.ci is None or record.n is None or not record.seeds:
                continue
            counts.setdefault((kind_of(record.method), record.n_of), []).append((rid, bool(inside(record, value))))
    return [Calibration(kind=kind, unit=unit, inside=sum(held for _, held in found), count=len(found),
                        results=len({rid for rid, _ in found})) for (kind, unit), found in sorted(counts.items())]


def together(found: Sequence[Calibration]) -> list[Calibration]:
    """The same by kind of interval alone."""
    kinds = dict.fromkeys(one.kind for one in found)
    return [Calibration(kind=kind, unit="", **{field: sum(getattr(one, field) for one in found if one.kind == kind)
                                               for field in ("inside", "count", "results")}) for kind in kinds]


def _replications(count: int) -> str:
    return f"{count} replication" + ("s" if count != 1 else "")


def _verb(verdict: str, count: int) -> str:
    if verdict == UNSETTLED:
        return "leave it open" if count != 1 else "leaves it open"
    return f"{'find' if count != 1 else 'finds'} it {verdict}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
