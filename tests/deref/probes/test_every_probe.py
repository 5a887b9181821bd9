"""What every probe keeps: whatever it changes in a run, the model's parameters stay as they were."""

import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import Head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_heads, patch_stream
from deref.probes.interventions.attribution import attribute_edges, attribute_sources
from deref.probes.interventions.edge_patching import patch_edges
from deref.probes.interventions.edge_runs import HeadEdge
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.pruning import prune_edges
from deref.probes.measures.edges import edge_effects
from deref.probes.measures.reach import influence
from deref.probes.measures.readings import read_edges
from deref.probes.pointer.address_flips import flip_address
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.flip import flip_test
from deref.probes.pointer.trace import causal_trace
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=5)
MEMORIES, LAYOUT = memories(TASK, 2), TASK.layout("trie")
PAIRS = pointer_pairs(TASK, MEMORIES)
PROBES = {
    "ablate": lambda model: ablate(model, TASK.trie_tokens(MEMORIES), LAYOUT, MEMORIES, [[Head(0, 0), Head(1, 1)]]),
    "attribute_edges": lambda model: attribute_edges(model, PAIRS, steps=2),
    "attribute_sources": lambda model: attribute_sources(model, PAIRS),
    "attention_coverage": lambda model: attention_coverage(model, TASK, MEMORIES),
    "causal_trace": lambda model: causal_trace(model, TASK, MEMORIES),
    "edge_effects": lambda model: edge_effects(model, TASK, MEMORIES),
    "flip_address": lambda model: flip_address(model, TASK, MEMORIES),
    "flip_test": lambda model: flip_test(model, TASK, MEMORIES),
    "influence": lambda model: influence(model, LAYOUT),
    "patch_edges": lambda model: patch_edges(model, PAIRS, "resample"),
    "patch_heads": lambda model: patch_heads(model, PAIRS),
    "patch_stream": lambda model: patch_stream(model, PAIRS, nodes=[0]),
    "path_patch, to the logits": lambda model: path_patch(model, PAIRS, through_mlps=True),
    "path_patch, to values": lambda model: path_patch(model, PAIRS, into="v", receivers=[Head(1, 0)], threshold=0.0),
    "prune_edges": lambda model: prune_edges(model, PAIRS, edges=(HeadEdge(5, 2, 1, 0),)),
    "read_edges": lambda model: read_edges(model, PAIRS, "weighted value"),
}


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)
def test_the_model_stays_as_it_was(probe):
    model = random_model(TASK, **SHAPES["three layers"])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    probe(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
