"""Section "The causal trace": where the addressed bit travels, and two ways for it to travel."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from deref.experiment import Experiment
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.trace import CLASSES, CausalTrace, causal_trace
from deref.sections.shared.models import ShownMember, fetch, gather, gather_three, large_32, legible_8, runs, shown
from deref.sections.shared.solving import solving
from evidence.results import clustered, exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

CELL, EARLIER, LATER, BITS, READOUT = range(len(CLASSES))
WAITS, LEFT = 0.8, 0.2  # recovery at one position; chosen after the map of one address had been seen
MAPPED = 20  # the address whose whole map is shown
MEMORIES = 16  # a trace patches every position of every pair: enough for narrow intervals, few enough for a build


@dataclass(frozen=True, kw_only=True)
class Place:
    """Positions of one class after one layer of a model.

    Args:
        chosen: the experiment.
        kind: the class, an index of `CLASSES`.
        row: after how many layers.
    """

    chosen: Experiment
    kind: int
    row: int = 1

    @property
    def position(self) -> str:
        """One position of the class, in the words of titles."""
        return {CELL: "the addressed cell", READOUT: "the readout", BITS: "an address bit",
                LATER: "a later cell"}[self.kind]

    @property
    def positions(self) -> str:
        """All positions of the class, in the words of titles."""
        return {CELL: "the addressed cell", READOUT: "the readout", BITS: "the address bits, added up",
                LATER: "later cells, added up"}[self.kind]

    @property
    def when(self) -> str:
        """What the patched residual comes from."""
        return f"layer {self.row}" if self.row else "the embedding"


MODELS = {chosen.name: chosen for chosen in (legible_8, large_32)}
KINDS = {"cell": CELL, "readout": READOUT, "bits": BITS, "later": LATER}
PATCHED = (("cell", 0), ("readout", 0), ("cell", 1), ("readout", 1), ("bits", 1), ("later", 1), ("cell", 2),
           ("readout", 2))
OF_MEMBER = {(name, key, str(row)): Place(chosen=chosen, kind=KINDS[key], row=row) for name, chosen in MODELS.items()
             for key, row in PATCHED}
NEEDED = {(name, key): Place(chosen=chosen, kind=KINDS[key]) for name, chosen in MODELS.items()
          for key in ("cell", "readout")}
OVER_SEEDS = {(chosen.name, key, str(row)): Place(chosen=chosen, kind=kind, row=row)
              for chosen in (large_32, gather_three) for row in range(1, chosen.config.model.layers)
              for key, kind in KINDS.items()}
TWO_ALGORITHMS = {(chosen.name, key): Place(chosen=chosen, kind=KINDS[key]) for chosen in (fetch, gather)
                  for key in ("cell", "readout")}


@cache  # several results and figures read one trace
def traced(member: ShownMember, direction: str) -> CausalTrace:
    """The causal trace of a member, over all addresses of a few memories."""
    return causal_trace(member.model, member.task, few_memories(member.task, MEMORIES), direction=direction)


@cache
def traced_run(run: Run) -> CausalTrace:
    """The causal trace of every member of a run, over all addresses of a few memories."""
    return causal_trace(run.model, run.config.task, few_memories(run.config.task, MEMORIES))


@cache
def ensemble(run: Run) -> tuple[list[int], Tensor, Tensor]:
    """The seeds of a run that solved the task, with their recovery (seed, row, class) and coverage (seed,)."""
    task, model = run.config.task, run.model
    solved = [*solving(run)]
    coverage = attention_coverage(model, task, probe_memories(task)).coverage[solved]
    return [run.seeds[i] for i in solved], traced_run(run).by_class()[solved], coverage


def over_seeds(place: Place, store: Store | None) -> Float[np.ndarray, "solving"]:
    """Recovery of each solving seed at a place, added up over the positions of its class."""
    return np.concatenate([traced_run(run).totals()[[*solving(run)], place.row, place.kind].double().numpy()
                           for run in runs(place.chosen, store)])


def by_address(trace: CausalTrace) -> Float[Tensor, "seed address position"]:
    """Mean recovery after layer 1 at each position, for each address alone."""
    return trace.recovery[:, :, :, 1].nanmean(1)


def in_cell(trace: CausalTrace) -> Float[Tensor, "seed address"]:
    """Mean recovery after layer 1 at the addressed cell, for each address alone."""
    return by_address(trace)[:, :, : trace.task.M].diagonal(dim1=1, dim2=2)


def _of_one(recovery: Float[Tensor, "memory"]) -> Estimate:
    # An interval over memories would say how this one model answers other memories, and be read as what another seed
    # would show: of twenty such intervals five held in replications. Seeds have results of their own, `seeds-…`.
    return exact(recovery.double().nanmean(), f"mean over {MEMORIES} memories, one model")


@result.each(OF_MEMBER, "trace.{model}.{place}-after-{layer}", format=".2f",
             title="Recovery at {member.position} after {member.when}, {model}")
def recovery(store: Store, place: Place) -> Estimate:
    return _of_one(traced(shown(place.chosen, store), "denoise").by_class_and_memory()[0, :, place.row, place.kind])


@result.each(NEEDED, "trace.{model}.{place}-needed-1", format=".2f",
             title="Recovery at {member.position} after layer 1, corrupted into clean, {model}")
def needed(store: Store, place: Place) -> Estimate:
    return _of_one(traced(shown(place.chosen, store), "noise").by_class_and_memory()[0, :, place.row, place.kind])


@result.each(MODELS, "trace.{model}.earlier-max", format=".0e",
             title="Largest recovery, either way, at a cell before the addressed one, {model}")
def earlier(store: Store, chosen: Experiment) -> Estimate:
    found = traced(shown(chosen, store), "denoise").by_class_and_memory()[0, :, :, EARLIER]
    return exact(found.abs().nan_to_num().max(), "largest over memories and layers")


@result.each(MODELS, "trace.{model}.kept", title="Pairs whose answer the flip moves enough to trace, {model}",
             format=".1%")
def kept(store: Store, chosen: Experiment) -> Estimate:
    found = traced(shown(chosen, store), "denoise").kept[0]
    memory = torch.arange(len(found))[:, None].expand_as(found)
    return clustered(found.double().flatten().tolist(), memory.flatten().tolist())


@result.each(OVER_SEEDS, "trace.{model}.seeds-{place}-after-{layer}", format=".2f",
             title="Recovery at {member.positions}, after layer {layer}, seeds of {model} that solve the task")
def recovery_of_seeds(store: Store, place: Place) -> Estimate:
    return mean_t(over_seeds(place, store))


@result("trace.gather-three.readout-step", format="+.2f",
        title="Recovery at the readout after layer 2 minus after layer 1, seeds of gather-three that solve the task")
def readout_step(store: Store) -> Estimate:
    first, second = (over_seeds(OVER_SEEDS["gather-three", "readout", layer], store) for layer in "12")
    return mean_t(second - first)


@result("trace.large-32.waits", format=".0f",
        title=f"Addresses whose cell alone brings back more than {WAITS} of the answer after layer 1, large-32")
def waits(store: Store) -> Estimate:
    return exact(int((in_cell(traced(shown(large_32, store), "denoise")) > WAITS).sum()), "count over all addresses")


@result("trace.large-32.left", format=".0f",
        title=f"Addresses whose cell brings back less than {LEFT} of the answer after layer 1, large-32")
def left(store: Store) -> Estimate:
    return exact(int((in_cell(traced(shown(large_32, store), "denoise")) < LEFT).sum()), "count over all addresses")


@result("trace.large-32.one-place", format=".0%",
        title=f"Share of addresses at which one position alone brings back more than {WAITS} of the answer after "
              "layer 1, seeds of large-32 that solve the task")
def one_place(store: Store) -> Estimate:
    most = torch.cat([by_address(traced_run(run))[[*solving(run)]].amax(2) for run in runs(large_32, store)])
    return mean_t((most > WAITS).double().mean(1).numpy(), bounds=(0, 1))


@result.each({"cell": MAPPED, "readout": -1}, "trace.large-32.at-20-{place}", format=".2f",
             title="Recovery at the {place} after layer 1 for the address 20 alone, large-32")
def at_one_address(store: Store, position: int) -> Estimate:
    return _of_one(traced(shown(large_32, store), "denoise").recovery[0, :, MAPPED, 1, position])


@result.each(TWO_ALGORITHMS, "{model}.{place}-after-1", format=".2f",
             title="Recovery at {member.position} after layer 1, seeds of {model} that solve the task")
def recovery_of_ensemble(store: Store, place: Place) -> Estimate:
    _, found, _ = ensemble(place.chosen.run(store))
    return mean_t(found[:, place.row, place.kind].numpy())
