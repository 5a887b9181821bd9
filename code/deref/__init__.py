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
    "Edge": "deref.probes.cuts",
    "Head": "deref.probes.tappable",
    "ablate": "deref.probes.ablation",
    "accuracy": "deref.probes.answers",
    "attention_coverage": "deref.probes.attention",
    "causal_trace": "deref.probes.trace",
    "erase": "deref.probes.erasure",
    "flip_address": "deref.probes.address_flips",
    "flip_sets": "deref.probes.set_flips",
    "flip_test": "deref.probes.flip",
    "linear_probe": "deref.probes.linear",
    "patch_heads": "deref.probes.activation_patches",
    "patch_stream": "deref.probes.activation_patches",
    "path_patch": "deref.probes.paths",
    "pointer_pairs": "deref.probes.pairs",
    # results
    "Estimate": "deref.results.estimate",
    "explore": "deref.results.explorable",
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
