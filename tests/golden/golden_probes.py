"""Every probe of the book, once, on small models: what each finds, by its name."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tiny_lm
import torch

from deref.lm.baseline import baseline
from deref.lm.model import causal_layout
from deref.model.config import ModelConfig
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import Head, run_and_read
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.interventions.activation_patches import patch_heads, patch_stream
from deref.probes.interventions.erasure import erase
from deref.probes.interventions.path_patching import path_patch
from deref.probes.measures.concentration import lift, participation
from deref.probes.measures.edges import edge_effects, rank_correlation
from deref.probes.measures.induction import looks
from deref.probes.measures.key_values import key_values
from deref.probes.measures.linear import linear_probe
from deref.probes.measures.reach import influence
from deref.probes.pointer.address_flips import flip_address
from deref.probes.pointer.best_vote import best_vote
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.known_bits import known_bits
from deref.probes.pointer.set_flips import flip_sets
from deref.probes.pointer.trace import causal_trace
from deref.tasks.induction import InductionTask
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.results import stats, survival

TASK = PointerTask(M=8)
HEADS = [Head(0, 1), Head(1, 0)]


def trained(steps: int) -> Transformer:
    """Two layers with MLPs after a few steps, of two seeds."""
    model = ModelConfig(length=TASK.length, layers=2, heads=2, width=16, mlp=32, position_std=1.0)
    trainer = TrainConfig(task=TASK, model=model, steps=50, batch=8, lr=1e-2, warmup=1).trainer((0, 1))
    trainer.step_many(steps)
    return trainer.model.eval().requires_grad_(False)


def found(steps: int, quick: bool = False) -> Iterator[tuple[str, Any]]:
    """Each probe's name and what it finds on a model trained for some steps; `quick` leaves out the slow one."""
    model, draw = trained(steps), torch.Generator().manual_seed(7)
    memories = TASK.sample_memory(4, draw)
    tokens, layout, pairs = TASK.trie_tokens(memories), TASK.layout("trie"), pointer_pairs(TASK, memories[:2])
    for kind in ("zero", "mean", "resample", "uniform"):
        yield f"ablation-{kind}", ablate(model, tokens, layout, memories, [[head] for head in HEADS], kind=kind,
                                         others=1 - memories)
    yield "ablation-mask", ablate(model, tokens, layout, memories, [[Edge(layout.size - 1, 2)]], kind="mask")
    yield "ablation-mlp", ablate(model, tokens, layout, memories, [[Site("mlp_out", 0)]])
    yield "address-flips", flip_address(model, TASK, memories)
    coverage = attention_coverage(model, TASK, memories)
    yield "coverage", coverage
    yield "lift", lift(coverage.pattern, TASK)
    yield "participation", participation(coverage.pattern)
    edges = edge_effects(model, TASK, memories)
    yield "edges", edges
    yield "edges-rank", rank_correlation(edges.weight, edges.cut)
    yield "flip", flip_test(model, TASK, memories)
    yield "known-bits", known_bits(model, TASK, memories)
    yield "flip-sets", flip_sets(model, TASK, memories, sizes=[1, 3], draws=2, generator=draw)
    for direction in ("denoise", "noise"):
        yield f"trace-{direction}", causal_trace(model, TASK, memories[:1], direction=direction, threshold=0.0)
    yield "patch-heads", patch_heads(model, pairs, threshold=0.0)
    yield "patch-stream", patch_stream(model, pairs, threshold=0.0)
    yield "path-patch", path_patch(model, pairs, threshold=0.0)
    yield "path-patch-queries", path_patch(model, pairs, into="q", receivers=[Head(1, 0)], threshold=0.0)
    yield "influence", influence(model, layout)
    yield "key-values", key_values(model, 0)
    _, read = run_and_read(model, tokens, layout, [Site("resid_post", 0)])
    features = read[Site("resid_post", 0)].flatten(1, 2)
    labels = tokens.flatten() % 2
    eraser = erase(features, labels)
    yield "erasure", eraser
    yield "erased", eraser(features)
    yield "solve", torch.linalg.solve(features.mT.double() @ features.double() + torch.eye(16), features.mT.double())
    yield "singular-values", torch.linalg.svdvals(features)
    groups = np.repeat(np.arange(len(tokens)), layout.size)
    for kind in ("logistic", "ridge"):
        probe = linear_probe(features[0], labels, groups, kind=kind, folds=3)
        yield f"linear-{kind}", probe
    yield "looks", _looks()
    if not quick:
        yield "vote", best_vote(2)
    yield from _language_model(draw)
    yield from _estimates(features[0, :20, 0].double().numpy())


def _looks() -> Any:
    task = InductionTask(first=8, passage=4, offsets=(0, 1), vocab=12)
    config = ModelConfig(length=task.length, vocab=task.vocab, outputs=task.outputs, layers=2, heads=2, width=16)
    tokens, _ = task.sample(4, "all", torch.Generator().manual_seed(1))
    return looks(Transformer(config, (0, 1)), task, tokens)


def _language_model(draw: torch.Generator) -> Iterator[tuple[str, Any]]:
    model = tiny_lm.tiny()
    tokens = torch.randint(1, tiny_lm.SHAPE.vocab, (3, 11), generator=draw)
    tokens[:, 0] = 0
    with torch.no_grad():
        yield "language-model", model(tokens, causal_layout(11))
        yield "language-model-without-a-head", baseline(model, tokens).losses([5, 6], without=[Head(1, 0)])


def _estimates(x: np.ndarray) -> Iterator[tuple[str, Any]]:
    yield "mean", stats.mean_t(x)
    yield "bootstrap", stats.bootstrap(x)
    yield "spearman", stats.spearman(x[:10], x[10:], "cells")
    yield "clustered", stats.clustered(x, np.arange(20) // 4)
    yield "wilson", stats.wilson(7, 10)
    yield "difference", stats.difference(7, 10, 2, 9)
    yield "medians", survival.difference_of_medians(x[:10], x[10:])
