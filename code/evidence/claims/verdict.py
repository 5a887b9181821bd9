"""The verdicts that a claim can get."""

from dataclasses import dataclass

SUPPORTED, REFUTED, MIXED, UNSETTLED, NOT_RUN = "supported", "refuted", "mixed", "unsettled", "not run"
VERDICTS = (SUPPORTED, REFUTED, MIXED, UNSETTLED, NOT_RUN)
SETTLED = (SUPPORTED, REFUTED, MIXED)


@dataclass(frozen=True)
class Verdict:
    """What a build found about a claim.

    Args:
        verdict: one of `VERDICTS`.
        conditions: what decided, where a mixed verdict holds and where it does not, or what the runs left open.

    Raises:
        ValueError: another verdict, or a mixed or unsettled one without its conditions.
    """

    verdict: str
    conditions: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"expected a verdict, one of {', '.join(VERDICTS)}, got {self.verdict!r}")
        if self.verdict in (MIXED, UNSETTLED) and not self.conditions:
            raise ValueError(f"expected a verdict that is {self.verdict} to say under which conditions, got none")
