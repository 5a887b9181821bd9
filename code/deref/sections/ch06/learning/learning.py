"""Section "In which order it is learned": probes at every stage of training, of models that fetch and that gather."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Int

from deref.experiment import Experiment, experiment
from deref.model.transformer import Transformer
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import few_memories
from deref.probes.measures.linear import linear_probe
from deref.probes.pointer.address_share import address_share
from deref.probes.pointer.bilinear import fetching_form
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.known_bits import known_bits
from deref.probes.pointer.trace import CLASSES, causal_trace
from deref.sections.shared.models import SMALL, gather, legible_8
from deref.sections.shared.partial_address_accuracy import majority
from deref.sections.shared.solving import SOLVED
from deref.train.snapshots import SnapshotsConfig, kept
from evidence.results import bootstrap, exact, mean_t, result, share
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

SEEDS = range(20)
READ, TRACED, PROBED = 32, 8, 12  # memories, of most probes, of traces and flips, and of a linear probe
GAP = 0.25  # logits between the answers of a pair, below which nothing is traced: early models hardly answer
CELL, READOUT = CLASSES.index("addressed cell"), CLASSES.index("readout")

fetch_kept = experiment(
    "legible-8-kept", seeds=SEEDS, about="As legible-8, with the weights of 37 steps.",
    config=SnapshotsConfig(train=legible_8.config, at=(
        *range(0, 401, 20), *range(440, 801, 40), 900, 1_000, 1_200, 1_600, 2_000, 2_500)),
)
gather_kept = experiment(
    "gather-kept", seeds=SEEDS, about="As gather, with the weights of 40 steps.",
    config=SnapshotsConfig(train=gather.config, at=(*range(0, 161, 5), 180, 200, 250, 300, 500, 750, 1_000)),
)


@dataclass(frozen=True)
class Recipe:
    """A recipe whose learning is followed.

    Args:
        name: what titles call it.
        kept: its experiment.
        early: a step of the plateau on which models guess.
    """

    name: str
    kept: Experiment
    early: int


MODELS = {"fetch": Recipe("legible-8", fetch_kept, 120), "gather": Recipe("gather", gather_kept, 40)}


def _traced(model: Transformer) -> np.ndarray:
    """Recovery at the addressed cell and at the readout after layer 1, (2, seed)."""
    found = causal_trace(model, SMALL, few_memories(SMALL, TRACED), threshold=GAP).by_class()
    return found[:, 1, [CELL, READOUT]].T.double().numpy()


MEASURES: dict[str, Callable[[Transformer], np.ndarray]] = {
    "told": lambda model: address_share(model, SMALL, few_memories(SMALL, READ))[:, :-1].sum(1).numpy(),
    "bitwise": lambda model: fetching_form(model, SMALL, few_memories(SMALL, READ)).bitwise.numpy(),
    "weight": lambda model: attention_coverage(model, SMALL, few_memories(SMALL, READ)).best.double().mean(1).numpy(),
    "trace": _traced,
    "known": lambda model: np.array([float(len(bits)) for bits in
                                     known_bits(model, SMALL, few_memories(SMALL, TRACED)).bits]),
    "answer": lambda model: accuracy(model, SMALL, few_memories(SMALL, 128)).numpy(),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Learning:
    """What probes found at every kept step.

    Args:
        seeds: of the ensemble.
        step: the kept steps.
        solving: which seeds solve the task in the end.
        curves: by measure, a number for each step and seed; recovery is nan where too little differs to be traced.
    """

    seeds: tuple[int, ...]
    step: Int[np.ndarray, "step"]
    solving: np.ndarray
    curves: dict[str, Float[np.ndarray, "step seed"]]

    def halfway(self, measure: str) -> Float[np.ndarray, "solving"]:
        """The step at which a measure was first halfway from its start to its end, in the seeds that solve the task.

        Accuracy counts from the best guess without the address to one; all bits are known at the step where flips say
        so first.
        """
        curve = self.curves[measure][:, self.solving]
        if measure == "known":
            return self.step[(curve == SMALL.A).argmax(0)].astype(float)
        return crossing(self.step, _risen(measure, curve), 0.5)

    def width(self, measure: str, mean: bool = False) -> Float[np.ndarray, "solving"]:
        """How long a rise takes, from a tenth to nine tenths of it, over the step at which it is halfway.

        Args:
            measure: a key of `curves`.
            mean: of the mean curve of all seeds that solve the task, instead of each one's.
        """
        curve = self.curves[measure][:, self.solving]
        curve = curve.mean(1, keepdims=True) if mean else curve
        start, half, end = (crossing(self.step, _risen(measure, curve), share) for share in (0.1, 0.5, 0.9))
        return (end - start) / half


def _risen(measure: str, curve: Float[np.ndarray, "step seed"]) -> Float[np.ndarray, "step seed"]:
    """How far a measure has come from its start to its end; accuracy from the best guess without the address to 1."""
    low, high = (majority(SMALL.M), 1.0) if measure == "answer" else (curve[0], curve[-1])
    return (curve - low) / (high - low)


def crossing(step: np.ndarray, curve: Float[np.ndarray, "step seed"], level: float) -> Float[np.ndarray, "seed"]:
    """Where curves first reach a level, on straight lines between the steps; infinity where they never do.

    Args:
        step: the steps, increasing.
        curve: a number for each of them and each seed.
        level: the level.
    """
    reached = curve >= level
    after = reached.argmax(0)
    before, seed = np.maximum(after - 1, 0), np.arange(curve.shape[1])
    low, high = curve[before, seed], curve[after, seed]
    way = np.where(after > 0, (level - low) / np.where(high > low, high - low, 1), 0)
    return np.where(reached.any(0), step[before] + way * (step[after] - step[before]), np.inf)


@cache  # results and figures read the same probes
def learning(run: Run) -> Learning:
    """Put every probe to the models of every kept step.

    Args:
        run: one with snapshots.
    """
    models = kept(run.model)
    found = {name: np.stack([measure(model) for model in models.values()]) for name, measure in MEASURES.items()}
    trace = found.pop("trace")
    return Learning(seeds=run.seeds, step=np.array(list(models)), solving=found["answer"][-1] > SOLVED,
                    curves={**found, "cell": trace[:, 0], "readout": trace[:, 1]})


def probed(model: Transformer) -> Float[np.ndarray, "seed"]:
    """The accuracy of linear probes for the address bits that the readout does not hold itself, after layer 1."""
    memories, layout = few_memories(SMALL, PROBED), SMALL.layout("trie")
    every = model.read(SMALL.trie_tokens(memories), layout, ["resid_post"]).resid_post
    assert every is not None  # it was asked for
    stream = every[0][..., layout.readouts, :]
    bits = SMALL.address_bits(torch.arange(SMALL.M)).numpy()[np.tile(np.arange(SMALL.M), len(memories))]
    memory = np.repeat(np.arange(len(memories)), SMALL.M)
    found = [[linear_probe(x, bits[:, bit], memory, kind="ridge").predicted > 0.5 for bit in range(SMALL.A - 1)]
             for x in stream.flatten(1, 2).numpy()]
    return (np.array(found) == bits.T[:-1]).mean((1, 2))


HALF = {"told": "the address at the readout is halfway to its final share",
        "weight": "the weight on the addressed cell is halfway to its final value",
        "known": "flips say that all address bits are used",
        "answer": "accuracy is halfway from the best guess without the address to one"}


@dataclass(frozen=True)
class Asked:
    """One measure of one recipe."""

    recipe: Recipe
    measure: str
    what: str


HALVES = {(name, measure): Asked(recipe, measure, what) for name, recipe in MODELS.items()
          for measure, what in HALF.items() if (name, measure) != ("gather", "weight")}
WIDTHS = {(name, measure): Asked(recipe, measure, what) for name, recipe in MODELS.items()
          for measure, what in {"told": "the address at the readout", "answer": "accuracy"}.items()}
STAGES = {(name, place, when): Asked(recipe, place, when) for name, recipe in MODELS.items()
          for place in ("cell", "readout") for when in ("early", "end")}


@result.each(MODELS, "learning.{model}.seeds", format="d",
             title="Seeds of {member.name} that solve the task, of those whose weights were kept")
def seeds(store: Store, recipe: Recipe) -> Estimate:
    return exact(int(learning(recipe.kept.run(store)).solving.sum()), "counted")


@result.each(HALVES, "learning.{model}.{measure}.half", format=".0f",
             title="Step at which {member.what}, seeds of {member.recipe.name} that solve the task")
def half(store: Store, asked: Asked) -> Estimate:
    return mean_t(learning(asked.recipe.kept.run(store)).halfway(asked.measure))


@result.each(MODELS, "learning.{model}.first", format=".0%",
             title="Share of seeds of {member.name} in which the address at the readout is halfway before accuracy is, "
                   "of those that solve the task")
def first(store: Store, recipe: Recipe) -> Estimate:
    found = learning(recipe.kept.run(store))
    return share(found.halfway("told") < found.halfway("answer"))


@result("learning.fetch.first-weight", format=".0%",
        title="Share of seeds of legible-8 in which the address at the readout is halfway before the weight on the "
              "addressed cell is, of those that solve the task")
def first_weight(store: Store) -> Estimate:
    found = learning(fetch_kept.run(store))
    return share(found.halfway("told") < found.halfway("weight"))


@result.each(MODELS, "learning.{model}.lead", format="+.0f",
             title="Steps by which the address at the readout is halfway before accuracy is, seeds of {member.name} "
                   "that solve the task")
def lead(store: Store, recipe: Recipe) -> Estimate:
    found = learning(recipe.kept.run(store))
    return mean_t(found.halfway("answer") - found.halfway("told"))


@result.each(WIDTHS, "learning.{model}.{measure}.width", format=".2f",
             title="Rise of {member.what}, from a tenth to nine tenths, over the step at which it is halfway: median "
                   "seed of {member.recipe.name} that solves the task")
def width(store: Store, asked: Asked) -> Estimate:
    return bootstrap(learning(asked.recipe.kept.run(store)).width(asked.measure))


@result.each(WIDTHS, "learning.{model}.{measure}.width-of-mean", format=".2f",
             title="The same of the mean curve: rise of {member.what}, seeds of {member.recipe.name} that solve the "
                   "task")
def width_of_mean(store: Store, asked: Asked) -> Estimate:
    found = learning(asked.recipe.kept.run(store)).width(asked.measure, mean=True)
    return exact(float(found[0]), "of one curve, the mean of those seeds")


@result.each(STAGES, "learning.{model}.{place}.{when}", format=".2f",
             title="Recovery at the {member.measure} after layer 1, {member.what}, seeds of {member.recipe.name} that "
                   "solve the task")
def recovery(store: Store, asked: Asked) -> Estimate:
    found = learning(asked.recipe.kept.run(store))
    place = int(np.flatnonzero(found.step == asked.recipe.early)[0]) if asked.what == "early" else -1
    values = found.curves[asked.measure][place, found.solving]
    return mean_t(values[np.isfinite(values)])


@result.each(MODELS, "learning.{model}.told.end", format=".2f",
             title="Share of the address at the readout after layer 1, at the end, seeds of {member.name} that solve "
                   "the task")
def told_end(store: Store, recipe: Recipe) -> Estimate:
    found = learning(recipe.kept.run(store))
    return mean_t(found.curves["told"][-1, found.solving], bounds=(0, 1))


@result.each(MODELS, "learning.{model}.told.start", format=".2f",
             title="Share of the address at the readout after layer 1, before the first step, seeds of {member.name} "
                   "that solve the task")
def told_start(store: Store, recipe: Recipe) -> Estimate:
    found = learning(recipe.kept.run(store))
    return mean_t(found.curves["told"][0, found.solving], bounds=(0, 1))


@result.each(MODELS, "learning.{model}.probe-start", format=".0%",
             title="Share of address bits that linear probes read at the readout of untrained models, {member.name}")
def probe_start(store: Store, recipe: Recipe) -> Estimate:
    return mean_t(probed(kept(recipe.kept.run(store).model)[0]), bounds=(0, 1))
