"""A claim: a sentence that this book or one of its sources asserts, with the test that a build puts it to.

A claim is declared once, before the runs that it is judged on, together with its criterion and the verdict that the
prose was written for. What it is judged by are records alone, so judging needs no model and no torch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evidence.claims.criterion import Criterion
from evidence.claims.verdict import MIXED, NOT_RUN, REFUTED, SETTLED, SUPPORTED, UNSETTLED, VERDICTS, Verdict
from evidence.records import Record, check_id

FINDING, EXACT = "finding", "exact"
KINDS = (FINDING, EXACT)


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """A criterion that no expression can say.

    Args:
        needs: ids of the results that it reads.
        text: the test and its thresholds, in words.
        function: from the results, by id, to a verdict.
        reason: why it is written by hand.
    """

    needs: tuple[str, ...]
    text: str
    function: Callable[[Mapping[str, Record]], Verdict]
    reason: str

    def sentence(self) -> str:
        """The criterion in words."""
        return self.text

    def verdict(self, results: Mapping[str, Record]) -> Verdict:
        """Judge these results."""
        return self.function(results)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the ledger.

    Args:
        id: fixed for ever, since citations use it.
        chapter: the chapter that tells of it.
        statement: the claim in the book's own words.
        source: where it is from: the letter of a source, or "ours".
        quote: the passage, in a few words of the source; for "ours", what the book itself asserts.
        criterion: the test.
        expected: the verdict that the prose was written for.
        setting: what is run for it: cells, arms, seeds, and what the words of the criterion mean.
        power: why it rests on that many seeds, in a line; empty where nothing is sampled.
        kind: "finding", or "exact" for an identity or what follows from a construction.

    Raises:
        ValueError: an id of another form, an expected verdict or a kind that there is not, or no results to judge by.
    """

    id: str
    chapter: int
    statement: str
    source: str
    quote: str
    criterion: Criterion | ByHand
    expected: str
    setting: str = ""
    power: str = ""
    kind: str = FINDING

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.expected not in VERDICTS:
            raise ValueError(f"expected {self.id} to expect one of {', '.join(VERDICTS)}, got {self.expected!r}")
        if self.kind not in KINDS:
            raise ValueError(f"expected {self.id} to be of one kind of {', '.join(KINDS)}, got {self.kind!r}")
        if not self.needs:
            raise ValueError(f"expected {self.id} to need results, got none: a claim is judged by what a build found")

    @property
    def needs(self) -> tuple[str, ...]:
        """Ids of the results that it is judged by; if one of them is missing, the claim is not run."""
        return self.criterion.needs

    @property
    def criterion_text(self) -> str:
        """The whole test, as a reader would put it."""
        return " ".join(filter(None, (self.setting, self.criterion.sentence())))


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
    return claim.criterion.verdict({rid: records[rid] for rid in claim.needs})


def contradicts(text: str, found: str) -> bool:
    """Whether a settled verdict stands against the settled verdict that a text was written for."""
    return text in SETTLED and found in SETTLED and text != found


__all__ = ["EXACT", "FINDING", "KINDS", "MIXED", "NOT_RUN", "REFUTED", "SETTLED", "SUPPORTED", "UNSETTLED", "VERDICTS",
           "ByHand", "Claim", "Criterion", "Verdict", "contradicts", "judge"]
