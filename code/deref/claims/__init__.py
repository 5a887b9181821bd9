"""The claims ledger: what the sources and this book assert, each judged anew by every build. Free of torch."""

from deref.claims import (
    algorithms,
    block,
    chapter6,
    chapter7,
    composing,
    cost,
    depth,
    induction,
    language,
    looking,
    lookup,
    one_layer,
    paths,
    reading,
)
from deref.claims.claim import (
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
           "Claim", "Criterion", "Verdict", "contradicts", "judge", "ledger"]


def ledger() -> list[Claim]:
    """Every claim, in the order of the chapters.

    Raises:
        ValueError: two claims of one id.
    """
    claims = [*lookup.CLAIMS, *looking.CLAIMS, *paths.CLAIMS, *chapter6.CLAIMS, *one_layer.CLAIMS, *depth.CLAIMS,
              *composing.CLAIMS, *cost.CLAIMS, *chapter7.CLAIMS, *algorithms.CLAIMS, *block.CLAIMS, *reading.CLAIMS,
              *induction.CLAIMS, *language.CLAIMS]
    ids = [claim.id for claim in claims]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ValueError(f"expected every claim once, got {', '.join(twice)} twice")
    return claims
