"""Deref: attention as a pointer dereference, in models small enough to train while you read.

This is the front door: the names that chapters use, each loaded from its module when it is first asked for. So
importing `deref` costs nothing, and a chapter depends on the modules behind the names it uses and on no others (see
`evidence.provenance.source`, which reads the table below).
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
    "pointer": "deref.constructions.pointer",
    # training and runs
    "TrainConfig": "deref.train.config",
    "Trainer": "deref.train.trainer",
    "Store": "evidence.runs",
    # questions to a model
    "Edge": "deref.probes.interventions.ablation_targets",
    "Head": "deref.probes.base.tappable",
    "ablate": "deref.probes.interventions.ablation",
    "accuracy": "deref.probes.base.answers",
    "attention_coverage": "deref.probes.pointer.coverage",
    "causal_trace": "deref.probes.pointer.trace",
    "erase": "deref.probes.interventions.erasure",
    "flip_address": "deref.probes.pointer.address_flips",
    "flip_sets": "deref.probes.pointer.set_flips",
    "flip_test": "deref.probes.pointer.flip",
    "linear_probe": "deref.probes.measures.linear",
    "patch_heads": "deref.probes.interventions.activation_patches",
    "patch_stream": "deref.probes.interventions.activation_patches",
    "path_patch": "deref.probes.interventions.path_patching",
    "pointer_pairs": "deref.probes.base.pairs",
    # results
    "Estimate": "evidence.results.estimate",
    "explore": "evidence.results.explorable",
    "publish": "evidence.results.publish",
    "result": "evidence.results.registry",
    "show": "evidence.results.figure",
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
