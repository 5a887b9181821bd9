"""Section "A listing, read and run": a published listing of multi-head attention, audited by running it."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor, nn

from deref.experiment import Experiment, experiment
from deref.figures.curves import columns, learning_curves
from deref.figures.style import subplots
from deref.model.config import ModelConfig
from deref.model.listing import Described, Repaired
from deref.sections.shared.solving import accuracies, share_solving, solved_at
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.variants import VariantConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

WIDTH, HEADS, NODES = 32, 4, 12
PROJECTIONS = ("to_query", "to_key", "to_value")
TASK = PointerTask(M=8)


@cache
def inputs(count: int) -> tuple[Float[Tensor, "batch node width"], ...]:
    """Some independent random streams in double precision."""
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, NODES, WIDTH, dtype=torch.float64, generator=generator) for _ in range(count))


def built(kind: type[nn.Module]) -> nn.Module:
    """A module of the audited size in double precision, from fixed random numbers."""
    module, generator = kind(WIDTH, HEADS).double(), torch.Generator().manual_seed(1)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=WIDTH**-0.5, generator=generator)
    return module


def without_gradient(module: nn.Module) -> list[str]:
    """The projections that a loss on the module's output gives no gradient."""
    mask = torch.ones(NODES, NODES, dtype=torch.bool)
    module(*inputs(3), mask).square().sum().backward()
    return [name for name in PROJECTIONS if getattr(module, name).weight.grad is None]


@torch.no_grad()
def head_spread(module: nn.Module) -> float:
    """How differently the heads of a module map one and the same input.

    Every slice of the stream is given the same content, so heads differ only where their maps do.

    Returns:
        The largest difference between the queries of two heads.
    """
    size = WIDTH // HEADS
    same = inputs(1)[0][..., :size].repeat(1, 1, HEADS)
    weight = module.to_query.weight
    slices = same.unflatten(2, (HEADS, size))
    mapped = slices @ weight.T if len(weight) == size else (same @ weight.T).unflatten(2, (HEADS, size))
    return (mapped - mapped[:, :, :1]).abs().max().item()


@result("audit.no-gradient", title="Projections of the listing whose gradient is None, of three", format="d")
def no_gradient(store: Store) -> Estimate:
    return exact(len(without_gradient(built(Described))), "counted after one backward pass")


@result("audit.head-spread", format=".0e",
        title="Largest difference between two heads' queries of the same content, projections applied as declared")
def spread(store: Store) -> Estimate:
    return exact(head_spread(built(Described)), "largest over heads and nodes of random streams, double precision")


@result("audit.score-scale", title="Scores of the listing, as a share of scores divided by the root of the head size",
        format=".2f")
@torch.no_grad()
def score_scale(store: Store) -> Estimate:
    """Scores of one query are known up to a constant from the logarithm of its weights, so compare their spread."""
    module, (query, key) = built(Described), inputs(2)
    q, k = module.split(query), module.split(key)
    expected = (q @ k.mT / (WIDTH // HEADS) ** 0.5).std(-1)
    return exact((module.weights(query, key).log().std(-1) / expected).mean(), f"{HEADS} heads, random streams")


@result("audit.forbidden-weight", title="Weight on forbidden positions where a mask forbids all of them, listing",
        format=".0%")
@torch.no_grad()
def forbidden_weight(store: Store) -> Estimate:
    nothing = torch.zeros(NODES, NODES, dtype=torch.bool)
    return exact(built(Described).weights(*inputs(2), nothing).sum(-1).mean(), "mean over queries")


@result("audit.repaired-gap", title="Largest difference between the repaired module and PyTorch's", format=".0e")
@torch.no_grad()
def repaired_gap(store: Store) -> Estimate:
    """The same weights in PyTorch's own module, causal mask."""
    ours, theirs = built(Repaired), nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).double()
    theirs.in_proj_weight.copy_(torch.cat([getattr(ours, name).weight for name in PROJECTIONS]))
    theirs.in_proj_bias.zero_()
    theirs.out_proj.load_state_dict(ours.merge.state_dict())
    mask = torch.ones(NODES, NODES, dtype=torch.bool).tril()
    expected, _ = theirs(*inputs(3), attn_mask=~mask)
    return exact((ours(*inputs(3), mask) - expected).abs().max(), "largest over outputs, double precision")


_RECIPE = TrainConfig(
    task=TASK,
    model=ModelConfig(length=TASK.length, layers=2, heads=HEADS, width=WIDTH, final_norm=False, position_std=1.0),
    steps=600, batch=8, lr=5e-3, warmup=50, schedule="cosine", eval_every=25,
)


def _arm(variant: str, about: str) -> Experiment:
    own = _RECIPE if variant == "repaired" else VariantConfig(variant=variant, train=_RECIPE)
    return experiment(f"audit-{variant}", config=own, seeds=range(8), about=about)


ARMS = {
    "listing": _arm("listing", "Eight cells, two layers, four heads: slices without projections, as a listing has it."),
    "shared": _arm("shared", "As audit-listing, with projections of slices, shared by all heads."),
    "by-width": _arm("by-width", "As audit-listing, every head with maps of its own from the whole stream."),
    "repaired": _arm("repaired", "As audit-by-width, scores divided by the root of the head size."),
}


@result.each(ARMS, "audit.{arm}.accuracy", title="Accuracy on eight cells, {member.name}", format=".1%")
def accuracy(store: Store, arm: Experiment) -> Estimate:
    """The mean over the seeds of one arm."""
    return mean_t(accuracies(arm.run(store)), bounds=(0, 1))


@result.each(ARMS, "audit.{arm}.solved", title="Share of seeds that solve eight cells, {member.name}", format=".0%")
def solved(store: Store, arm: Experiment) -> Estimate:
    """Out of the seeds of one arm."""
    return share_solving(arm.run(store))


@result.each({1: ("listing", "shared"), 2: ("shared", "by-width")}, "audit.repair-{number}.gain", format=".1%",
             title="Accuracy that repair {number} gains, seed by seed: {member[1]} minus {member[0]}")
def gain(store: Store, arms: tuple[str, str]) -> Estimate:
    """The arm after the repair, less the arm before it."""
    before, after = (accuracies(ARMS[name].run(store)) for name in arms)
    return mean_t(after - before)


@result("audit.repair-3.steps-saved", format=".0f",
        title="Steps to 99% of held-out answers that repair 3 saves, seed by seed: by-width minus repaired")
def steps_saved(store: Store) -> Estimate:
    before, after = (solved_at(ARMS[name].run(store)) for name in ("by-width", "repaired"))
    return mean_t(np.minimum(before, _RECIPE.steps) - np.minimum(after, _RECIPE.steps))


def repairs() -> tuple[Figure, dict[str, list]]:
    """Learning curves as the faults of the listing are repaired one after the other."""
    histories = {name: arm.run().history for name, arm in ARMS.items()}
    figure, axes = subplots(2, 2, sharex=True, sharey=True, height=4.4)
    colours = ("vermilion", "orange", "sky", "blue")
    for ax, (name, history), colour in zip(axes.flat, histories.items(), colours, strict=True):
        learning_curves(ax, history, colour).set(title=name, xlabel="", xticks=[0, 200, 400, 600])
    for ax in axes[-1]:
        ax.set_xlabel("training step")
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy")
    return figure, columns(histories)
