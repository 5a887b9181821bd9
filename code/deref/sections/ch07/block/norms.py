"""Section "The rest of the block": LayerNorm folded away, and LayerNorm with its division made constant."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from deref.experiment import experiment
from deref.model.norms import READERS, fix_norms, fold_norms
from deref.model.taps import Site, read
from deref.model.transformer import Transformer
from deref.probes.base.memories import probe_memories
from deref.sections.ch06.layers.layers import TASK as SMALL
from deref.sections.ch06.layers.layers import one_norm
from deref.sections.ch06.leaks.leaks import vote
from deref.sections.shared.models import large_32
from deref.sections.shared.solving import accuracies
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

TASK, MEMORIES = large_32.config.task, 64


class Fixed(NamedTuple):
    """A way of letting LayerNorms divide by constants."""

    which: tuple[str, ...]  # LayerNorms
    by_node: bool  # a constant for each node, or one for a whole LayerNorm
    what: str  # in words


WAYS = {
    "final": Fixed(("final_norm",), True, "the final LayerNorm dividing by a constant a node"),
    "mlp": Fixed(("mlp_norm",), True, "the LayerNorms of the MLPs dividing by a constant a node"),
    "attention": Fixed(("attn_norm",), True, "the LayerNorms of attention dividing by a constant a node"),
    "all": Fixed(tuple(READERS), True, "every LayerNorm dividing by a constant a node"),
    "single": Fixed(tuple(READERS), False, "every LayerNorm dividing by one constant"),
}


@result("block.fold.gap", title="Largest change of a logit by folding every LayerNorm", format=".0e")
@torch.no_grad()
def folded(store: Store) -> Estimate:
    """Double precision, every address of a few memories."""
    run = large_32.run(store)
    model = Transformer.from_state(run.config.model, run.seeds, run.model.state_dict()).double()
    tokens, layout = TASK.trie_tokens(probe_memories(TASK)[:16]), TASK.layout("trie")
    gap = (fold_norms(model)(tokens, layout) - model(tokens, layout)).abs().max()
    return exact(gap, "largest over seeds and readouts, double precision")


@result("block.fold.single", title="Largest change of a logit by folding every LayerNorm, in single precision",
        format=".0e")
@torch.no_grad()
def folded_single(store: Store) -> Estimate:
    """As `folded`, in the precision that the models are trained in."""
    model = large_32.run(store).model
    tokens, layout = TASK.trie_tokens(probe_memories(TASK)[:16]), TASK.layout("trie")
    gap = (fold_norms(model)(tokens, layout) - model(tokens, layout)).abs().max()
    return exact(gap, "largest over seeds and readouts, single precision")


@cache
@torch.no_grad()
def departures(run: Run) -> dict[str, float]:
    """How far a LayerNorm is from affine on real streams: as it is, and dividing by a constant."""
    model = Transformer.from_state(run.config.model, run.seeds, run.model.state_dict()).double()
    tokens, layout = TASK.trie_tokens(probe_memories(TASK)[:16]), TASK.layout("trie")
    site, found = Site("resid_mid", 0), {}
    model(tokens, layout, tap=read([site], into=found))
    a, b, c = found[site][:, :4], found[site][:, 4:8], found[site][:, 8:12]
    norms = {"norm": model, "fixed": fix_norms(model, tokens, layout)}
    # An affine map keeps parallelograms: the corner a + b - c goes to the corner of what the others go to.
    return {name: (f(a + b - c) - f(a) - f(b) + f(c)).abs().max().item()
            for name, f in ((name, one.layers[0].mlp_norm) for name, one in norms.items())}


@result("block.affine.norm", title="Largest departure of a LayerNorm from an affine map, on streams of large-32",
        format=".1f")
def norm_departs(store: Store) -> Estimate:
    return exact(departures(large_32.run(store))["norm"], "largest over seeds and nodes")


@result("block.affine.fixed", format=".0e",
        title="Largest departure of a LayerNorm with fixed mean and variance from an affine map, streams of large-32")
def fixed_departs(store: Store) -> Estimate:
    return exact(departures(large_32.run(store))["fixed"], "largest over seeds and nodes, double precision")


def answered(model: Transformer, task: PointerTask, memories: Tensor) -> Float[np.ndarray, "seed"]:
    """The share of right answers over all addresses, in one piece: constants by node allow no other layout."""
    with torch.no_grad():
        given = model(task.trie_tokens(memories), task.layout("trie")).argmax(-1)
    return (given == memories).double().mean((1, 2)).numpy()


@cache
def fixed(run: Run, way: Fixed) -> Float[np.ndarray, "seed"]:
    """Accuracy of each seed with some LayerNorms dividing by constants, measured on other memories.

    Args:
        run: on the pointer task.
        way: which LayerNorms, and which constants.
    """
    task = run.config.task
    memories = probe_memories(task, 2 * MEMORIES)
    measured, tried = memories[:MEMORIES], memories[MEMORIES:]
    model = fix_norms(run.model, task.trie_tokens(measured), task.layout("trie"), way.which, by_node=way.by_node)
    return answered(model, task, tried)


@result.each(WAYS, "block.fixed.{way}", title="Accuracy of large-32 with {member.what}", format=".2%")
def accuracy_with_constants(store: Store, way: Fixed) -> Estimate:
    return mean_t(fixed(large_32.run(store), way), bounds=(0, 1))


more_norm = experiment("one-layer-8-norm-more", config=one_norm.config, seeds=range(10, 40),
                       about="As one-layer-8-norm, other seeds: one in ten passes the best vote.")


@result("block.one.passes", format=".0%",
        title="Seeds of one layer with a final LayerNorm that are right more often than the best vote")
def one_passes(store: Store) -> Estimate:
    """Over every memory and address; what no weights can do without the LayerNorm."""
    found = np.concatenate([accuracies(arm.run(store)) for arm in (one_norm, more_norm)]) > vote().accuracy
    return share(found)


@result("block.one.fixed", format=".1%",
        title="Accuracy of the best seed of one layer with a final LayerNorm that divides by a constant")
def one_fixed(store: Store) -> Estimate:
    """Constants and accuracy over every memory, so that nothing is left to the choice of memories."""
    model, memories = one_norm.run(store).model, probe_memories(SMALL)
    fixed = fix_norms(model, SMALL.trie_tokens(memories), SMALL.layout("trie"), ("final_norm",), by_node=False)
    return exact(answered(fixed, SMALL, memories).max(), f"largest of {len(one_norm.seeds)} seeds, every memory and "
                                                          "address")
