"""A claim: a sentence that this book or one of its sources asserts, with the test that a build puts it to.

A claim is declared once, before the runs that it is judged on, together with its threshold and the verdict that the
prose was written for. What it is judged by are records alone, so judging needs no model and no torch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deref.records import Record, check_id

SUPPORTED, REFUTED, MIXED, NOT_RUN = "supported", "refuted", "mixed", "not run"
VERDICTS = (SUPPORTED, REFUTED, MIXED, NOT_RUN)


@dataclass(frozen=True)
class Verdict:
    """What a build found about a claim.

    Args:
        verdict: one of `VERDICTS`.
        conditions: where a mixed verdict holds and where it does not, or what decided; may be empty otherwise.

    Raises:
        ValueError: another verdict, or a mixed one without its conditions.
    """

    verdict: str
    conditions: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"expected a verdict, one of {', '.join(VERDICTS)}, got {self.verdict!r}")
        if self.verdict == MIXED and not self.conditions:
            raise ValueError("expected a mixed verdict to say under which conditions, got none")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the ledger.

    Args:
        id: fixed for ever, since citations use it.
        chapter: the chapter that tells of it.
        statement: the claim in the book's own words.
        source: where it is from: the letter of a source, or "ours".
        quote: the passage, in a few words of the source; for "ours", what the book itself asserts.
        criterion_text: the test and its threshold, as a reader would put it.
        needs: ids of the results it is judged by; if one of them is missing, the claim is not run.
        expected: the verdict that the prose was written for.
        criterion: from the results, by id, to a verdict.

    Raises:
        ValueError: an id of another form, an expected verdict that there is not, or no results to judge by.
    """

    id: str
    chapter: int
    statement: str
    source: str
    quote: str
    criterion_text: str
    needs: tuple[str, ...]
    expected: str
    criterion: Callable[[Mapping[str, Record]], Verdict]

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.expected not in VERDICTS:
            raise ValueError(f"expected {self.id} to expect one of {', '.join(VERDICTS)}, got {self.expected!r}")
        if not self.needs:
            raise ValueError(f"expected {self.id} to need results, got none: a claim is judged by what a build found")


def judge(claim: Claim, records: Mapping[str, Record]) -> Verdict:
    """Judge a claim by the results of a build.

    Args:
        claim: the claim.
        records: all results of the build, by id; the criterion is shown only those that the claim needs.

    Returns:
        What its criterion finds, or "not run" where the build lacks a result.
    """
    missing = [rid for rid in claim.needs if rid not in records]
    if missing:
        return Verdict(NOT_RUN, f"this build has no {', '.join(missing)}")
    return claim.criterion({rid: records[rid] for rid in claim.needs})


def above(record: Record, threshold: float) -> bool:
    """Whether a result lies above a threshold, with its whole interval where it has one."""
    return (record.ci[0] if record.ci else record.value) > threshold


def below(record: Record, threshold: float) -> bool:
    """Whether a result lies below a threshold, with its whole interval where it has one."""
    return (record.ci[1] if record.ci else record.value) < threshold
