"""Section "Two hypotheses, put on trial", its end: which address bits reach the readout, and after which layer."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.style import PALETTE, subplots
from deref.model.members import some
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.address_pairs import address_pairs
from deref.probes.base.memories import probe_memories
from deref.probes.interventions.activation_patches import patch_stream
from deref.probes.interventions.erasure import erase
from deref.probes.measures.concentration import participation
from deref.sections.ch06.depth import depth
from deref.sections.shared.layers import Layer, layers_of
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from evidence.results import mean_t, result, survival
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

MODELS: dict[str, Experiment] = {"two": depth.ARMS["long"], "three": depth.ARMS["three"], "four": depth.ARMS["four"]}
DEEP = ("three", "four")
BEFORE_LAST = layers_of(MODELS, last=False)
READABLE = 0.9  # of the answers of a probe are right, on addresses that it was not fitted on
FOLDS = 6
PROBED, ERASED, PATCHED = 12, 64, 4  # memories: of a probe, of an erasure, of each address and bit that is patched
PAIR_SEED = 2_000_006


@dataclass(frozen=True, kw_only=True, eq=False)
class Assembled:
    """What the readout holds of the address after each layer, in the solving members of a run.

    Args:
        seeds: those members' seeds.
        held: recovery at the readout, row 0 at the embedding, of each flipped address bit.
        read: the share of held-out addresses whose bit a probe at the readout finds, row 0 after layer 1.
        needed: the accuracy lost when the bit is erased at the readout, rows as in `read`, without the last layer.
    """

    seeds: tuple[int, ...]
    held: Float[Tensor, "seed row bit"]
    read: Float[np.ndarray, "seed layer bit"]
    needed: Float[Tensor, "seed layer bit"]

    @property
    def stages(self) -> Float[Tensor, "seed"]:
        """Over how many layers the address bits but the last arrive: the last is the readout's own token."""
        return participation(self.held[:, :, :-1].mean(2).diff(dim=1))

    @property
    def readable(self) -> np.ndarray:
        """How many address bits a probe reads after each layer, (seed, layer)."""
        return (self.read >= READABLE).sum(2)


@cache
def assembled(run: Run) -> Assembled:
    """Patch, read and erase address bits at the readout after each layer.

    Args:
        run: on the pointer task; members that do not solve it are left out.
    """
    task, model = run.config.task, some(run.model, [*solving(run)])
    return Assembled(seeds=model.seeds, held=_held(model, task), read=_read(model, task), needed=_needed(model, task))


def _held(model: Transformer, task: PointerTask) -> Tensor:
    """Recovery at the readout of each flipped address bit, (seed, row, bit)."""
    found = address_pairs(task, PATCHED, torch.Generator().manual_seed(PAIR_SEED))
    recovery = patch_stream(model, found.pairs, nodes=[task.T - 1], batch=512).recovery[..., 0]
    return torch.stack([recovery[:, found.flips(bit)].nanmean(1) for bit in range(task.A)], dim=-1)


def _streams(model: Transformer, task: PointerTask, memories: Tensor) -> Tensor:
    """The stream at the readout after each layer, (layer, seed, memory, address, width)."""
    layout = task.layout("trie")
    return model.read(task.trie_tokens(memories), layout, ["resid_post"]).resid_post[..., layout.readouts, :]


def _read(model: Transformer, task: PointerTask) -> np.ndarray:
    """How well a probe reads each address bit, on addresses held out of its fit, (seed, layer, bit)."""
    memories = probe_memories(task)[:PROBED]
    streams = _streams(model, task, memories).flatten(2, 3).double().numpy()
    address = np.tile(np.arange(task.M), len(memories))
    bits = task.address_bits(torch.arange(task.M)).numpy()[address]
    # Least squares and a threshold: a logistic probe costs many times as much, and a build fits hundreds. A fit to all
    # bits gives each of them the map of a fit to it alone, that of `deref.probes.measures.linear.linear_probe`.
    fit, folds = make_pipeline(StandardScaler(), Ridge()), GroupKFold(FOLDS)
    found = [[cross_val_predict(fit, x, bits, groups=address, cv=folds) > 0.5 for x in layer] for layer in streams]
    return (np.array(found) == bits).mean(2).swapaxes(0, 1)


@torch.no_grad()
def _needed(model: Transformer, task: PointerTask) -> Tensor:
    """The accuracy lost without each address bit at the readout, (seed, layer, bit); fitted on other memories."""
    fitted, asked = probe_memories(task, 2 * ERASED).chunk(2)
    streams, layout = _streams(model, task, fitted).flatten(2, 3), task.layout("trie")
    bits = task.address_bits(torch.arange(task.M)).repeat(len(fitted), 1)
    tokens = task.trie_tokens(asked)

    def right(tap: object = None) -> Tensor:
        return (model(tokens, layout, tap=tap).argmax(-1) == asked).double().mean((1, 2))

    whole, nodes = right(), layout.readouts.tolist()
    lost = [torch.stack([whole - right(erase(streams[layer], bits[:, bit]).tap(Site("resid_post", layer), nodes))
                         for bit in range(task.A)], dim=-1) for layer in range(len(streams) - 1)]
    return torch.stack(lost, dim=1)


@result.each(MODELS, "query.{model}.stages", format=".1f",
             title="Layers over which the address arrives at the readout, seeds of {member.name} that solve the task")
def stages(store: Store, model: Experiment) -> Estimate:
    return mean_t(assembled(model.run(store)).stages.double().numpy())


@result.each(BEFORE_LAST, "query.{model}.readable-{layer}", format=".1f",
             title="Address bits that a probe reads at the readout after layer {layer}, seeds of "
                   "{member.experiment.name} that solve the task")
def readable_after_a_layer(store: Store, layer: Layer) -> Estimate:
    readable = assembled(layer.experiment.run(store)).readable
    return mean_t(readable[:, layer.index], bounds=(0, layer.experiment.config.task.A))


@result.each(BEFORE_LAST, "query.{model}.held-{layer}", format=".2f",
             title="Recovery of a flipped address bit at the readout after layer {layer}, last bit left out, seeds of "
                   "{member.experiment.name} that solve the task")
def held_after_a_layer(store: Store, layer: Layer) -> Estimate:
    held = assembled(layer.experiment.run(store)).held[:, layer.index + 1, :-1]  # row 0 is at the embedding
    return mean_t(held.mean(1).double().numpy())


@result.each(BEFORE_LAST, "query.{model}.needed-{layer}", format=".1%",
             title="Accuracy lost when an address bit is erased at the readout after layer {layer}, seeds of "
                   "{member.experiment.name} that solve the task")
def lost_without_a_bit(store: Store, layer: Layer) -> Estimate:
    return mean_t(assembled(layer.experiment.run(store)).needed[:, layer.index].mean(1).numpy())


@result("query.stages-gain", format="+.1f",
        title="Layers over which the address arrives at the readout, three and four layers minus two")
def stages_gain(store: Store) -> Estimate:
    deep = np.concatenate([assembled(MODELS[key].run(store)).stages for key in DEEP])
    return survival.difference_of_medians(deep, assembled(MODELS["two"].run(store)).stages)


@result("query.readable-gain", format="+.1f",
        title="Address bits that a probe reads before the last of three or four layers, minus after the first")
def readable_gain(store: Store) -> Estimate:
    found = [assembled(MODELS[key].run(store)).readable for key in DEEP]
    return mean_t(np.concatenate([one[:, -2] - one[:, 0] for one in found]))


def stages_of_the_query() -> tuple[Figure, dict[str, list]]:
    """What the readout holds of the address after each layer, mean over bits, a line for each solving seed."""
    figure, axes = subplots(len(MODELS), 2, sharex="row", sharey="col", height=6.0)
    data: dict[str, list] = {"run": [], "seed": [], "layer": [], "held": [], "read": []}
    for row, (key, chosen) in zip(axes, MODELS.items(), strict=True):
        found, layers = assembled(chosen.run()), range(1, chosen.config.model.layers + 1)
        lines = (found.held[:, 1:, :-1].mean(2).numpy(), found.read.mean(2))
        for ax, values, colour in zip(row, lines, ("vermilion", "blue"), strict=True):
            ax.plot(layers, values.T, color=PALETTE[colour], marker="o", markersize=4, linewidth=1, alpha=0.8)
            ax.set(xticks=layers)
        for i, seed in enumerate(found.seeds):
            data["run"] += [chosen.name] * len(layers)
            data["seed"] += [seed] * len(layers)
            data["layer"] += layers
            data["held"] += lines[0][i].round(6).tolist()
            data["read"] += lines[1][i].round(6).tolist()
        row[0].set_ylabel(f"{key} layers")
    axes[0, 0].set_title("patched: recovery")
    axes[0, 1].set_title("read: probe's accuracy")
    for ax in axes[-1]:
        ax.set_xlabel("readout after layer")
    return figure, data
