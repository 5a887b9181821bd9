"""Section "Induction heads", its middle: the previous-token head of each seed, and what is lost without it."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from torch import Tensor

from deref.figures.maps import columns, weight_map
from deref.figures.style import PALETTE, subplots
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.path_patching import path_patch
from deref.probes.measures.induction import questions
from deref.sections.ch07.induction.induction import ATTENDS, SINGLE, TWO, drawn, learned, scores, sequences
from evidence.results import exact, mean_t, result, share, spearman
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

PAIRS, OFFSET = 128, 4
ELSEWHERE = 0.1  # of the right answers: less than this may be lost where nobody looks for labels any more


@cache
def previous_heads(run: Run) -> tuple[Int[np.ndarray, "seed"], Float[np.ndarray, "seed"]]:
    """The head of layer 1 with most weight on the node before, and that weight, for every solving seed."""
    found = scores(run).previous[0][learned(run)].max(-1)
    return found.indices.numpy(), found.values.numpy()


@cache
def costs(run: Run, where: str) -> Float[np.ndarray, "seed head"]:
    """The share of right answers beyond a guess that is lost without each head of layer 1; solving seeds.

    Args:
        run: of two layers.
        where: at which nodes it is missed: "first", "repeat" or "everywhere".
    """
    task, (tokens, targets) = run.config.task, sequences(run.config.task)
    nodes = {"first": range(task.first), "repeat": range(task.first, task.length), "everywhere": None}[where]
    found = ablate(run.model, tokens, task.layout("all"), targets, [[head] for head in _of(run, 0)], nodes=nodes)
    before = found.accuracy_before()[:, None]
    return ((before - found.accuracy().T) / (before - 1 / len(task.offsets)))[learned(run)].numpy()


@cache
def follows(run: Run, into: str) -> Float[np.ndarray, "seed head"]:
    """How much of the answer follows each head of layer 1 into layer 2 when two labels change places; solving seeds.

    Args:
        run: of two layers.
        into: "q", "k" or "v", inputs of all heads of layer 2.
    """
    pairs = questions(run.config.task, PAIRS, "label", drawn("label")).pairs
    return path_patch(run.model, pairs, into=into, receivers=_of(run, 1), senders=_of(run, 0),
                      batch=64).mean()[learned(run)].numpy()


def _of(run: Run, layer: int) -> list[Head]:
    return [head for head in every_head(2, run.config.model.heads) if head.layer == layer]


def of_previous_heads(
    run: Run, values: Float[np.ndarray, "seed head"]
) -> Float[np.ndarray, "seed"]:
    """Take the value of the previous-token head, of every solving seed that has one.

    Args:
        run: of two layers.
        values: of each head of layer 1 of every solving seed.
    """
    heads, weight = previous_heads(run)
    return values[np.arange(len(heads)), heads][weight > ATTENDS].astype(float)


@result("previous.seeds", title="Solving seeds with a previous-token head, two layers of two heads", format=".0%")
def with_previous_heads(store: Store) -> Estimate:
    found = previous_heads(TWO.run(store))[1] > ATTENDS
    return share(found)


@result("previous.seeds-single", title="Solving seeds with a previous-token head, two layers of one head", format=".0%")
def with_previous_heads_of_one(store: Store) -> Estimate:
    found = previous_heads(SINGLE.run(store))[1] > ATTENDS
    return share(found)


@result("previous.score", title="Weight of previous-token heads on the node before", format=".2f")
def weight_on_the_node_before(store: Store) -> Estimate:
    run = TWO.run(store)
    weight = scores(run).previous[0][learned(run)].numpy()
    return mean_t(of_previous_heads(run, weight))


@result.each({"keys": "k", "queries": "q", "values": "v"}, "previous.{inputs}", format=".2f",
             title="Answer that follows previous-token heads into the {inputs} of layer 2 when labels change places")
def answer_that_follows(store: Store, into: str) -> Estimate:
    run = TWO.run(store)
    return mean_t(of_previous_heads(run, follows(run, into)))


class Where(NamedTuple):
    """Nodes at which a head is switched off."""

    key: str  # as in `costs`
    what: str


WHERE = {where.key: where for where in (
    Where("first", "at the first tokens"), Where("repeat", "at the repeat"), Where("everywhere", "everywhere"))}


@result.each(WHERE, "previous.off-{where}", format=".2f",
             title="Share of right answers lost without previous-token heads {member.what}")
def lost_without_previous_heads(store: Store, where: Where) -> Estimate:
    run = TWO.run(store)
    return mean_t(of_previous_heads(run, costs(run, where.key)))


@result("previous.off-other", title="Share of right answers lost without the other head of layer 1", format=".2f")
def lost_without_the_other(store: Store) -> Estimate:
    run = TWO.run(store)
    of_the_other = costs(run, "everywhere")[:, ::-1]  # of two heads
    return mean_t(of_previous_heads(run, of_the_other))


def twins(run: Run) -> Float[np.ndarray, "seed"]:
    """How much weight the other of two heads of layer 1 puts on the node before, too; solving seeds.

    Args:
        run: of two layers of two heads.
    """
    return scores(run).previous[0][learned(run)].amin(-1).numpy()


def lost_first(run: Run) -> Float[np.ndarray, "seed"]:
    """The share of right answers lost without the stronger head of layer 1 at the first tokens; solving seeds.

    Args:
        run: of two layers.
    """
    stronger = previous_heads(run)[0]
    return costs(run, "first")[np.arange(len(stronger)), stronger]


@result("previous.only.off-first", format=".2f", title="Share of right answers lost without the previous-token head "
        "at the first tokens, seeds with one such head")
def only_off(store: Store) -> Estimate:
    run = TWO.run(store)
    one = (previous_heads(run)[1] > ATTENDS) & (twins(run) <= ATTENDS)
    return mean_t(lost_first(run)[one].astype(float))


@result("previous.idle", format=".0%", title="Solving seeds with a previous-token head that lose less than a tenth of "
        "their right answers without it at the repeat")
def idle(store: Store) -> Estimate:
    """Counted seed by seed, since a mean over seeds is moved far by the one in many that goes another way."""
    run = TWO.run(store)
    heads, score = previous_heads(run)
    found = (costs(run, "repeat")[np.arange(len(heads)), heads] < ELSEWHERE)[score > ATTENDS]
    return share(found)


@result("previous.needed", format=".0%",
        title="Solving seeds that lose more than half of their right answers without the stronger previous-token head")
def needed(store: Store) -> Estimate:
    found = lost_first(TWO.run(store)) > ATTENDS
    return share(found)


@result("previous.twins", title="Solving seeds in which both heads of layer 1 are previous-token heads", format="d")
def twin_seeds(store: Store) -> Estimate:
    return exact(int((twins(TWO.run(store)) > ATTENDS).sum()), "seeds, counted")


@result("previous.twins-rank", format=".2f",
        title="Rank correlation of the other head's weight on the node before with what losing the stronger one costs")
def twins_rank(store: Store) -> Estimate:
    run = TWO.run(store)
    return spearman(twins(run), lost_first(run), "seeds")


@result("previous.single-off-first", format=".2f",
        title="Share of right answers lost without the one head of layer 1 at the first tokens")
def single_off(store: Store) -> Estimate:
    return mean_t(costs(SINGLE.run(store), "first")[:, 0].astype(float))


def maps() -> tuple[Figure, dict[str, list]]:
    """Where the two heads of the circuit look in one seed, averaged over sequences whose passage starts at one offset.

    The seed is the one whose layer 2 has most weight on the cell, and of equal ones the lowest.
    """
    run = TWO.run()
    task, found = run.config.task, scores(run)
    member = TWO.representative(found.induction[1].amax(-1).tolist())
    first = task.sample(PAIRS, "all", drawn("maps"))[0][:, : task.first]
    tokens = task.tokens(first, torch.full((PAIRS,), OFFSET))
    seen: Tensor = run.model.member(member).read(tokens, task.layout("all"), sites=["pattern"]).pattern[:, 0].mean(1)
    heads = found.previous[0, member].argmax(), found.induction[1, member].argmax()
    weights = torch.stack([seen[layer, head] for layer, head in enumerate(heads)]).numpy()
    figure, axes = subplots(1, 2, sharey=True, height=3.3)
    for layer, ax in enumerate(axes):
        image = weight_map(ax, weights[layer], cells=task.first)
        ax.axhline(task.first - 0.5, color="white", linewidth=1)
        ax.set(title=f"layer {layer + 1}", xlabel="looks at node", xticks=(0, 8, 16), yticks=(0, 8, 16))
    axes[0].set_ylabel("node")
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8)
    nodes = range(task.length)
    return figure, columns("weight", weights, layer=(1, 2), query=nodes, key=nodes)


def cover() -> tuple[Figure, dict[str, list]]:
    """What losing the stronger previous-token head costs each seed, by how much the other head is one too."""
    run = TWO.run()
    other, lost = twins(run), lost_first(run)
    figure, ax = subplots(height=2.9)
    ax.scatter(other, lost, color=PALETTE["blue"])
    ax.axhline(ATTENDS, color=PALETTE["black"], linestyle=":", linewidth=0.8)
    ax.set(xlabel="weight of the other head on the node before", ylabel="right answers lost", xlim=(0, 1),
           ylim=(0, 1.1))
    seeds = [run.seeds[i] for i in learned(run)]
    return figure, {"seed": seeds, "other": np.round(other, 6).tolist(), "lost": np.round(lost, 6).tolist()}
