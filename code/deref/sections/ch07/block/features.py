"""Section "The rest of the block": address bits as directions, erased, and what attention's OV maps pass on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.style import PALETTE, subplots
from deref.model.taps import Site, read
from deref.model.transformer import Transformer
from deref.probes.base.memories import probe_memories
from deref.probes.interventions.erasure import erase
from deref.probes.measures.linear import linear_probe
from deref.sections.shared.models import large_32, legible_8
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

SITE = Site("resid_post", 0)  # between the layers: address bits have to be gathered by then, or never
FITTED, PROBED, FOLDS, RANDOM = 64, 16, 8, 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Address bits at the readouts between the layers, in the seeds that solve the task.

    Args:
        seeds: those seeds.
        probed: accuracy of a linear probe on addresses that were held out, (seed, bit), most significant bit first.
        shuffled: the same for labels that halve the addresses at random, (seed,).
        decided: accuracy after erasing a bit, where the two cells that it tells apart differ, (seed, bit).
        spared: the same where they hold the same, (seed, bit).
        random: accuracy after erasing a random halving of the addresses, (seed,).
    """

    seeds: tuple[int, ...]
    probed: Float[np.ndarray, "seed bit"]
    shuffled: Float[np.ndarray, "seed"]
    decided: Float[np.ndarray, "seed bit"]
    spared: Float[np.ndarray, "seed bit"]
    random: Float[np.ndarray, "seed"]


def split(task: PointerTask) -> tuple[Tensor, Tensor]:
    """Memories to fit on, and others to judge by."""
    memories = probe_memories(task)
    memories = memories[torch.randperm(len(memories), generator=torch.Generator().manual_seed(0))]
    return memories[:FITTED], memories[FITTED : 2 * FITTED]


@cache
def features(run: Run) -> Features:
    """Probe and erase every address bit in every solving seed."""
    task, members = run.config.task, solving(run)
    model = _members(run.model, members)
    fit, judge = split(task)
    held = between_layers(model, task, fit)
    bits = task.address_bits(torch.arange(task.M))
    halves = [torch.randperm(task.M, generator=torch.Generator().manual_seed(i)) % 2 for i in range(RANDOM)]
    right = [_right(model, task, judge, held, bit) for bit in bits.T]
    paired = [judge == judge[:, torch.arange(task.M) ^ (1 << place)] for place in reversed(range(task.A))]
    return Features(
        seeds=tuple(run.seeds[i] for i in members),
        probed=np.array([[_probe(one, bit) for bit in bits.T] for one in held]),
        shuffled=np.array([np.mean([_probe(one, half) for half in halves]) for one in held]),
        decided=np.stack([one[:, ~same].mean(1) for one, same in zip(right, paired, strict=True)], 1),
        spared=np.stack([one[:, same].mean(1) for one, same in zip(right, paired, strict=True)], 1),
        random=np.mean([_right(model, task, judge, held, half).mean((1, 2)) for half in halves], axis=0),
    )


@torch.no_grad()
def between_layers(
    model: Transformer, task: PointerTask, memories: Tensor
) -> Float[Tensor, "seed memory address width"]:
    """What the readout of every address holds behind the first layer."""
    found: dict[Site, Tensor] = {}
    layout = task.layout("trie")
    model(task.trie_tokens(memories), layout, tap=read([SITE], into=found))
    return found[SITE][:, :, layout.readouts]


def _members(model: Transformer, members: Sequence[int]) -> Transformer:
    state = {name: value[list(members)] for name, value in model.state_dict().items()}
    return Transformer.from_state(model.config, [model.seeds[i] for i in members], state)


def _probe(held: Tensor, label: Tensor) -> float:
    """Held-out accuracy on addresses that the probe has not seen; a few memories show each address in other company."""
    some = held[:PROBED]
    groups = torch.arange(some.shape[1]).repeat(PROBED)
    return linear_probe(some.flatten(0, 1).numpy(), label.repeat(PROBED).numpy(), groups.numpy(),
                        folds=FOLDS).score.mean()


@torch.no_grad()
def _right(
    model: Transformer, task: PointerTask, judge: Tensor, held: Tensor, label: Tensor
) -> Float[np.ndarray, "seed memory address"]:
    """Which answers are right once a label of the address has been erased at the readouts."""
    layout = task.layout("trie")
    eraser = erase(held.flatten(1, 2), label.repeat(held.shape[1]))
    logits = model(task.trie_tokens(judge), layout, tap=eraser.tap(SITE, nodes=layout.readouts.tolist()))
    return (logits.argmax(-1) == judge).double().numpy()


@dataclass(frozen=True, kw_only=True, eq=False)
class Passed:
    """What the heads of one layer pass on of what cells hold.

    Args:
        gain: on the direction in which a cell's bit moves it, relative to the gain on the directions in which its
            position does, geometric mean over heads, (seed,).
        dimensions: participation ratio of the squared singular values of a head's OV map, mean over heads, (seed,).
    """

    gain: Float[np.ndarray, "seed"]
    dimensions: Float[np.ndarray, "seed"]


@torch.no_grad()
def passed(model: Transformer, task: PointerTask, layer: int) -> Passed:
    """Compare how much of a cell's bit and of its position the OV maps of a layer let through.

    Args:
        model: the model, of S seeds.
        task: the pointer task that it answers.
        layer: the block, from 0.
    """
    memories, found, site = split(task)[0], {}, Site("resid_pre", layer)
    model(task.trie_tokens(memories), task.layout("trie"), tap=read([site], into=found))
    block = model.layers[layer]
    cells = block.attn_norm(found[site])[:, :, : task.M].double()
    one = memories[None, :, :, None].double()
    ones, zeros = ((cells * here).sum(1) / here.sum(1) for here in (one, 1 - one))  # (S, cell, D)
    bit = (ones - zeros).mean(1)
    place = (ones + zeros) / 2
    place = place - place.mean(1, keepdim=True)
    heads = block.v.weight.unflatten(2, (block.heads, -1)), block.o.weight.unflatten(1, (block.heads, -1))
    ov = torch.einsum("sdhk,shke->shde", *heads).double()
    of_bit = torch.einsum("sd,shde->she", bit, ov).norm(dim=-1) / bit.norm(dim=-1)[:, None]
    of_place = torch.einsum("scd,shde->shce", place, ov).square().sum((2, 3)).sqrt()
    of_place = of_place / place.square().sum((1, 2)).sqrt()[:, None]
    power = torch.linalg.svdvals(ov).square()
    return Passed(gain=(of_bit / of_place).log().mean(1).exp().numpy(),
                  dimensions=(power.sum(-1).square() / power.square().sum(-1)).mean(1).numpy())


@cache
def moved(run: Run, layer: int, trained: bool = True) -> Passed:
    """What a layer's heads pass on, in the seeds that solve the task, or in the same seeds before training."""
    model = _members(run.model, solving(run))
    return passed(model if trained else Transformer(model.config, model.seeds), run.config.task, layer)


def _declare(chosen: Experiment) -> None:
    name, own = chosen.name, chosen.config.task.A - 1

    def put(key: str, title: str, values) -> None:
        @result(f"block.{name}.{key}", title=f"{title}, {name}", format=".1%")
        def share(store: Store) -> Estimate:
            return mean_t(values(features(chosen.run(store))), bounds=(0, 1))

    put("probe", "Held-out addresses whose gathered bits a linear probe tells", lambda f: f.probed[:, :own].mean(1))
    put("probe-own", "Held-out addresses whose last bit a linear probe tells", lambda f: f.probed[:, own])
    put("probe-random", "Held-out addresses whose random half a linear probe tells", lambda f: f.shuffled)
    put("decided", "Right answers without a gathered bit where it decides", lambda f: f.decided[:, :own].mean(1))
    put("spared", "Right answers without a gathered bit where it does not", lambda f: f.spared[:, :own].mean(1))
    put("erased-random", "Right answers without a random half of the addresses", lambda f: f.random)

    @result(f"block.{name}.seeds", title=f"Seeds of {name} that solve the task and were probed", format="d")
    def seeds(store: Store) -> Estimate:
        return exact(len(features(chosen.run(store)).seeds), f"counted among {len(chosen.seeds)}")

    for layer in range(chosen.config.model.layers):
        @result(f"block.{name}.gain.{layer + 1}", format=".2f",
                title=f"Gain on a cell's bit relative to that on its position, layer {layer + 1}, {name}")
        def gain(store: Store, layer=layer) -> Estimate:
            return mean_t(moved(chosen.run(store), layer).gain)

        for key, trained in (("dimensions", True), ("dimensions-before", False)):
            @result(f"block.{name}.{key}.{layer + 1}", format=".1f",
                    title=f"Dimensions that an OV map passes on {'after' if trained else 'before'} training, "
                          f"layer {layer + 1}, {name}")
            def dimensions(store: Store, layer=layer, trained=trained) -> Estimate:
                return mean_t(moved(chosen.run(store), layer, trained).dimensions)


for _experiment in (legible_8, large_32):
    _declare(_experiment)


def erasures() -> tuple[Figure, dict[str, list]]:
    """Each bit in each seed: how well it can be read, and how the answers fare that need it once it is erased."""
    figure, ax = subplots(height=3.2)
    rows = []
    for chosen, colour, mark in ((legible_8, "blue", "o"), (large_32, "vermilion", "s")):
        found = features(chosen.run())
        gathered = found.probed.shape[1] - 1
        ax.scatter(found.probed[:, :gathered], found.decided[:, :gathered], color=PALETTE[colour], marker=mark,
                   alpha=0.8, label=chosen.name)
        rows += [(chosen.name, seed, bit, *np.round((found.probed[i, bit], found.decided[i, bit],
                                                     found.spared[i, bit]), 6).tolist())
                 for i, seed in enumerate(found.seeds) for bit in range(found.probed.shape[1])]
    ax.axhline(0.5, color=PALETTE["black"], linestyle=":", linewidth=1)
    ax.set(xlabel="probe on held-out addresses", ylabel="right without the bit", xlim=(0.2, 1.03), ylim=(0.3, 1.03))
    ax.legend(loc="lower left")
    return figure, dict(zip(("model", "seed", "bit", "probe", "decided", "spared"),
                            map(list, zip(*rows, strict=True)), strict=True))
