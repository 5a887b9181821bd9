"""The claims ledger: what the sources and this book assert, each judged anew by every build. Free of torch."""

import importlib

from deref import discovery
from evidence.claims import Claim


def ledger() -> list[Claim]:
    """Every claim, section by section.

    Raises:
        ValueError: two claims of one id.
    """
    claims = [claim for name in discovery.claims() for claim in importlib.import_module(name).CLAIMS]
    ids = [claim.id for claim in claims]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ValueError(f"expected every claim once, got {', '.join(twice)} twice")
    return claims
