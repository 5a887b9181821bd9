"""Section "Induction heads", its end: the pointer model and the induction model under the same probes."""

from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from deref.figures.growth import by_seed
from deref.figures.maps import columns
from deref.figures.style import subplots
from deref.model.taps import Site
from deref.probes.base.tappable import every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_stream
from deref.probes.interventions.path_patching import path_patch
from deref.probes.interventions.path_runs import EMBEDDING
from deref.sections.ch07.induction.subjects import MODELS, Compared, Subject
from evidence.results import mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

FIRST_LAYER = Site("attn_out", 0)


@cache
def recovered_at(subject: Subject) -> dict[str, np.ndarray]:
    """Recovery where the content of a cell is patched: (seed, row) at the cell and at the readout; solving seeds.

    Args:
        subject: the model.
    """
    found = patch_stream(subject.model, subject.content).recovery[list(subject.solved)]
    at_cell = found.gather(-1, subject.cell[None, :, None, None].expand(*found.shape[:3], 1))[..., 0]
    return {"cell": at_cell.nanmean(1).numpy(), "readout": found[..., -1].nanmean(1).numpy()}


@cache
def lost(subject: Subject, where: str) -> np.ndarray:
    """The share of right answers beyond a guess that is lost without layer 1 at some nodes (seed,); solving seeds.

    Args:
        subject: the model.
        where: "everywhere", "cells" or "question".
    """
    front, size = subject.front, subject.layout.size
    nodes = {"everywhere": None, "cells": range(front), "question": range(front, size)}[where]
    found = ablate(subject.model, subject.tokens, subject.layout, subject.targets, [[FIRST_LAYER]], nodes=nodes)
    before, after = found.accuracy_before(), found.accuracy()[0]
    return ((before - after) / (before - subject.guess))[list(subject.solved)].numpy()


@cache
def followed(subject: Subject, into: str) -> np.ndarray:
    """How much of the answer follows layer 1, and the embedding, into layer 2 when the question changes (sender, seed).

    Args:
        subject: the model.
        into: "q", "k" or "v".
    """
    heads = [head for head in every_head(2, subject.model.config.heads) if head.layer == 1]
    found = path_patch(subject.model, subject.question, into=into, receivers=heads,
                       senders=[FIRST_LAYER, EMBEDDING], batch=64)
    return found.mean()[list(subject.solved)].T.numpy()


@result.each(MODELS, "kinship.{model}.weight", title="Weight on the cell, last layer, {model} model", format=".2f")
def weight_on_the_cell(store: Store, model: Compared) -> Estimate:
    subject = model.on(store)
    return mean_t(subject.weight[list(subject.solved)].double().numpy())


@result.each(MODELS, "kinship.{model}.cell-after-1", title="Recovery at the cell after layer 1, {model} model",
             format=".2f")
def recovery_at_the_cell(store: Store, model: Compared) -> Estimate:
    return mean_t(recovered_at(model.on(store))["cell"][:, 1].astype(float))  # row 0 is at the embedding


@result.each(MODELS, "kinship.{model}.readout-after-1", title="Recovery at the readout after layer 1, {model} model",
             format=".2f")
def recovery_at_the_readout(store: Store, model: Compared) -> Estimate:
    return mean_t(recovered_at(model.on(store))["readout"][:, 1].astype(float))  # row 0 is at the embedding


@result.each({(name, where): (model, where) for name, model in MODELS.items()
              for where in ("everywhere", "cells", "question")}, "kinship.{model}.off-{where}", format=".2f",
             title="Share of right answers lost without layer 1, {where}, {model} model")
def lost_without_layer_1(store: Store, off: tuple[Compared, str]) -> Estimate:
    model, where = off
    return mean_t(lost(model.on(store), where).astype(float))


@result.each(MODELS, "kinship.{model}.side", format=".2f",
             title="What is lost without layer 1 at the question, minus what is lost without it at the cells, "
                   "{model} model")
def side(store: Store, model: Compared) -> Estimate:
    subject = model.on(store)
    return mean_t((lost(subject, "question") - lost(subject, "cells")).astype(float))


class Path(NamedTuple):
    """A path into layer 2 of a model."""

    model: Compared
    into: str  # "q", "k" or "v"
    inputs: str  # the same in words


@result.each({(name, words[0]): Path(model, words[0], words) for name, model in MODELS.items()
              for words in ("queries", "keys", "values")}, "kinship.{model}.question-{into}", format=".2f",
             title="Answer that follows layer 1 into the {member.inputs} of layer 2 when the question changes, "
                   "{model} model")
def answer_behind_layer_1(store: Store, path: Path) -> Estimate:
    subject = path.model.on(store)
    layer_1, _ = followed(subject, path.into)
    return mean_t(layer_1.astype(float))


@result.each(MODELS, "kinship.{model}.question-own", format=".2f",
             title="Answer that follows the readout's own token into the queries of layer 2, {model} model")
def answer_behind_the_token(store: Store, model: Compared) -> Estimate:
    subject = model.on(store)
    _, embedding = followed(subject, "q")
    return mean_t(embedding.astype(float))


def traces() -> tuple[Figure, dict[str, list]]:
    """Recovery at the cell and at the readout by row, thin for each solving seed and thick for their mean."""
    figure, axes = subplots(1, 2, sharey=True, height=3.2)
    data: dict[str, list] = {}
    for ax, (name, model) in zip(axes, MODELS.items(), strict=True):
        subject = model.on()
        recovered = recovered_at(subject).items()
        for (place, found), colour, mark in zip(recovered, ("blue", "vermilion"), "os", strict=True):
            by_seed(ax, range(3), found, colour, mark, place)
            table = columns("recovery", found[None, None], model=[name], place=[place], seed=subject.seeds,
                            row=range(3))
            data = {key: data.get(key, []) + values for key, values in table.items()}
        ax.set(title=f"{name} model", xlabel="patched after layer", xticks=range(3))
    axes[0].set_ylabel("recovery")
    axes[1].legend(loc="center left")
    return figure, data
