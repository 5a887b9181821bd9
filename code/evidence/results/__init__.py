"""Results: numbers with an id, each computed by one registered function of the run store.

A front door: names load when they are used, so that code which declares results does not depend on code that
publishes or verifies them.
"""

import importlib
from typing import Any

_EXPORTS = {
    "Estimate": "evidence.results.estimate",
    "bootstrap": "evidence.results.stats",
    "clustered": "evidence.results.stats",
    "difference": "evidence.results.stats",
    "exact": "evidence.results.stats",
    "mean_t": "evidence.results.stats",
    "result": "evidence.results.registry",
    "share": "evidence.results.stats",
    "spearman": "evidence.results.stats",
    "wilson": "evidence.results.stats",
}


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted(_EXPORTS)
