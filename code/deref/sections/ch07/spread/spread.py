"""Section "How the work spreads": heads and connections that carry a lookup, and their number by size of memory."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from deref.experiment import Experiment
from deref.model.taps import Site
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_heads
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING, Sender
from deref.probes.measures.concentration import participation
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.ch07.algorithms.algorithms import twin_16
from deref.sections.ch07.reading.reading import twin
from deref.sections.shared.models import gather, large_32, legible_8, runs
from deref.sections.shared.solving import solving
from evidence.results import exact, mean_t, result, spearman
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

SIZES = {8: twin, 16: twin_16, 32: large_32}  # cells; one recipe
CELLS = {chosen.name: cells for cells, chosen in SIZES.items()}
PATCHED = (legible_8, gather, large_32)
DONORS = 2_000_005  # seed of the sequences that ablated heads are resampled from
SEQUENCES, PAIRS = 256, 128
HEADS, MLP = Site("attn_out", 0), Site("mlp_out", 0)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A direct path into the values of layer 2.

    Args:
        words: its sender, in the words of titles.
        sender: what sends.
        here: whether it sends at the addressed cell, or at all other positions.
    """

    words: str
    sender: Sender
    here: bool


CONNECTIONS = {
    "cell": Connection(words="the cell's embedding", sender=EMBEDDING, here=True),
    "heads-here": Connection(words="heads of layer 1, at the cell", sender=HEADS, here=True),
    "heads-away": Connection(words="heads of layer 1, elsewhere", sender=HEADS, here=False),
    "mlp-here": Connection(words="MLP of layer 1, at the cell", sender=MLP, here=True),
    "mlp-away": Connection(words="MLP of layer 1, elsewhere", sender=MLP, here=False),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Without:
    """What the solving members of a run answer without each head.

    Args:
        seeds: those members' seeds.
        right: whether the answer stays right, (seed, layer, head, memory, address).
        lost: the share of the mean margin that is lost, (seed, layer, head).
        covered: the share of covered addresses, by seed.
    """

    seeds: tuple[int, ...]
    right: Bool[Tensor, "seed layer head memory address"]
    lost: Float[Tensor, "seed layer head"]
    covered: Float[np.ndarray, "seed"]

    @property
    def effective(self) -> Float[np.ndarray, "seed"]:
        """The effective number of heads, over both layers."""
        return participation(self.lost.flatten(1)).numpy()

    @property
    def first(self) -> Float[np.ndarray, "seed"]:
        """The share of the heads' effects that is layer 1's."""
        effects = self.lost.clamp(min=0).sum(2)
        return (effects[:, 0] / effects.sum(1)).numpy()


@cache
def without_heads(run: Run, count: int) -> Without:
    """Take each head away from a run's solving members, its outputs resampled from sequences of other addresses.

    Flat sequences, because in a tree of addresses a donor would differ in its memory alone, and a head that carries the
    address would lose nothing.

    Args:
        run: the run.
        count: how many memories, all addresses of each.
    """
    task, model, members = run.config.task, run.model, [*solving(run)]
    memories = few_memories(task, count)
    tokens = task.tokens(memories.repeat_interleave(task.M, 0), torch.arange(task.M).repeat(count))
    donors, _ = task.sample(len(tokens), "flat", torch.Generator().manual_seed(DONORS))
    layers, heads = model.config.layers, model.config.heads
    answers = memories.reshape(-1, 1)
    found = ablate(model, tokens, task.layout("flat"), answers, [[head] for head in every_head(layers, heads)],
                   kind="resample", donors=donors, others=1 - answers)
    shape = (layers, heads, len(members), count, task.M)
    lost = 1 - found.margin[:, members].double().mean((2, 3)) / found.margin_before[members].double().mean((1, 2))
    covered = attention_coverage(model, task, probe_memories(task)).covered[members].double().mean(1).numpy()
    return Without(seeds=tuple(run.seeds[i] for i in members),
                   right=found.correct[:, members, :, 0].reshape(shape).permute(2, 0, 1, 3, 4),
                   lost=lost.reshape(shape[:3]).permute(2, 0, 1), covered=covered)


def sized(cells: int, values: Callable[[Without], np.ndarray], store: Store | None = None) -> np.ndarray:
    """Values of every solving seed of the recipe at one size, a long array over its runs."""
    return np.concatenate([values(without_heads(run, SEQUENCES // cells)) for run in runs(SIZES[cells], store)])


def against_size(values: Callable[[Without], np.ndarray], store: Store) -> Estimate:
    """The rank correlation of values of seeds with their numbers of cells."""
    found = {cells: sized(cells, values, store) for cells in SIZES}
    sizes = np.concatenate([[cells] * len(some) for cells, some in found.items()])
    return spearman(sizes, np.concatenate([*found.values()]), "seeds")


@result.each(CELLS, "spread.{model}.heads", format=".1f",
             title="Effective number of heads, seeds of {model} that solve the task")
def heads(store: Store, cells: int) -> Estimate:
    return mean_t(sized(cells, lambda found: found.effective, store))


@result.each(CELLS, "spread.{model}.covered", format=".0%",
             title="Share of addresses covered, seeds of {model} that solve the task")
def covered(store: Store, cells: int) -> Estimate:
    return mean_t(sized(cells, lambda found: found.covered, store), bounds=(0, 1))


@result.each(CELLS, "spread.{model}.first", format=".0%",
             title="Share of the heads' effects that is layer 1's, seeds of {model} that solve the task")
def first(store: Store, cells: int) -> Estimate:
    return mean_t(sized(cells, lambda found: found.first, store))


@result("spread.heads-rank", title="Rank correlation of the effective number of heads with the number of cells",
        format=".2f")
def heads_rank(store: Store) -> Estimate:
    return against_size(lambda found: found.effective, store)


@result("spread.covered-rank", title="Rank correlation of the share of covered addresses with the number of cells",
        format=".2f")
def covered_rank(store: Store) -> Estimate:
    return against_size(lambda found: found.covered, store)


def connections(chosen: Experiment) -> tuple[str, ...]:
    """The connections that the model of an experiment has: keys of `CONNECTIONS`."""
    return tuple(key for key in CONNECTIONS if chosen.config.model.mlp or not key.startswith("mlp"))


@cache  # the results of all connections read one measurement
def brought(run: Run, names: tuple[str, ...]) -> dict[str, Float[np.ndarray, "seed"]]:
    """Recovery of a flipped bit through each connection alone into the values of all last-layer heads, by its key."""
    task, model, members = run.config.task, run.model, [*solving(run)]
    pairs = pointer_pairs(task, few_memories(task, PAIRS // task.M))
    receivers = [Head(1, head) for head in range(model.config.heads)]
    total = {name: torch.zeros(len(members)) for name in names}
    for address in range(task.M):  # one at a time, because the cell's position is the address
        some = pairs[torch.arange(address, len(pairs), task.M)]
        for name in names:
            connection = CONNECTIONS[name]
            nodes = [node for node in range(task.T) if (node == address) == connection.here]
            found = path_patch(model, some, into="v", receivers=receivers, senders=[connection.sender], nodes=nodes)
            total[name] += found.mean()[members, 0] / task.M
    return {name: values.double().numpy() for name, values in total.items()}


@result.each({(chosen.name, name): (chosen, name, CONNECTIONS[name].words)
              for chosen in PATCHED for name in connections(chosen)},
             "spread.{model}.from-{sender}", format=".2f",
             title="Recovery through the values of layer 2, {member[2]}, seeds of {model} that solve")
def recovery(store: Store, connection: tuple[Experiment, str, str]) -> Estimate:
    chosen, name, _ = connection
    return mean_t(brought(chosen.run(store), connections(chosen))[name])


@cache
def head_recoveries(run: Run, direction: str) -> Float[np.ndarray, "seed head"]:
    """Recovery by head of the solving seeds of a run, its output patched at all nodes; heads of layer 1 come first."""
    task = run.config.task
    pairs = pointer_pairs(task, probe_memories(task)[: PAIRS // task.M])
    return patch_heads(run.model, pairs, direction=direction, batch=64).mean()[[*solving(run)]].flatten(1).numpy()


@result("spread.large-32.head-most", format=".2f",
        title="Recovery of the head that alone brings back most of the answer, all seeds of large-32 that pages show")
def head_most(store: Store) -> Estimate:
    found = head_recoveries(large_32.run(store), "denoise")
    return exact(found.max(), f"largest of {found.size} heads of {len(found)} seeds")
