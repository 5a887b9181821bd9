"""Section "Weight is not flow": two written heads, and how well weight ranks the edges of trained models."""

from copy import deepcopy
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.constructions.misleading_heads import GLANCE, STARE, decoy
from deref.experiment import Experiment
from deref.figures.maps import columns, weight_map
from deref.figures.style import PALETTE, subplots
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.measures.edges import Edges, edge_effects, rank_correlation, same_first
from deref.sections.ch06.depth import depth
from deref.sections.shared.models import gather, large_32, legible_8
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store, default_store

CELLS, MEMORIES = 8, 8
STRONG = 0.05
TRAINED = {"legible-8": legible_8, "gather": gather, "depth-24": depth.ARMS["heads"], "large-32": large_32}
MEASURES = {"weight": "weight", "norm": "weight times value"}
EFFECTS = {"cut": "cutting the edge", "flip": "flipping the bit that it tells"}


@cache
def written() -> Edges:
    """The edges of the hand-written decoy, on every memory of eight cells."""
    model, task = decoy(CELLS)
    return edge_effects(model, task, probe_memories(PointerTask(M=CELLS)))


def on_cell(values: Float[Tensor, "seed memory address head cell"], head: int) -> Float[Tensor, "memory address"]:
    """What one head of the decoy has at the cell that it looks at: the addressed one, or that with all bits turned."""
    address = torch.arange(CELLS)
    cell = address if head == GLANCE else CELLS - 1 - address
    return values[0, :, address, head, cell]


def _every(what: str) -> str:
    return f"{what} over every address of every memory of {CELLS} cells"


@result("weight.stare.weight", title="Weight of the staring head on the cell that it looks at", format=".7f")
def stare_weight(store: Store) -> Estimate:
    return exact(on_cell(written().weight, STARE).min(), _every("smallest"))


@result("weight.stare.effect", title="Largest effect on the margin of any edge of the staring head", format=".0f",
        unit="logits")
def stare_effect(store: Store) -> Estimate:
    edges = written()
    return exact(max(edges.cut[..., STARE, :].abs().max(), edges.flip[..., STARE, :].abs().max()), _every("largest"))


@result("weight.glance.weight", title="Weight of the glancing head on the addressed cell", format=".3f")
def glance_weight(store: Store) -> Estimate:
    return exact(on_cell(written().weight, GLANCE).max(), _every("largest"))


@result("weight.glance.effect", title="Share of the margin lost without the glancing head's edge to the addressed cell",
        format=".1%")
def glance_effect(store: Store) -> Estimate:
    edges = written()
    return exact((on_cell(edges.cut, GLANCE) / edges.margin[0]).min(), _every("smallest"))


@result("weight.written.accuracy", title="Accuracy of the written model with the glancing and the staring head",
        format=".0%")
def right(store: Store) -> Estimate:
    return exact((written().margin > 0).double().mean(), _every("mean"))


@cache  # many results and a figure read one measurement
def measured(run: Run) -> dict[str, Float[np.ndarray, "solving"]]:
    """How well weight, and the norm of the weighted value, rank the edges of the solving seeds of a run.

    In float64, because float32 would rank the rounding errors of the many edges that do next to nothing.

    Returns:
        Rank correlations by measure and effect, over all edges and over strong ones alone ("strong-..."), "first", the
        share of questions in which weight and flip are largest at one edge, and "through", the share of a flip's whole
        effect that passes along the edges to the addressed cell. One value a seed.
    """
    task = run.config.task
    edges = edge_effects(deepcopy(run.model).double(), task, few_memories(task, MEMORIES))
    kept = {name: getattr(edges, name)[[*solving(run)]] for name in ("margin", "weight", "norm", "cut", "flip")}
    found = {}
    for prefix, among in (("", None), ("strong-", kept["weight"] > STRONG)):
        for measure in MEASURES:
            for effect in EFFECTS:
                found[f"{prefix}{measure}-{effect}"] = rank_correlation(kept[measure], kept[effect], among)
    address = torch.arange(task.M)
    own = kept["flip"][:, :, address, :, address].sum(-1).permute(1, 2, 0)  # all heads, (solving, memory, address)
    through = own.mean((1, 2)) / (2 * kept["margin"].mean((1, 2)))  # a flip that arrives whole turns the margin round
    return {**found, "first": same_first(kept["weight"], kept["flip"]), "through": through.numpy()}


def _declare(key: str, chosen: Experiment) -> None:
    def put(prefix: str, measure: str, effect: str, edges: str) -> None:
        @result(f"weight.{key}.{'strong' if prefix else 'by'}-{measure}-{effect}", format=".2f",
                title=f"Rank correlation of {MEASURES[measure]} with {EFFECTS[effect]}, over {edges} of {key}")
        def correlation(store: Store) -> Estimate:
            return mean_t(measured(chosen.run(store))[f"{prefix}{measure}-{effect}"], bounds=(-1, 1))

    for measure in MEASURES:
        for effect in EFFECTS:
            put("", measure, effect, "all edges")
            if chosen.config.model.heads > 1:  # one head's weights sum to one, so hardly a question has many strong
                put("strong-", measure, effect, "edges with more than a twentieth of the weight")

    @result(f"weight.{key}.first", format=".0%",
            title=f"Questions in which the edge with most weight tells most of a bit, {key}")
    def first(store: Store) -> Estimate:
        return mean_t(measured(chosen.run(store))["first"], bounds=(0, 1))

    @result(f"weight.{key}.through", format=".0%",
            title=f"Share of the answer that passes along the last layer's edges to the addressed cell, {key}")
    def through(store: Store) -> Estimate:
        return mean_t(measured(chosen.run(store))["through"])


for _key, _chosen in TRAINED.items():
    _declare(_key, _chosen)


def heads() -> tuple[Figure, dict[str, list]]:
    """Weight and effect of both heads of the decoy: a row for each address, a column for each cell."""
    edges = written()
    shares = {"weight": edges.weight[0], "margin lost": edges.cut[0] / edges.margin[0, :, :, None, None]}
    figure, axes = subplots(2, 2, sharex=True, sharey=True, height=5.2)
    for row, (head, name) in enumerate(((STARE, "stare"), (GLANCE, "glance"))):
        for ax, (what, values) in zip(axes[row], shares.items(), strict=True):
            image = weight_map(ax, values[:, :, head].mean(0).numpy(), cells=CELLS)
            ax.set_title(f"{name}: {what}")
            ax.set_xticks(range(0, CELLS, 2))
        axes[row, 0].set_ylabel("address")
    for ax in axes[-1]:
        ax.set_xlabel("cell")
    figure.colorbar(image, ax=axes, label="share", shrink=0.6)
    table = np.stack([[values[:, :, head].mean(0).numpy() for values in shares.values()] for head in (STARE, GLANCE)])
    return figure, columns("share", table, head=["stare", "glance"], what=list(shares), address=range(CELLS),
                           cell=range(CELLS))


def ranks() -> tuple[Figure, dict[str, list]]:
    """The rank correlation of every solving seed: weight and weighted value, all edges and strong ones."""
    figure, axes = subplots(1, 2, sharey=True, height=4.4)
    data: dict[str, list] = {"ensemble": [], "seed": [], "edges": [], "measure": [], "effect": [], "correlation": []}
    looks = {"weight": ("vermilion", "o", -0.1), "norm": ("blue", "D", 0.1)}
    for row, (key, chosen) in enumerate(TRAINED.items()):
        run = chosen.run(default_store())
        for ax, effect in zip(axes, EFFECTS, strict=True):
            for measure, (colour, marker, shift) in looks.items():
                for prefix, further in (("", -0.15), ("strong-", 0.15)):
                    if prefix and chosen.config.model.heads == 1:
                        continue
                    found = measured(run)[f"{prefix}{measure}-{effect}"]
                    name = f"{MEASURES[measure]}, {'strong' if prefix else 'all'} edges"
                    ax.plot(found, np.full(len(found), row + shift + further), marker, color=PALETTE[colour],
                            markersize=5, markerfacecolor="none" if prefix else None, alpha=0.8,
                            label=name if key == "large-32" else None)
                    for column, value in (("ensemble", key), ("edges", "strong" if prefix else "all"),
                                          ("measure", MEASURES[measure]), ("effect", EFFECTS[effect])):
                        data[column] += [value] * len(found)
                    data["seed"] += [run.seeds[i] for i in solving(run)]
                    data["correlation"] += found.round(6).tolist()
    for ax, title in zip(axes, ("with cutting the edge", "with flipping its bit"), strict=True):
        ax.axvline(0.7, color=PALETTE["black"], linewidth=0.9, linestyle=":")
        ax.set(title=title, xlabel="rank correlation", xlim=(0, 1.03), ylim=(len(TRAINED) - 0.5, -0.5))
        ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes[0].set_yticks(range(len(TRAINED)), list(TRAINED))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure, data
