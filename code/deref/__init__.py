"""Deref: attention as a pointer dereference, in models small enough to train while you read.

This is the front door: the names that chapters use, each loaded from its module when it is first asked for. So
importing `deref` costs nothing, and a chapter depends on the modules behind the names it uses and on no others (see
`deref.source`, which reads the table below).
"""

import importlib
from typing import Any

_EXPORTS = {
    # tasks and models
    "PointerTask": "deref.tasks.pointer",
    "ModelConfig": "deref.model.config",
    "Transformer": "deref.model.transformer",
    "Site": "deref.model.taps",
    "attention": "deref.model.attention",
    "pointer": "deref.construct",
    # training and runs
    "TrainConfig": "deref.train.config",
    "Trainer": "deref.train.trainer",
    "Store": "deref.runs",
    # questions to a model
    "accuracy": "deref.probes.answers",
    "attention_coverage": "deref.probes.attention",
    "causal_trace": "deref.probes.trace",
    "flip_test": "deref.probes.flip",
    # results
    "Estimate": "deref.results.estimate",
    "publish": "deref.results.publish",
    "result": "deref.results.registry",
    "show": "deref.results.figure",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'deref' has no attribute {name!r}")
    value = getattr(importlib.import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS})
