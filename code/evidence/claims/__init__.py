"""Claims: a sentence, the test that it is put to, and the verdict of a build. Free of torch."""

from evidence.claims.claim import (
    EXACT,
    FINDING,
    MIXED,
    NOT_RUN,
    REFUTED,
    SETTLED,
    SUPPORTED,
    UNSETTLED,
    VERDICTS,
    ByHand,
    Claim,
    Criterion,
    Verdict,
    contradicts,
    judge,
)

__all__ = ["EXACT", "FINDING", "MIXED", "NOT_RUN", "REFUTED", "SETTLED", "SUPPORTED", "UNSETTLED", "VERDICTS", "ByHand",
           "Claim", "Criterion", "Verdict", "contradicts", "judge"]
