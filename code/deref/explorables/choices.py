"""The models that readers choose from: trained members, each with how well it does, and why one is not there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from deref.experiment import Experiment
from deref.explorables.weights import pack
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.shared.book_models import model_x
from deref.sections.shared.book_records import command, finals, record
from deref.sections.shared.models import ShownMember, shown
from deref.sections.shared.solving import accuracies, solving
from deref.tasks.pointer import PointerTask
from deref.train.book import BookConfig
from evidence.runs import Run, Store, default_store
from evidence.unavailable import Absent


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """A member that readers can choose.

    Args:
        member: it.
        title: what it is called.
        right: the share of questions that it answers rightly, as `accuracies` counts them.
        solved: whether that counts as solved.
    """

    member: ShownMember
    title: str
    right: float
    solved: bool

    def export(self, **more: Any) -> tuple[dict[str, Any], bytes]:
        """Describe it for scripts, and give its weights; as `pack`, with how well it does and what else is given."""
        description, content = pack(self.member)
        told = {"title": self.title, "right": round(self.right, 7), "solved": self.solved}
        return {**description, **told, **more}, content


def usual(chosen: Experiment) -> Choice:
    """The member that pages show.

    Args:
        chosen: an experiment on the pointer task.
    """
    return choice_of(shown(chosen), chosen.name, chosen.run())


def stuck(chosen: Experiment) -> Choice:
    """The member that is right least often, and of equal ones the lowest seed.

    Args:
        chosen: an experiment on the pointer task.

    Raises:
        ValueError: every seed solves the task.
    """
    run, member = chosen.run(), shown(chosen)
    if len(solving(run)) == len(run.seeds):
        raise ValueError(f"expected a seed of {chosen.name} that does not solve the task, all do")
    index = int(accuracies(run).argmin())
    return choice_of(replace(member, name=f"{chosen.name}-stuck", model=run.model.member(index), seed=run.seeds[index],
                           index=index), f"{chosen.name}, seed {run.seeds[index]}", run)


def three_layers() -> Choice:
    """The seed of model X that does best by its released record; no build trains it in passing.

    Raises:
        Absent: its record is not released, or its trained run is not in the store.
    """
    seeds = sorted({row["seed"] for row in record("x").rows(arm="x")})
    return of_record("model-x", "model X", model_x(), dict(zip(seeds, finals("x", "x"), strict=True)), command("x"),
                     default_store())


def of_record(name: str, title: str, config: BookConfig, right: Mapping[int, float], how: str,
              store: Store) -> Choice:
    """The seed that does best by a record, of equal ones the lowest.

    Args:
        name: for files and addresses.
        title: for readers.
        config: of its run, which has this one seed.
        right: the accuracy of each seed.
        how: what trains it.
        store: where its run is.

    Raises:
        Absent: its run is not in the store.
        ValueError: a configuration on another task.
    """
    task = config.task
    if not isinstance(task, PointerTask):
        raise ValueError(f"expected a configuration on the pointer task, got one on {task}")
    seed = min(right, key=lambda seed: (-right[seed], seed))
    if not store.has(config, (seed,)):
        raise Absent(f"its trained run is not in the store; {how} computes it", again=False)
    run = store.run(config, (seed,))
    coverage = attention_coverage(run.model, task, probe_memories(task))
    return choice_of(ShownMember(name=name, task=task, model=run.model.member(0), seed=seed, coverage=coverage,
                               index=0), title, run)


def choice_of(member: ShownMember, title: str, run: Run) -> Choice:
    """Say how well a member does.

    Args:
        member: the member.
        title: what it is called.
        run: its run.
    """
    return Choice(member=member, title=title, right=float(accuracies(run)[member.index]),
                  solved=member.index in solving(run))
