"""Deref: attention as a pointer dereference, in models small enough to train while you read.

This is the front door: the names that chapters use, each loaded from its module when it is first asked for. So
importing `deref` costs nothing, and a chapter depends on the modules behind the names it uses and on no others (see
`evidence.provenance.source`, which reads the table below).
"""

import importlib
from typing import Any

_EXPORTS = {
    # tasks
    "AdditionTask": "deref.tasks.addition",
    "AssociativeRecallTask": "deref.tasks.associative_recall",
    "CrossingTask": "deref.tasks.cross_attention",
    "HopsTask": "deref.tasks.hops",
    "InductionTask": "deref.tasks.induction",
    "Layout": "deref.tasks.layout",
    "NotesTask": "deref.tasks.context_recall",
    "PointerTask": "deref.tasks.pointer",
    "RecallTask": "deref.tasks.recall",
    # models
    "BaselineConfig": "deref.model.baselines",
    "Described": "deref.model.listing",
    "LinearTransformer": "deref.model.linear_attention",
    "ModelConfig": "deref.model.config",
    "RecurrentConfig": "deref.model.recurrent",
    "Site": "deref.model.taps",
    "Transformer": "deref.model.transformer",
    "attention": "deref.model.attention",
    "fix_norms": "deref.model.norms",
    "fold_norms": "deref.model.norms",
    # models written by hand
    "adder": "deref.constructions.adder",
    "Decoy": "deref.constructions.graded_decoys",
    "gates": "deref.constructions.one_layer",
    "graded_decoys": "deref.constructions.graded_decoys",
    "induction": "deref.constructions.induction_head",
    "misleading_heads": "deref.constructions.misleading_heads",
    "pointer": "deref.constructions.pointer",
    "two_hop": "deref.constructions.two_hop",
    "voting": "deref.constructions.one_layer",
    # models of the book: trained ones, each under its name, and a language model
    "book_mlp": "deref.sections.shared.book_models",
    "causal_layout": "deref.lm.model",
    "gather": "deref.sections.shared.models",
    "gather_three": "deref.sections.shared.models",
    "gather_waves": "deref.sections.shared.models",
    "language_model": "deref.lm.model",
    "large_32": "deref.sections.shared.models",
    "legible_8": "deref.sections.shared.models",
    "model_n": "deref.sections.shared.book_models",
    "rotary_one_head": "deref.sections.ch07.positions.positions",
    "shown": "deref.sections.shared.models",
    # training and runs
    "TrainConfig": "deref.train.config",
    "Trainer": "deref.train.trainer",
    "Store": "evidence.runs",
    "solved_at": "deref.sections.shared.solving",
    "solving": "deref.sections.shared.solving",
    # probes
    "CachedRun": "deref.probes.base.cached_run",
    "AttentionParts": "deref.probes.interventions.scrubbing",
    "EMBEDDING": "deref.probes.interventions.path_runs",
    "Edge": "deref.probes.interventions.ablation_targets",
    "Head": "deref.probes.base.tappable",
    "HeadEdge": "deref.probes.interventions.edge_runs",
    "StreamParts": "deref.probes.interventions.scrubbing",
    "ablate": "deref.probes.interventions.ablation",
    "accuracy": "deref.probes.base.answers",
    "answers": "deref.probes.base.answers",
    "attention_edges": "deref.probes.interventions.edge_runs",
    "attribute_edges": "deref.probes.interventions.attribution",
    "attribute_sources": "deref.probes.interventions.attribution",
    "attention_coverage": "deref.probes.pointer.coverage",
    "best_vote": "deref.probes.pointer.best_vote",
    "between": "deref.probes.measures.sublayers",
    "causal_trace": "deref.probes.pointer.trace",
    "edge_effects": "deref.probes.measures.edges",
    "erase": "deref.probes.interventions.erasure",
    "few_memories": "deref.probes.base.memories",
    "fetching_form": "deref.probes.pointer.bilinear",
    "flip_address": "deref.probes.pointer.address_flips",
    "flip_sets": "deref.probes.pointer.set_flips",
    "flip_test": "deref.probes.pointer.flip",
    "induction_edges": "deref.lm.repeats",
    "influence": "deref.probes.measures.reach",
    "key_values": "deref.probes.measures.key_values",
    "known_bits": "deref.probes.pointer.known_bits",
    "ladder": "deref.sections.shared.partial_address_accuracy",
    "lift": "deref.probes.measures.concentration",
    "linear_probe": "deref.probes.measures.linear",
    "longest_chain": "deref.probes.measures.costs",
    "looks": "deref.probes.measures.induction",
    "margins": "deref.lm.margins",
    "mean_pattern": "deref.probes.pointer.coverage",
    "operations": "deref.probes.measures.costs",
    "owned": "deref.probes.measures.concentration",
    "own_bit_share": "deref.probes.pointer.bilinear",
    "participation": "deref.probes.measures.concentration",
    "partitions": "deref.probes.measures.concentration",
    "patch_at": "deref.probes.base.patching",
    "patch_edges": "deref.probes.interventions.edge_patching",
    "patch_heads": "deref.probes.interventions.activation_patches",
    "patch_stream": "deref.probes.interventions.activation_patches",
    "path_patch": "deref.probes.interventions.path_patching",
    "pattern_distance": "deref.probes.measures.pattern_distance",
    "peak_bytes": "deref.probes.measures.costs",
    "pointer_pairs": "deref.probes.base.pairs",
    "pointer_questions": "deref.probes.base.questions",
    "probe_memories": "deref.probes.base.memories",
    "prune_edges": "deref.probes.interventions.pruning",
    "questions": "deref.probes.measures.induction",
    "random_repeats": "deref.lm.repeats",
    "rank_correlation": "deref.probes.measures.edges",
    "read_edges": "deref.probes.measures.readings",
    "reachable": "deref.probes.measures.reach",
    "rung": "deref.sections.shared.partial_address_accuracy",
    "right_when_shuffled": "deref.sections.shared.book_reading",
    "run_and_read": "deref.probes.base.tappable",
    "scrub": "deref.probes.interventions.scrubbing",
    "shuffled": "deref.sections.shared.book_reading",
    "sublayer": "deref.probes.measures.sublayers",
    # results
    "Absent": "evidence.unavailable",
    "Estimate": "evidence.results.estimate",
    "explore": "evidence.results.explorable",
    "offer": "evidence.results.recipes",
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
