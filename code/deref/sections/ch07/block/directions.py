"""Section "The rest of the block": address bits as directions, probed and erased between the layers."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.style import PALETTE, subplots
from deref.model.members import some
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
MODELS: dict[str, Experiment] = {"legible-8": legible_8, "large-32": large_32}
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
    """Memories to fit on, and others to judge by.

    Args:
        task: the pointer task.
    """
    memories = probe_memories(task)
    memories = memories[torch.randperm(len(memories), generator=torch.Generator().manual_seed(0))]
    return memories[:FITTED], memories[FITTED : 2 * FITTED]


def solvers(run: Run) -> Transformer:
    """The members of a run that solve the task, as one model.

    Args:
        run: on the pointer task.
    """
    return some(run.model, [*solving(run)])


@cache
def features(run: Run) -> Features:
    """Probe and erase every address bit in every solving seed.

    Args:
        run: on the pointer task.
    """
    task, model = run.config.task, solvers(run)
    fit, judge = split(task)
    held = between_layers(model, task, fit)
    bits = task.address_bits(torch.arange(task.M))
    halves = [torch.randperm(task.M, generator=torch.Generator().manual_seed(i)) % 2 for i in range(RANDOM)]
    right = [_right(model, task, judge, held, bit) for bit in bits.T]
    paired = [judge == judge[:, torch.arange(task.M) ^ (1 << place)] for place in reversed(range(task.A))]
    return Features(
        seeds=model.seeds,
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


@result.each(MODELS, "block.{model}.probe",
             title="Held-out addresses whose gathered bits a linear probe tells, {model}")
def gathered_read(store: Store, model: Experiment) -> Estimate:
    return mean_t(features(model.run(store)).probed[:, :-1].mean(1), bounds=(0, 1))


@result.each(MODELS, "block.{model}.probe-own", title="Held-out addresses whose last bit a linear probe tells, {model}")
def last_bit_read(store: Store, model: Experiment) -> Estimate:
    return mean_t(features(model.run(store)).probed[:, -1], bounds=(0, 1))


@result.each(MODELS, "block.{model}.probe-random",
             title="Held-out addresses whose random half a linear probe tells, {model}")
def random_half_read(store: Store, model: Experiment) -> Estimate:
    return mean_t(features(model.run(store)).shuffled, bounds=(0, 1))


@result.each(MODELS, "block.{model}.decided", title="Right answers without a gathered bit where it decides, {model}")
def right_where_it_decides(store: Store, model: Experiment) -> Estimate:
    return mean_t(features(model.run(store)).decided[:, :-1].mean(1), bounds=(0, 1))


@result.each(MODELS, "block.{model}.spared", title="Right answers without a gathered bit where it does not, {model}")
def right_where_it_does_not(store: Store, model: Experiment) -> Estimate:
    return mean_t(features(model.run(store)).spared[:, :-1].mean(1), bounds=(0, 1))


@result.each(MODELS, "block.{model}.erased-random",
             title="Right answers without a random half of the addresses, {model}")
def right_without_a_random_half(store: Store, model: Experiment) -> Estimate:
    return mean_t(features(model.run(store)).random, bounds=(0, 1))


@result.each(MODELS, "block.{model}.seeds", title="Seeds of {model} that solve the task and were probed", format="d")
def probed_seeds(store: Store, model: Experiment) -> Estimate:
    return exact(len(features(model.run(store)).seeds), f"counted among {len(model.seeds)}")


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
