"""Section "Whole hypotheses": two algorithms for one lookup, each scrubbed as a whole, in seeds of each kind."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float

from deref.constructions.pointer import pointer
from deref.experiment import Experiment
from deref.model.members import some
from deref.model.transformer import Transformer
from deref.probes.base.memories import few_memories
from deref.probes.base.questions import OWN, Questions, pointer_questions
from deref.probes.interventions.scrubbing import AttentionParts, Hypothesis, Leaf, Scrubbed, StreamParts, scrub
from deref.probes.pointer.trace import causal_trace
from deref.sections.ch07.algorithms.algorithms import CELL, FETCHES, GATHERS, MEMORIES
from deref.sections.shared.models import gather, gather_waves, legible_8, runs
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

MODELS: tuple[Experiment, ...] = (legible_8, gather, gather_waves)
ASKED = 32  # memories, all addresses of each
DONOR_SEED = 2_000_017
KINDS = {"fetching": "that fetch", "between": "between the two", "gathering": "that gather"}

OWN_TOKEN: Leaf = (OWN,)
ADDRESS: Leaf = ("address",)
MEMORY: Leaf = ("cells",)
SEEN_BEFORE: Leaf = ("cells", OWN)  # what a position knows while it does not know the address
ALL: Leaf = ("cells", "address")

# Layer 1 brings each address bit from the token that holds it, and finds it by position and token.
GATHERED = StreamParts(embedding=OWN_TOKEN, layers=(
    AttentionParts(query=OWN_TOKEN, keys={"address": OWN_TOKEN}, values={"address": OWN_TOKEN}),))


def fetch(query: Leaf | StreamParts = GATHERED, value: Leaf | StreamParts = OWN_TOKEN) -> StreamParts:
    """Gather the address, then fetch: the readout's query hangs on the address, the addressed cell's value on its bit.

    Args:
        query: what the query of layer 2 may hang on.
        value: what the addressed cell's value may hang on.
    """
    return StreamParts(layers=((), AttentionParts(query=query, values={"addressed cell": value})))


def carry(query: Leaf = ALL, keys: Leaf = SEEN_BEFORE, values: Leaf = SEEN_BEFORE, direct: Leaf = SEEN_BEFORE,
          cell: Leaf = ()) -> StreamParts:
    """Carry cells to the address's positions, then select there: layer 2 reads nothing at cells.

    Args:
        query: what the query of layer 2 may hang on.
        keys: what keys at the address's positions may hang on.
        values: what values there may hang on.
        direct: what layer 1 may write at the readout for the answer itself.
        cell: what the addressed cell's value may hang on; nothing unless the bit is fetched as well.
    """
    return StreamParts(embedding=OWN_TOKEN, layers=(direct, AttentionParts(
        query=query, keys={"address": keys}, values={"address": values, "addressed cell": cell})))


HYPOTHESES: dict[str, Hypothesis] = {
    "fetch": fetch(), "carry": carry(), "plain": carry(query=ADDRESS),
    "either": carry(keys=ALL, values=ALL, direct=ALL, cell=OWN_TOKEN),
}
WORDS = {"fetch": "gather, then fetch", "carry": "carry, then select",
         "plain": "carry, then select by the address alone", "either": "either"}
WRONG_TURNS: dict[str, Hypothesis] = {
    "embedding": fetch(value=StreamParts(embedding=OWN_TOKEN, layers=((),))),
    "cell-layer": fetch(value=StreamParts(embedding=(), layers=(OWN_TOKEN,))),
    "placed-keys": fetch(query=StreamParts(embedding=OWN_TOKEN, layers=(
        AttentionParts(query=OWN_TOKEN, values={"address": OWN_TOKEN}),))),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """The members of a run that solve the task, and the algorithm that each leans to.

    Args:
        model: those members.
        waiting: recovery at the addressed cell after layer 1, by seed.
    """

    model: Transformer
    waiting: Float[np.ndarray, "seed"]

    def of(self, kind: str) -> np.ndarray:
        """Which members are of a kind, a key of `KINDS`."""
        return {"fetching": self.waiting > FETCHES, "gathering": self.waiting < GATHERS,
                "between": (self.waiting >= GATHERS) & (self.waiting <= FETCHES)}[kind]


@cache
def members(run: Run) -> Members:
    """Take the solving members of a run and say how much of the bit waits in its cell, as the page before does."""
    task, model = run.config.task, some(run.model, [*solving(run)])
    waiting = causal_trace(model, task, few_memories(task, MEMORIES)).by_class()[:, 1, CELL]
    return Members(model=model, waiting=waiting.double().numpy())


def seeds_of(run: Run, kind: str) -> Transformer | None:
    """The solving members of a run that are of a kind, a key of `KINDS`; None where there are none."""
    found = members(run)
    chosen = np.flatnonzero(found.of(kind)).tolist()
    return some(found.model, chosen) if chosen else None


def asked(task: PointerTask) -> Questions:
    """The questions that hypotheses are judged by, with the same donors for everyone."""
    return pointer_questions(task, few_memories(task, ASKED), torch.Generator().manual_seed(DONOR_SEED))


@cache
def scrubbed(run: Run, name: str) -> Scrubbed:
    """Scrub the solving members of a run by one of `HYPOTHESES`."""
    return scrub(members(run).model, asked(run.config.task), HYPOTHESES[name])


def every_run(store: Store | None = None) -> list[Run]:
    """The runs of the section, further seeds included."""
    return [run for chosen in MODELS for run in runs(chosen, store)]


def by_kind(kind: str, name: str, measure: str = "kept", store: Store | None = None) -> Float[np.ndarray, "seed"]:
    """What is left of all seeds of a kind.

    Args:
        kind: a key of `KINDS`.
        name: a key of `HYPOTHESES`.
        measure: "kept", the share of the loss kept, or "right", the share of right answers.
        store: where runs are kept; None is the process's own store.
    """
    return np.concatenate([getattr(scrubbed(run, name), measure).numpy()[members(run).of(kind)]
                           for run in every_run(store)])


_EACH = {(kind, name): (kind, name, KINDS[kind], WORDS[name]) for kind in KINDS for name in HYPOTHESES}


@result.each(_EACH, "scrubbing.{kind}.{hypothesis}", format=".0%",
             title="Share of the loss that \"{member[3]}\" keeps, seeds {member[2]}")
def kept(store: Store, member: tuple[str, ...]) -> Estimate:
    return mean_t(by_kind(member[0], member[1], store=store))


@result.each(_EACH, "scrubbing.{kind}.{hypothesis}-right", format=".0%",
             title="Right answers left by \"{member[3]}\", seeds {member[2]}")
def right(store: Store, member: tuple[str, ...]) -> Estimate:
    return mean_t(by_kind(member[0], member[1], "right", store), bounds=(0, 1))


AHEAD = {("fetching", "fetch-ahead"): ("fetching", "fetch", "carry"),
         ("gathering", "carry-ahead"): ("gathering", "carry", "fetch"),
         ("gathering", "carry-over-plain"): ("gathering", "carry", "plain")}


@result.each(AHEAD, "scrubbing.{kind}.{pair}", format="+.0%",
             title="Right answers left, hypothesis {member[1]} minus {member[2]}, {kind} seeds")
def ahead(store: Store, member: tuple[str, str, str]) -> Estimate:
    kind, first, second = member
    return mean_t(by_kind(kind, first, "right", store) - by_kind(kind, second, "right", store))


@result.each(WRONG_TURNS, "scrubbing.turn.{turn}", format=".0%",
             title="Share of the loss kept by fetch with a wrong part, \"{turn}\", seeds that fetch")
def turn(store: Store, hypothesis: Hypothesis) -> Estimate:
    models = [(seeds_of(run, "fetching"), asked(run.config.task)) for run in every_run(store)]
    return mean_t(np.concatenate([scrub(model, questions, hypothesis).kept.numpy()
                                  for model, questions in models if model is not None]))


@result.each(("fetch", "carry"), "scrubbing.hand-written.{hypothesis}", format=".0%",
             title="Share of the loss that the hypothesis {hypothesis} keeps, hand-written pointer of 8 cells")
def control(store: Store, name: str) -> Estimate:
    model, task = pointer(8)
    found = scrub(model, asked(task), HYPOTHESES[name])
    return exact(found.kept.item(), f"one model written by hand, all addresses of {ASKED} memories")
