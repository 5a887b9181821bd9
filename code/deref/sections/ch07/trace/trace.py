"""Section "The causal trace": where the addressed bit travels, and two ways for it to travel."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from deref.experiment import Experiment
from deref.figures.maps import columns, recovery_map
from deref.figures.style import PALETTE, subplots
from deref.probes.base.memories import few_memories, probe_memories
from deref.probes.pointer.coverage import attention_coverage
from deref.probes.pointer.trace import CLASSES, CausalTrace, causal_trace
from deref.sections.shared.models import Shown, fetch, gather, gather_three, large_32, legible_8, runs, shown
from deref.sections.shared.solving import solving
from evidence.results import clustered, exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

CELL, EARLIER, LATER, BITS, READOUT = range(len(CLASSES))
WAITS, LEFT = 0.8, 0.2  # recovery at one position; chosen after the map of one address had been seen
MAPPED = 20  # the address whose whole map is shown
MEMORIES = 16  # a trace patches every position of every pair: enough for narrow intervals, few enough for a build


@cache  # several results and figures read one trace
def traced(member: Shown, direction: str = "denoise") -> CausalTrace:
    """The causal trace of a member, over all addresses of a few memories."""
    return causal_trace(member.model, member.task, trace_memories(member), direction=direction)


def trace_memories(member: Shown) -> Tensor:
    """The memories that traces run on."""
    return few_memories(member.task, MEMORIES)


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


def over_seeds(chosen: Experiment, store: Store | None, row: int, kind: int) -> Float[np.ndarray, "solving"]:
    """Recovery of each solving seed after so many layers, added over the positions of a class."""
    return np.concatenate([traced_run(run).totals()[[*solving(run)], row, kind].double().numpy()
                           for run in runs(chosen, store)])


def _declare_seeds(chosen: Experiment) -> None:
    places = {"cell": ("the addressed cell", CELL), "readout": ("the readout", READOUT),
              "bits": ("the address bits, added up", BITS), "later": ("later cells, added up", LATER)}

    def put(row: int, key: str, where: str, kind: int) -> None:
        @result(f"trace.{chosen.name}.seeds-{key}-after-{row}", format=".2f",
                title=f"Recovery at {where}, after layer {row}, seeds of {chosen.name} that solve the task")
        def recovery(store: Store) -> Estimate:
            return mean_t(over_seeds(chosen, store, row, kind))

    for row in range(1, chosen.config.model.layers):
        for key, (where, kind) in places.items():
            put(row, key, where, kind)


def _declare_member(chosen: Experiment) -> None:
    name = chosen.name

    def put(key: str, title: str, row: int, kind: int) -> None:
        @result(f"trace.{name}.{key}", title=f"{title}, {name}", format=".2f")
        def recovery(store: Store) -> Estimate:
            return mean_t(traced(shown(chosen, store)).by_class_and_memory()[0, :, row, kind].numpy(), "memories")

    for row, when in enumerate(("the embedding", "layer 1", "layer 2")):
        put(f"cell-after-{row}", f"Recovery at the addressed cell after {when}", row, CELL)
        put(f"readout-after-{row}", f"Recovery at the readout after {when}", row, READOUT)
    put("bits-after-1", "Recovery at an address bit after layer 1", 1, BITS)
    put("later-after-1", "Recovery at a later cell after layer 1", 1, LATER)

    for kind, key, where in ((CELL, "cell", "the addressed cell"), (READOUT, "readout", "the readout")):
        def put_back(kind: int = kind, key: str = key, where: str = where) -> None:
            @result(f"trace.{name}.{key}-needed-1", format=".2f",
                    title=f"Recovery at {where} after layer 1, corrupted into clean, {name}")
            def needed(store: Store) -> Estimate:
                by_class = traced(shown(chosen, store), "noise").by_class_and_memory()
                return mean_t(by_class[0, :, 1, kind].numpy(), "memories")
        put_back()

    @result(f"trace.{name}.earlier-max", format=".0e",
            title=f"Largest recovery, either way, at a cell before the addressed one, {name}")
    def earlier(store: Store) -> Estimate:
        by_class = traced(shown(chosen, store)).by_class_and_memory()[0, :, :, EARLIER]
        return exact(by_class.abs().nan_to_num().max(), "largest over memories and layers")

    @result(f"trace.{name}.kept", title=f"Pairs whose answer the flip moves enough to trace, {name}", format=".1%")
    def kept(store: Store) -> Estimate:
        member = shown(chosen, store)
        return clustered(*_cases(traced(member).kept[0]))


def _cases(values: Tensor) -> tuple[list[float], list[int]]:
    """Values of (memory, case) as one list, with the memory of each."""
    return values.double().flatten().tolist(), [i for i, row in enumerate(values) for _ in row]


def by_address(trace: CausalTrace) -> Float[Tensor, "seed address position"]:
    """Mean recovery after layer 1 at each position, for each address alone."""
    return trace.recovery[:, :, :, 1].nanmean(1)


def in_cell(trace: CausalTrace) -> Float[Tensor, "seed address"]:
    """Mean recovery after layer 1 at the addressed cell, for each address alone."""
    return by_address(trace)[:, :, : trace.task.M].diagonal(dim1=1, dim2=2)


def _declare_addresses(chosen: Experiment) -> None:
    name = chosen.name

    @result(f"trace.{name}.waits", format=".0f",
            title=f"Addresses whose cell alone brings back more than {WAITS} of the answer after layer 1, {name}")
    def waits(store: Store) -> Estimate:
        return exact(int((in_cell(traced(shown(chosen, store))) > WAITS).sum()), "count over all addresses")

    @result(f"trace.{name}.left", format=".0f",
            title=f"Addresses whose cell brings back less than {LEFT} of the answer after layer 1, {name}")
    def left(store: Store) -> Estimate:
        return exact(int((in_cell(traced(shown(chosen, store))) < LEFT).sum()), "count over all addresses")

    @result(f"trace.{name}.one-place", format=".0%",
            title=f"Share of addresses at which one position alone brings back more than {WAITS} of the answer after "
                  f"layer 1, seeds of {name} that solve the task")
    def one_place(store: Store) -> Estimate:
        most = torch.cat([by_address(traced_run(run))[[*solving(run)]].amax(2) for run in runs(chosen, store)])
        return mean_t((most > WAITS).double().mean(1).numpy(), bounds=(0, 1))


def _declare_ensemble(chosen: Experiment) -> None:
    for key, where, kind in (("cell", "the addressed cell", CELL), ("readout", "the readout", READOUT)):
        def put(key: str = key, where: str = where, kind: int = kind) -> None:
            @result(f"{chosen.name}.{key}-after-1", format=".2f",
                    title=f"Recovery at {where} after layer 1, seeds of {chosen.name} that solve the task")
            def recovery(store: Store) -> Estimate:
                return mean_t(ensemble(chosen.run(store))[1][:, 1, kind].numpy())
        put()


for _experiment in (legible_8, large_32):
    _declare_member(_experiment)
for _experiment in (fetch, gather):
    _declare_ensemble(_experiment)
for _experiment in (large_32, gather_three):
    _declare_seeds(_experiment)
_declare_addresses(large_32)


def _declare_map(key: str, position: int) -> None:
    @result(f"trace.large-32.at-{MAPPED}-{key}", format=".2f",
            title=f"Recovery at the {key} after layer 1 for the address {MAPPED} alone, large-32")
    def recovery(store: Store) -> Estimate:
        found = traced(shown(large_32, store)).recovery[0, :, MAPPED, 1, position]
        return mean_t(found[~found.isnan()].double().numpy(), "memories")


_declare_map("cell", MAPPED)
_declare_map("readout", -1)


@result("trace.gather-three.readout-step", format="+.2f",
        title="Recovery at the readout after layer 2 minus after layer 1, seeds of gather-three that solve the task")
def readout_step(store: Store) -> Estimate:
    first, second = (over_seeds(gather_three, store, row, READOUT) for row in (1, 2))
    return mean_t(second - first)


def by_class() -> tuple[Figure, dict[str, list]]:
    """Recovery by row and class of position: the member shown in thick lines, the other solving seeds in thin ones."""
    figure, axes = subplots(1, 2, sharey=True)
    colours = {CELL: "blue", BITS: "green", READOUT: "vermilion"}
    data: dict[str, list] = {}
    for ax, chosen in zip(axes, (legible_8, large_32), strict=True):
        trace = traced(shown(chosen))
        thick = trace.by_class()[0].numpy()
        thin = np.concatenate([ensemble(run)[1].numpy() for run in runs(chosen)])
        for kind, colour in colours.items():
            ax.plot(thin[:, :, kind].T, color=PALETTE[colour], linewidth=0.8, alpha=0.7)
            ax.plot(thick[:, kind], color=PALETTE[colour], marker="o", linewidth=2.5, label=CLASSES[kind])
        ax.set_xticks(range(len(trace.rows)))
        ax.set(title=chosen.name, xlabel="patched after layer (0: embedding)")
        table = columns("recovery", thick[None], model=[chosen.name], row=trace.rows, positions=CLASSES)
        data = {key: data.get(key, []) + values for key, values in table.items()}
    axes[0].set_ylabel("recovery")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure, data


def whole(address: int = MAPPED) -> tuple[Figure, dict[str, list]]:
    """Recovery at every layer and position of large-32 for one address, clean into corrupted and the other way."""
    member = shown(large_32)
    figure, axes = subplots(2, 1, sharex=True, height=3.0)
    titles = {"denoise": "clean into corrupted", "noise": "corrupted into clean"}
    maps = []
    for ax, (direction, title) in zip(axes, titles.items(), strict=True):
        trace = traced(member, direction)
        maps.append(trace.by_position(address)[0].numpy())
        image = recovery_map(ax, maps[-1], ("embedding", "layer 1", "layer 2"))
        ax.set_title(title)
    task = member.task
    names = [f"cell {i}" for i in range(task.M)] + [f"address bit {i}" for i in range(task.A)]
    axes[1].set_xticks([0, address, task.M, task.T - 1], ["cell 0", f"cell {address}", "address", "readout"])
    axes[1].get_xticklabels()[2].set_horizontalalignment("right")  # else it runs into the readout's
    figure.colorbar(image, ax=axes, label="recovery")
    return figure, columns("recovery", np.stack(maps), direction=[*titles], row=trace.rows, position=names)


def two_algorithms() -> tuple[Figure, dict[str, list]]:
    """Each solving seed of fetch and gather: how much of the bit waits in its cell, and how legible its map is."""
    figure, ax = subplots(height=3.2)
    data: dict[str, list] = {"run": [], "seed": [], "coverage": [], "recovery": []}
    for chosen, colour, marker in ((fetch, "blue", "o"), (gather, "vermilion", "s")):
        seeds, recovery, coverage = ensemble(chosen.run())
        waiting = recovery[:, 1, CELL]
        ax.scatter(waiting, coverage, color=PALETTE[colour], marker=marker, label=chosen.name, alpha=0.8)
        data["run"] += [chosen.name] * len(coverage)
        data["seed"] += seeds
        data["coverage"] += coverage.tolist()
        data["recovery"] += [round(x, 6) for x in waiting.tolist()]
    ax.set(xlabel="recovery at the addressed cell after layer 1", ylabel="addresses covered, of 8",
           xlim=(-0.05, 1.05), ylim=(-0.5, 8.5))
    ax.legend(loc="upper left")
    return figure, data
