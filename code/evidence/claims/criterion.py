"""A criterion: what results have to be for a claim to hold, declared as an expression that also writes its sentence.

A threshold is given as the text that readers see, such as "98.5%", and stands nowhere else. What tests are, and how
they are combined, is in `evidence.claims.expression`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.claims.expression import Above, Bar, Exceeds, Of, Results, Test
from evidence.claims.verdict import MIXED, REFUTED, SUPPORTED, UNSETTLED, Verdict
from evidence.records import check_id


def above(id: str, bar: str, what: str) -> Test:
    """A result lies above a threshold, with its whole interval.

    Args:
        id: of the result.
        bar: the threshold, as readers see it.
        what: the result as a noun phrase, such as "the share of seeds that solve the task".
    """
    return Above(check_id(id), ">", Bar(bar), what)


def at_least(id: str, bar: str, what: str) -> Test:
    """As `above`, the threshold included."""
    return Above(check_id(id), ">=", Bar(bar), what)


def below(id: str, bar: str, what: str) -> Test:
    """A result lies below a threshold, with its whole interval."""
    return Above(check_id(id), "<", Bar(bar), what)


def at_most(id: str, bar: str, what: str) -> Test:
    """As `below`, the threshold included."""
    return Above(check_id(id), "<=", Bar(bar), what)


def within(id: str, low: str, high: str, what: str) -> Test:
    """A result lies between two thresholds, both included, with its whole interval."""
    return Of(2, (at_least(id, low, what), at_most(id, high, what)), f"{what} is between {low} and {high}")


def exceeds(id: str, other: str, what: str, than: str, *, by: str = "0", times: float = 1) -> Test:
    """A result lies above a multiple of another one, by the interval of their difference.

    Args:
        id: of the result.
        other: of the one that it is compared with; the two must rest on independent runs, or the interval is too wide
            (then declare their paired difference as a result and use `above`).
        what: the first, as a noun phrase.
        than: the second.
        by: how far above.
        times: the multiple.
    """
    return Exceeds(check_id(id), check_id(other), ">", Bar(by), times, what, than)


def all_of(*tests: Test) -> Test:
    """Every one of the tests holds."""
    return Of(len(tests), tests)


def any_of(*tests: Test) -> Test:
    """At least one of the tests holds."""
    return Of(1, tests)


def at_least_of(k: int, *tests: Test) -> Test:
    """At least k of the tests hold."""
    return Of(k, tests)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """When a claim is supported, refuted, mixed or unsettled.

    Args:
        parts: what the claim says, each part a clause that fits behind "that" ("four layers chain more than one"),
            with its test. All hold: supported. All fail: refuted. Each settled and different: mixed. Otherwise the
            runs do not decide.
        needed: without this the claim is refuted, whatever its parts.
        refuted_by: with this the claim is refuted, whatever its parts.
    """

    parts: Mapping[str, Test]
    needed: Test | None = None
    refuted_by: Test | None = None
    _gate: Test | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("expected a criterion with parts, got none")
        gates = [*([self.needed] if self.needed else []), *([~self.refuted_by] if self.refuted_by else [])]
        object.__setattr__(self, "_gate", all_of(*gates) if gates else None)

    @property
    def tests(self) -> tuple[Test, ...]:
        """Its tests, the gate first."""
        return (*([self._gate] if self._gate else []), *self.parts.values())

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the results that it reads, each once."""
        return tuple(dict.fromkeys(rid for test in self.tests for rid in test.needs))

    def sentence(self) -> str:
        """The criterion in words."""
        clauses = [test.phrase() for test in self.parts.values()]
        one = len(clauses) == 1
        gates = [*([f"unless {self.needed.phrase()}"] if self.needed else []),
                 *([f"if {self.refuted_by.phrase()}"] if self.refuted_by else [])]
        text = f"Refuted {', or '.join(gates)}. Otherwise supported if " if gates else "Supported if "
        text += "; and if ".join(clauses)
        return text + (", refuted if not." if one else "; refuted if none of this holds, mixed where some of it holds "
                       "and the rest fails.")

    def verdict(self, results: Results) -> Verdict:
        """Judge these results."""
        found = {clause: test.outcome(results) for clause, test in self.parts.items()}
        gate = self._gate.outcome(results) if self._gate else True
        holding, failing, open_ = ([clause for clause, outcome in found.items() if outcome is wanted]
                                   for wanted in (True, False, None))
        if gate is False or not (holding or open_):
            return Verdict(REFUTED, _because(self, results) if gate is False else "")
        if gate is None or open_:
            doubtful = [*([_gate_phrase(self, results)] if gate is None else []), *open_]
            settled = f"it holds that {_and(holding)}; " if holding else ""
            settled += f"it does not hold that {_and(failing)}; " if failing else ""
            return Verdict(UNSETTLED, f"{settled}the runs do not decide {_whether(doubtful)}")
        if failing:
            return Verdict(MIXED, f"it holds that {_and(holding)}; it does not hold that {_and(failing)}")
        return Verdict(SUPPORTED)


def _because(criterion: Criterion, results: Results) -> str:
    """What refuted a claim whatever its parts."""
    if criterion.refuted_by is not None and criterion.refuted_by.outcome(results):
        return criterion.refuted_by.phrase()
    return f"it does not hold that {criterion.needed.phrase()}" if criterion.needed else ""


def _gate_phrase(criterion: Criterion, results: Results) -> str:
    """What of a gate the runs leave open."""
    gates = [test for test in (criterion.needed, criterion.refuted_by)
             if test is not None and test.outcome(results) is None]
    return " and ".join(test.phrase() for test in gates)


def _and(clauses: list[str]) -> str:
    return "; and that ".join(clauses)


def _whether(clauses: list[str]) -> str:
    return ", nor ".join(f"whether {clause}" for clause in clauses)



__all__ = ["Criterion", "Test", "above", "all_of", "any_of", "at_least", "at_least_of", "at_most", "below", "exceeds",
           "within"]
