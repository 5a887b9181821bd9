"""Circuits that were trained: models of one task and one shape, each taught a program by interchange interventions.

Both programs solve the pointer task of four cells, with the same answers (`deref.train.programs`). An edge is TRUE for
a question if its program moves along it a variable that the answer hangs on. Training asked for no less and no more: in
the places that a program has no use for, what a donor shows must make no difference. Nothing is exactly zero in a
trained model, so `moves` measures what the other edges carry all the same.
"""

import itertools
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.base.cached_run import CachedRun
from deref.probes.interventions.edge_runs import HeadEdge, attention_edges, carrying, marks, sources_of
from deref.sections.ch07.calibration.circuits import Circuit, of_memories, one_changed
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.interchange import InterchangeConfig, draw_swaps, interchanged
from deref.train.programs import PROGRAMS
from evidence.runs.sweep_record import SweepRecord, record_path

TASK, HEADS = PointerTask(M=4), 4
READOUT = TASK.T - 1
FRESH, FRESH_SEED = 2048, 7_000_003  # interventions that measure a program, and the seed of those; no training's
KEPT, ALL_BUT = 8, 0.999
"""Of each program the first eight seeds count that answer more than this share of fresh interventions as it does."""

RECIPE = TrainConfig(
    task=TASK,
    model=ModelConfig(length=TASK.length, layers=2, heads=HEADS, width=32, position_std=0.5, token_std=0.5),
    steps=1_500, batch=64, form="flat", lr=3e-3, schedule="cosine", eval_every=250)


def fetch_edges(address: int) -> list[HeadEdge]:
    """The true edges of "gather, then fetch": from each address bit in that bit's head, then from the addressed cell.

    Args:
        address: what is asked for.
    """
    return [*(HeadEdge(READOUT, TASK.M + bit, 0, bit) for bit in range(TASK.A)), HeadEdge(READOUT, address, 1, 0)]


def carry_edges(address: int) -> list[HeadEdge]:
    """The true edges of "carry, then select": from the addressed cell to the first address bit, and on from there.

    The first bit is in the query of layer 1 and the last in that of layer 2, and a query is no edge.

    Args:
        address: what is asked for.
    """
    last = address % 2
    return [HeadEdge(TASK.M, address, 0, last), HeadEdge(READOUT, TASK.M, 1, last)]


class Follower(NamedTuple):
    """Models that were trained to follow a program, and do.

    Args:
        key: of the program, of its record and of results.
        name: as tables have it.
        edges: the true edges of a question, an address.
        sha256: the checksum of its record, as `deref sweep interchange` prints it.
    """

    key: str
    name: str
    edges: Callable[[int], list[HeadEdge]]
    sha256: str

    @property
    def config(self) -> InterchangeConfig:
        """The run that trains them."""
        return InterchangeConfig(program=self.key, train=RECIPE)


FOLLOWERS = {one.key: one for one in (
    Follower("fetch", "gather, fetch", fetch_edges,
             "f4f0384543232d6cc24e3c2bb3e168f67b0b8e09b87108b87b6f187c1df6dd4e"),
    Follower("carry", "carry, select", carry_edges,
             "313e07ca78ab4ca135d87feed1673c24cd9afac24b1d1f6fa8856433024d8179"))}


@cache  # read and hashed once a process
def models(program: str) -> Transformer:
    """The models of the seeds that count, in double precision, from the record.

    Args:
        program: its key.

    Raises:
        ValueError: there is no record, or one with another checksum.
    """
    columns = dict(SweepRecord.read(record_path(f"interchange-{program}"), FOLLOWERS[program].sha256).columns)
    seeds = list(columns.pop("seed"))
    state = {name: torch.tensor(value).double() for name, value in columns.items()}
    return Transformer.from_state(RECIPE.model, seeds, state)


def trained_circuit(program: str, member: int, generator: Generator) -> Circuit:
    """One seed, and random memories for all four addresses.

    Args:
        program: its key.
        member: which seed.
        generator: of the prompts.
    """
    questions = [(address, FOLLOWERS[program].edges(address)) for address in range(TASK.M)]
    return of_memories(models(program).member(member), TASK, questions, generator)


@torch.no_grad()
def followed(model: Transformer, program: str) -> Float[Tensor, "seed"]:
    """The share of fresh interchange interventions that each seed answers as a program does.

    Args:
        model: of the shape that is trained.
        program: its key.
    """
    generator = Generator().manual_seed(FRESH_SEED)
    base, donor = (TASK.sample(FRESH, "flat", generator)[0] for _ in range(2))
    swaps = draw_swaps(FRESH, TASK.T, HEADS, generator)
    wanted = PROGRAMS[program](TASK, base, donor, swaps)
    found = interchanged(model, TASK.layout("flat"), base, donor, swaps)[:, :, 0].argmax(-1)
    return (found == wanted).double().mean(1)


@cache
@torch.no_grad()
def moves(program: str) -> Float[Tensor, "seed question edge"]:
    """How far each edge alone can move the logits: the most that one changed token does, over all memories.

    Args:
        program: its key.

    Returns:
        Parts of the largest logit of the question, for the edges of `attention_edges`.
    """
    model, layout = models(program), TASK.layout("flat")
    memories = torch.tensor(list(itertools.product((0, 1), repeat=TASK.M)))
    clean = TASK.tokens(memories.repeat(TASK.M, 1), torch.arange(TASK.M).repeat_interleave(len(memories)))
    edges, run = attention_edges(model, clean, layout), CachedRun.of(model, clean, layout)
    far = torch.zeros(len(edges), len(model.seeds), len(clean), dtype=run.logits.dtype)
    for node, changed in enumerate(one_changed(clean, 1 - clean).unbind(1)):
        given = sources_of(model, changed, layout)
        for moved, edge in zip(far, edges, strict=True):
            if edge.key == node or (edge.layer and edge.key > node):  # no other key can know of the change
                after = run.rerun(carrying({edge.layer: marks([edge], given.v[edge.layer])}, given))
                moved.copy_(moved.maximum((after - run.logits).abs().amax((2, 3))))
    by_question = (TASK.M, len(memories))
    largest = run.logits.abs().amax((2, 3)).unflatten(1, by_question).amax(2)
    return far.unflatten(2, by_question).amax(3).permute(1, 2, 0) / largest[..., None]


def extremes(program: str) -> tuple[Float[Tensor, "seed"], Float[Tensor, "seed"]]:
    """The least that a true edge can move the logits, and the most that any other can, over the questions of a seed.

    Args:
        program: its key.
    """
    far = moves(program)
    true = trained_circuit(program, 0, Generator()).true  # the same for all seeds
    return far.where(true, torch.inf).amin((1, 2)), far.where(~true, 0).amax((1, 2))
