"""Section "Whole hypotheses", its end: along which paths the address selects in seeds that gather."""

from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.address_pairs import address_pairs
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.probes.interventions.scrubbing import Hypothesis, scrub
from deref.sections.ch07.scrubbing.scrubbing import ALL, KINDS, SEEN_BEFORE, asked, carry, every_run, members, seeds_of
from deref.tasks.pointer import PointerTask
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

PAIRED = 4  # memories of each address and bit
PAIR_SEED = 2_000_018
PATHS = {"query": "the query", "keys": "keys at the address", "values": "values at the address",
         "direct": "straight to the logits"}
ATTENTION = Site("attn_out", 0)

TAIL = carry(keys=ALL, values=ALL, direct=ALL)
WITHOUT: dict[str, Hypothesis] = {  # the address is kept from one path, but for each position's own bit
    "query": carry(query=SEEN_BEFORE, keys=ALL, values=ALL, direct=ALL),
    "keys": carry(values=ALL, direct=ALL), "values": carry(keys=ALL, direct=ALL), "direct": carry(keys=ALL, values=ALL),
}


def along_paths(model: Transformer, task: PointerTask) -> dict[str, Float[np.ndarray, "seed"]]:
    """How much of a changed answer follows a flipped address bit along each path into layer 2, by path and seed.

    The path starts at the embedding or at the attention of layer 1, all nodes together; the two parts are added.

    Args:
        model: of two layers, without MLPs.
        task: the pointer task that it answers.
    """
    heads = [(1, head) for head in range(model.config.heads)]
    address, readout = range(task.M, task.T), task.T - 1
    return {"query": _followed(model, task, into="q", receivers=heads, into_nodes=readout),
            "keys": _followed(model, task, into="k", receivers=heads, into_nodes=address),
            "values": _followed(model, task, into="v", receivers=heads, into_nodes=address),
            "direct": _followed(model, task)}


def _followed(model: Transformer, task: PointerTask, **path: Any) -> Float[np.ndarray, "seed"]:
    pairs = address_pairs(task, PAIRED, torch.Generator().manual_seed(PAIR_SEED)).pairs
    found = path_patch(model, pairs, senders=[EMBEDDING, ATTENTION], batch=len(pairs), **path)
    return found.mean().sum(1).double().numpy()


@cache
def selected(run: Run) -> dict[str, Float[np.ndarray, "seed"]]:
    """As `along_paths`, in the solving members of a run."""
    return along_paths(members(run).model, run.config.task)


@cache
def largest_head(run: Run) -> Float[np.ndarray, "seed"]:
    """How much follows along the query of the one head of layer 2 that brings most, by seed."""
    task, model = run.config.task, members(run).model
    found = [_followed(model, task, into="q", receivers=(1, head), into_nodes=task.T - 1)
             for head in range(model.config.heads)]
    return np.max(found, axis=0)


def by_kind(kind: str, path: str, store: Store | None = None) -> Float[np.ndarray, "seed"]:
    """What follows along a path, a key of `PATHS`, in all seeds of a kind."""
    return np.concatenate([selected(run)[path][members(run).of(kind)] for run in every_run(store)])


@cache
def lost(run: Run) -> dict[str, Float[np.ndarray, "seed"]]:
    """The share of the loss that goes when a path is kept from the address, by path, in the seeds that gather."""
    model, questions = seeds_of(run, "gathering"), asked(run.config.task)
    if model is None:
        return {path: np.zeros(0) for path in WITHOUT}
    whole = scrub(model, questions, TAIL).kept
    return {path: (whole - scrub(model, questions, one).kept).numpy() for path, one in WITHOUT.items()}


_EACH = {(kind, path): (kind, path, KINDS[kind], PATHS[path]) for kind in KINDS for path in PATHS}


@result.each(_EACH, "scrubbing.select.{kind}.{path}", format=".2f",
             title="Recovery of a flipped address bit through {member[3]}, seeds {member[2]}")
def followed(store: Store, member: tuple[str, ...]) -> Estimate:
    return mean_t(by_kind(member[0], member[1], store))


@result("scrubbing.select.query-ahead", format="+.2f",
        title="Recovery of a flipped address bit through the query, minus the larger of keys and values, seeds that "
              "gather")
def query_ahead(store: Store) -> Estimate:
    query, keys, values = (by_kind("gathering", path, store) for path in ("query", "keys", "values"))
    return mean_t(query - np.maximum(keys, values))


@result("scrubbing.select.one-head", format=".0%",
        title="Share of the query's recovery that its largest head brings alone, seeds that gather")
def one_head(store: Store) -> Estimate:
    found = [(largest_head(run) / selected(run)["query"])[members(run).of("gathering")] for run in every_run(store)]
    return mean_t(np.concatenate(found))


@result.each(tuple(WITHOUT), "scrubbing.lost.{path}", format=".0%",
             title="Share of the loss that goes where the path \"{path}\" has no other address bits, seeds that gather")
def lost_along(store: Store, path: str) -> Estimate:
    return mean_t(np.concatenate([lost(run)[path] for run in every_run(store)]))


@result("scrubbing.lost.query-ahead", format="+.0%",
        title="Share of the loss that hangs on the address in the query, minus the larger of keys and values, seeds "
              "that gather")
def lost_query_ahead(store: Store) -> Estimate:
    found = [lost(run) for run in every_run(store)]
    query, keys, values = (np.concatenate([one[path] for one in found]) for path in ("query", "keys", "values"))
    return mean_t(query - np.maximum(keys, values))
