"""Section "The dereference in the weights": the form that compares address and cell, over seeds of four recipes."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float

from deref.constructions.pointer import pointer
from deref.experiment import Experiment, experiment
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.bilinear import FetchingForm, fetching_form, own_bit_share
from deref.sections.ch06.layers.layers import two
from deref.sections.shared.models import gather_waves, large_32, legible_8, runs, shown
from deref.sections.shared.solving import solving
from deref.tasks.pointer import PointerTask
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

CELLS = 8

again = experiment(
    "legible-8-again", config=legible_8.config, seeds=range(10, 40),
    about="As legible-8, other seeds: they count where its weights are read over seeds, and no page shows one of them.",
)

@dataclass(frozen=True)
class Recipe:
    """A recipe whose solving seeds are read.

    Args:
        name: what titles call it.
        chosen: its experiment; further seeds that the book has of the recipe count too.
        further: an experiment of further seeds that this section adds.
    """

    name: str
    chosen: Experiment
    further: Experiment | None = None

    def runs(self, store: Store | None = None) -> tuple[Run, ...]:
        """All runs of the recipe."""
        return (*runs(self.chosen, store), *([self.further.run(store)] if self.further else []))


RECIPES = {"sinusoidal": Recipe("eight cells, sinusoidal positions", legible_8, again),
           "learned": Recipe("eight cells, learned positions that start large", two),
           "four-heads": Recipe("eight cells, four heads, sinusoidal positions", gather_waves),
           "large-32": Recipe("large-32", large_32)}
SHARES = {"bitwise": "Share of the form that compares each address bit with the same bit of the cell",
          "additive": "Share of the form that is a sum of one term for each address bit",
          "number": "Share of the form that is the address as a number, times the cell's",
          "leading": "Share of the form in its largest singular value",
          "found": "Share of addresses whose highest score is that of the addressed cell"}
DRAWN = {"written": "the hand-written pointer", "table": "a table", "line": "a number line"}


@dataclass(frozen=True)
class Asked:
    """One share of one form.

    Args:
        of: whose form; a key of `RECIPES` or of `DRAWN`.
        share: a key of `SHARES`.
        what: a key of `SHARES` in words.
        whose: `of` in words.
    """

    of: str
    share: str
    what: str
    whose: str


OF_RECIPE = {(of, share): Asked(of, share, what, recipe.name)
             for of, recipe in RECIPES.items() for share, what in SHARES.items()}
OF_DRAWN = {(of, share): Asked(of, share, SHARES[share], whose)
            for of, whose in DRAWN.items() for share in ("bitwise", "additive", "number", "leading")}
OF_SHOWN = {share: Asked("shown", share, what, "the seed of legible-8 that pages show")
            for share, what in SHARES.items()}


@cache  # five results and two figures read one form
def form_of(run: Run) -> FetchingForm:
    """The form of every member of a run, over the memories that probes run on."""
    return fetching_form(run.model, run.config.task, probe_memories(run.config.task))


@cache
def own_share(run: Run) -> Float[np.ndarray, "seed"]:
    """The share of what cells offer that is their own bit, of every member of a run."""
    return own_bit_share(run.model, run.config.task, probe_memories(run.config.task)).numpy()


def over_seeds(recipe: Recipe, share: str, store: Store | None = None) -> Float[np.ndarray, "solving"]:
    """One share of every seed of a recipe that solves the task; `own` is that of `own_share`."""
    return np.concatenate([(own_share(run) if share == "own" else getattr(form_of(run), share).numpy())[[*solving(run)]]
                           for run in recipe.runs(store)])


def drawn(name: str, cells: int = CELLS) -> FetchingForm:
    """The form of the hand-written pointer, of a table, or of a number line.

    Args:
        name: "written"; "table", which scores the addressed cell and all others alike; or "line", which takes the
            squared distance of address and cell from the score.
        cells: the memory's size, a power of two.
    """
    task, cell = PointerTask(M=cells), torch.arange(cells, dtype=torch.double)
    if name == "written":
        model, task = pointer(cells)
        return fetching_form(model, task, probe_memories(task))
    form = torch.eye(cells).double() if name == "table" else -(cell[:, None] - cell).square()
    return FetchingForm(task=task, form=(form - form.mean(-1, keepdim=True))[None, None])


def shown_form(store: Store | None = None) -> FetchingForm:
    """The form of the seed of `legible-8` that pages show."""
    found = form_of(legible_8.run(store))
    member = shown(legible_8, store).index
    return FetchingForm(task=found.task, form=found.form[member : member + 1])


@result.each(OF_RECIPE, "form.{recipe}.{share}", format=".2f",
             title="{member.what}, {member.whose}, seeds that solve the task")
def share_of_form(store: Store, asked: Asked) -> Estimate:
    return mean_t(over_seeds(RECIPES[asked.of], asked.share, store), bounds=(0, 1))


@result.each(OF_DRAWN, "form.{form}.{share}", format=".2f",
             title=f"{{member.what}}, {{member.whose}}, {CELLS} cells")
def share_of_drawn(store: Store, asked: Asked) -> Estimate:
    return exact(getattr(drawn(asked.of), asked.share).item(), "worked out from the form")


@result.each(OF_SHOWN, "form.shown.{share}", title="{member.what}, {member.whose}", format=".2f")
def share_of_shown(store: Store, asked: Asked) -> Estimate:
    return exact(getattr(shown_form(store), asked.share).item(), "worked out from one model")


@result.each(RECIPES, "offer.{recipe}.own", format=".2f",
             title="Share of what cells offer to the last layer that is their own bit, {member.name}, seeds that solve "
                   "the task")
def own_bits(store: Store, recipe: Recipe) -> Estimate:
    return mean_t(over_seeds(recipe, "own", store), bounds=(0, 1))


@result.each(RECIPES, "form.{recipe}.seeds", format="d", title="Seeds that solve the task, {member.name}")
def seeds_read(store: Store, recipe: Recipe) -> Estimate:
    return exact(sum(len(solving(run)) for run in recipe.runs(store)), "counted")
