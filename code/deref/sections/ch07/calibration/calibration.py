"""Section "Do the instruments find the circuit?": how well each way to score edges ranks those that are true."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import sklearn
import torch
from jaxtyping import Float
from sklearn.metrics import average_precision_score, roc_auc_score

from deref.probes.interventions.attribution import attribute_edges, attribute_sources
from deref.probes.interventions.edge_patching import patch_edges
from deref.probes.interventions.edge_runs import EdgeScores
from deref.probes.interventions.pruning import prune_edges
from deref.probes.measures.readings import read_edges
from deref.sections.ch07.calibration import circuits, programs, trained
from deref.sections.ch07.calibration.circuits import CIRCUITS, PROMPTS, Circuit
from deref.sections.ch07.calibration.programs import PROGRAMS
from deref.sections.ch07.calibration.trained import FOLLOWERS, Follower
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

DRAWS = 8
NOTHING = 1e-12  # of the mean margin: what double precision leaves of a score of zero
STEPS = 5
OF_DRAWS = "draws of model and prompts"
OF_PROMPTS = "draws of length, place and prompts"
OF_SEEDS = "seeds, each with prompts of its own"
ALL = (*CIRCUITS, *PROGRAMS, *FOLLOWERS)
NAMES = circuits.NAMES | programs.NAMES | {key: one.name for key, one in FOLLOWERS.items()}


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to score edges.

    Args:
        key: as ids of results have it.
        name: as tables have it.
        kind: "reading" changes nothing, "rerun" runs the model again for each edge, "gradient" estimates from
            derivatives.
        score: scores the edges of a circuit.
    """

    key: str
    name: str
    kind: str
    score: Callable[[Circuit], EdgeScores]


def _read(reading: str, circuit: Circuit) -> EdgeScores:
    return read_edges(circuit.model, circuit.pairs, reading, edges=circuit.edges)


def _patch(given: str, circuit: Circuit) -> EdgeScores:
    changed = circuit.changed if given == "flip" else None
    donors = _donors(circuit) if given == "resample" else None
    return patch_edges(circuit.model, circuit.pairs, given, edges=circuit.edges, changed=changed, donors=donors)


def _donors(circuit: Circuit) -> torch.Tensor:
    """A prompt for each to take keys and values from: of every other question in turn, where there are others."""
    prompts = torch.arange(len(circuit.pairs))
    further = 1 + prompts % max(1, len(prompts) // PROMPTS - 1)
    return (prompts + PROMPTS * further) % len(prompts)


def _attribute(steps: int, circuit: Circuit) -> EdgeScores:
    return attribute_edges(circuit.model, circuit.pairs, edges=circuit.edges, steps=steps)


def _of_sources(circuit: Circuit) -> EdgeScores:
    return attribute_sources(circuit.model, circuit.pairs, edges=circuit.edges)


def _prune(circuit: Circuit) -> EdgeScores:
    return prune_edges(circuit.model, circuit.pairs, edges=circuit.edges, groups=circuit.question)


METHODS = {method.key: method for method in (
    Method(key="weight", name="attention weight", kind="reading", score=partial(_read, "weight")),
    Method(key="value", name="weighted value", kind="reading", score=partial(_read, "weighted value")),
    Method(key="rollout", name="attention rollout", kind="reading", score=partial(_read, "rollout")),
    Method(key="flip", name="flip influence", kind="rerun", score=partial(_patch, "flip")),
    Method(key="zero", name="zero ablation", kind="rerun", score=partial(_patch, "zero")),
    Method(key="mean", name="mean ablation", kind="rerun", score=partial(_patch, "mean")),
    Method(key="resample", name="resample ablation", kind="rerun", score=partial(_patch, "resample")),
    Method(key="path", name="path patching", kind="rerun", score=partial(_patch, "corrupted")),
    Method(key="pruning", name="greedy pruning", kind="rerun", score=_prune),
    Method(key="attribution", name="attribution patching", kind="gradient", score=_of_sources),
    Method(key="eap", name="EAP", kind="gradient", score=partial(_attribute, 1)),
    Method(key="eap-ig", name="EAP-IG", kind="gradient", score=partial(_attribute, STEPS)))}
CAUSAL = {key: method for key, method in METHODS.items() if method.kind != "reading"}


class Cell(NamedTuple):
    """One cell of the table."""

    method: Method
    circuit: str

    @property
    def where(self) -> str:
        """The circuit in words."""
        return NAMES[self.circuit]


CELLS = {(key, circuit): Cell(method, circuit) for key, method in METHODS.items() for circuit in ALL}


@cache  # every method is asked about the same draws
def drawn(circuit: str, draw: int) -> Circuit:
    """One draw of a circuit: its size, its weights and its prompts; of one that was trained, a seed and its prompts."""
    generator = torch.Generator().manual_seed(1000 * draw + ALL.index(circuit))
    if circuit in FOLLOWERS:
        return trained.trained_circuit(circuit, draw, generator)
    return (CIRCUITS | PROGRAMS)[circuit](generator)


@cache  # ranked, and its cost is counted
def scored(method: str, circuit: str, draw: int) -> EdgeScores:
    """What a method scores the edges of one draw of a circuit."""
    return METHODS[method].score(drawn(circuit, draw))


@cache  # every method is measured by it
@torch.no_grad()
def _margin(circuit: Circuit) -> float:
    """The mean size of the margin over the prompts of a circuit."""
    return circuit.pairs.margin(circuit.model(circuit.pairs.clean, circuit.pairs.layout)).abs().mean().item()


def ranked(circuit: Circuit, scores: Float[torch.Tensor, "edge seed pair"]) -> tuple[float, float]:
    """How well scores rank the true edges: area under the ROC curve, and average precision; means over questions.

    Args:
        circuit: whose edges they are.
        scores: of one seed; of each edge the mean absolute value over the prompts of a question counts.
    """
    found, least = [], NOTHING * _margin(circuit)
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):  # which takes longer than to score
        for number, true in enumerate(circuit.true.numpy()):
            mean = scores[:, 0, circuit.question == number].abs().mean(1)
            kept = mean.where(mean > least, 0).numpy()
            found.append((roc_auc_score(true, kept), average_precision_score(true, kept)))
    area, precision = np.mean(found, axis=0)
    return float(area), float(precision)


@cache  # a cell is read by a result, a mean, a lead and two figures
def _all_ranked(method: str, circuit: str) -> Float[np.ndarray, "draw 2"]:
    return np.array([ranked(drawn(circuit, draw), scored(method, circuit, draw).scores) for draw in range(DRAWS)])


def areas(method: str, circuit: str) -> Float[np.ndarray, "draw"]:
    """The area under the ROC curve that a method has on every draw of a circuit."""
    return _all_ranked(method, circuit)[:, 0]


def precision(method: str, among: Iterable[str] = CIRCUITS) -> Float[np.ndarray, "draw"]:
    """The average precision of a method on every draw, averaged over circuits."""
    return np.mean([_all_ranked(method, circuit)[:, 1] for circuit in among], axis=0)


def averaged(method: str, without: str | None = None, among: Iterable[str] = CIRCUITS) -> Float[np.ndarray, "draw"]:
    """The area of a method on every draw, averaged over circuits, perhaps without one of them."""
    return np.mean([areas(method, circuit) for circuit in among if circuit != without], axis=0)


def passes(method: str, circuit: str = "pointer") -> int:
    """What a method costs on the first draw of a circuit, in forward passes for each prompt."""
    return scored(method, circuit, 0).passes


@result.each(CELLS, "calibration.{method}.{circuit}", format=".2f",
             title="Area under the ROC curve of true edges, {member.method.name}, {member.where}")
def of_cell(store: Store, cell: Cell) -> Estimate:
    drawn_anew = OF_DRAWS if cell.circuit in CIRCUITS else OF_PROMPTS if cell.circuit in PROGRAMS else OF_SEEDS
    return mean_t(areas(cell.method.key, cell.circuit), drawn_anew, bounds=(0, 1))


@result.each(METHODS, "calibration.{method}.mean", format=".2f",
             title="Area under the ROC curve of true edges, mean over six circuits, {member.name}")
def of_method(store: Store, method: Method) -> Estimate:
    return mean_t(averaged(method.key), OF_DRAWS, bounds=(0, 1))


@result.each(CAUSAL, "calibration.lead.{method}", format=".3f",
             title="Area under the ROC curve of true edges less that of attention weight, mean over six circuits, "
                   "{member.name}")
def lead(store: Store, method: Method) -> Estimate:
    return mean_t(averaged(method.key) - averaged("weight"), OF_DRAWS)


@result.each({key: method for key, method in CAUSAL.items() if method.kind == "gradient"},
             "calibration.without-adder.{method}", format=".3f",
             title="Area under the ROC curve of true edges less that of attention weight, mean over the five circuits "
                   "without steps, {member.name}")
def lead_without_steps(store: Store, method: Method) -> Estimate:
    return mean_t(averaged(method.key, "adder") - averaged("weight", "adder"), OF_DRAWS)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Circuits that nobody wrote by hand, and a method that ranks their edges.

    Args:
        method: it.
        among: the circuits, as keys of `NAMES`.
        words: how many there are of what.
        drawn: what the units of inference are.
    """

    method: Method
    among: tuple[str, ...]
    words: str
    drawn: str


_GROUPS = {"compiled": (tuple(PROGRAMS), "three compiled programs", OF_PROMPTS),
           "trained": (tuple(FOLLOWERS), "two trained programs", OF_SEEDS)}
GROUPS = {(name, key): Group(method=method, among=among, words=words, drawn=drawn)
          for name, (among, words, drawn) in _GROUPS.items() for key, method in METHODS.items()}


@result.each(GROUPS, "calibration.{group}.{method}", format=".2f",
             title="Area under the ROC curve of true edges, mean over {member.words}, {member.method.name}")
def of_group(store: Store, group: Group) -> Estimate:
    return mean_t(averaged(group.method.key, among=group.among), group.drawn, bounds=(0, 1))


@result.each({key: group for key, group in GROUPS.items() if key[1] in CAUSAL}, "calibration.{group}-lead.{method}",
             format=".3f",
             title="Area under the ROC curve of true edges less that of attention weight, mean over {member.words}, "
                   "{member.method.name}")
def lead_of_group(store: Store, group: Group) -> Estimate:
    return mean_t(averaged(group.method.key, among=group.among) - averaged("weight", among=group.among), group.drawn)


@result.each(METHODS, "calibration.trained-precision.{method}", format=".2f",
             title="Average precision of the true edges, mean over two trained programs, {member.name}")
def precision_trained(store: Store, method: Method) -> Estimate:
    return mean_t(precision(method.key, FOLLOWERS), OF_SEEDS, bounds=(0, 1))


@result.each(FOLLOWERS, "calibration.trained-on.{program}.tried", format="d",
             title="Seeds that were trained until eight followed their program, {member.name}")
def tried(store: Store, program: Follower) -> Estimate:
    return exact(1 + max(trained.models(program.key).seeds), "counted")


@result.each(FOLLOWERS, "calibration.trained-on.{program}.followed", format=".2%",
             title="Fresh interchange interventions that are answered as the program does, {member.name}")
def followed(store: Store, program: Follower) -> Estimate:
    return mean_t(trained.followed(trained.models(program.key), program.key).numpy(), "seeds", bounds=(0, 1))


@result.each(FOLLOWERS, "calibration.trained-on.{program}.true-least", format=".0%",
             title="The least that a true edge can move the logits, as a part of the largest logit, {member.name}")
def true_least(store: Store, program: Follower) -> Estimate:
    return mean_t(trained.extremes(program.key)[0].numpy(), "seeds")


@result.each(FOLLOWERS, "calibration.trained-on.{program}.false-most", format=".0%",
             title="The most that an edge which is not true can move the logits, as a part of the largest logit, "
                   "{member.name}")
def false_most(store: Store, program: Follower) -> Estimate:
    return mean_t(trained.extremes(program.key)[1].numpy(), "seeds")


@result.each(METHODS, "calibration.{method}.precision", format=".2f",
             title="Average precision of the true edges, mean over six circuits, {member.name}")
def precision_of(store: Store, method: Method) -> Estimate:
    return mean_t(precision(method.key), OF_DRAWS, bounds=(0, 1))


@result.each(METHODS, "calibration.{method}.passes", format="d",
             title="Cost of scoring all edges of a pointer, {member.name}")
def cost(store: Store, method: Method) -> Estimate:
    return exact(passes(method.key), "forward passes for each prompt, counted; a derivative counts as two")


@result("calibration.edges", title="Edges of the pointer whose scoring is counted", format="d")
def edges_scored(store: Store) -> Estimate:
    return exact(len(drawn("pointer", 0).edges), "counted")
