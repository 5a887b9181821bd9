"""Section "The rest of the block": what the heads of a layer pass on of what cells hold, by their OV maps."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float

from deref.model.taps import Site, read
from deref.model.transformer import Transformer
from deref.sections.ch07.block.directions import MODELS, solvers, split
from deref.sections.shared.layers import Layer, layers_of
from deref.tasks.pointer import PointerTask
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store


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
    model = solvers(run)
    return passed(model if trained else Transformer(model.config, model.seeds), run.config.task, layer)


@result.each(layers_of(MODELS), "block.{model}.gain.{layer}", format=".2f",
             title="Gain on a cell's bit relative to that on its position, layer {layer}, {model}")
def gain_on_the_bit(store: Store, layer: Layer) -> Estimate:
    return mean_t(moved(layer.experiment.run(store), layer.index).gain)


@result.each(layers_of(MODELS), "block.{model}.dimensions.{layer}", format=".1f",
             title="Dimensions that an OV map passes on after training, layer {layer}, {model}")
def dimensions(store: Store, layer: Layer) -> Estimate:
    return mean_t(moved(layer.experiment.run(store), layer.index).dimensions)


@result.each(layers_of(MODELS), "block.{model}.dimensions-before.{layer}", format=".1f",
             title="Dimensions that an OV map passes on before training, layer {layer}, {model}")
def dimensions_before(store: Store, layer: Layer) -> Estimate:
    return mean_t(moved(layer.experiment.run(store), layer.index, trained=False).dimensions)
