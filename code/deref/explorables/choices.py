"""The models that readers choose from: trained members, each with how well it does, and why one is not there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from deref.experiment import Experiment
from deref.explorables.weights import pack
from deref.model.transformer import Transformer
from deref.probes.base.answers import accuracy
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.coverage import attention_coverage
from deref.sections.shared.book_weights import members
from deref.sections.shared.models import LARGE, ShownMember, shown
from deref.sections.shared.solving import SOLVED, accuracies, solving
from deref.tasks.pointer import PointerTask
from evidence.runs import Run


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """A member that readers can choose.

    Args:
        member: it.
        title: what it is called.
        right: the share of questions that it answers rightly, as `accuracies` counts them.
        solved: whether that counts as solved.
        why: how it was picked among seeds, in a sentence for readers; "" where pages have said it.
    """

    member: ShownMember
    title: str
    right: float
    solved: bool
    why: str = ""

    def export(self, **more: Any) -> tuple[dict[str, Any], bytes]:
        """Describe it for scripts, and give its weights; as `pack`, with how well it does and what else is given."""
        description, content = pack(self.member)
        told = {"title": self.title, "right": round(self.right, 7), "solved": self.solved,
                "why": self.why}
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
    """A seed of model X from its released weights, picked as `picked` says; no build trains it.

    Raises:
        Absent: no weights of it are released.
    """
    return released("model-x", "model X", LARGE, members())


def released(name: str, title: str, task: PointerTask, model: Transformer) -> Choice:
    """A seed of released weights, picked as `picked` says.

    Args:
        name: for files and addresses.
        title: of the model, for readers; that of the choice names the seed, too.
        task: what it was trained on.
        model: the ensemble of all released seeds.
    """
    memories = probe_memories(task)
    right = accuracy(model, task, memories).tolist()
    index, why = picked(model.seeds, right)
    member = model.member(index)
    shown = ShownMember(name=name, task=task, model=member, seed=member.seeds[0], index=0,
                        coverage=attention_coverage(member, task, memories))
    return Choice(member=shown, title=f"{title}, seed {shown.seed}", right=right[index],
                  solved=right[index] > SOLVED,
                  why=f"{title[0].upper()}{title[1:]} is shown by seed {shown.seed}, {why}.")


def picked(seeds: Sequence[int], right: Sequence[float]) -> tuple[int, str]:
    """The first seed that solves the task; if none does, the one that is right most often, of equal ones the first.

    Args:
        seeds: of an ensemble.
        right: the share of questions that each answers rightly.

    Returns:
        Its place, and in words which one it is.
    """
    if len(seeds) == 1:
        return 0, "the only seed that is released"
    solve, released = [index for index, share in enumerate(right) if share > SOLVED], f"{len(seeds)} released seeds"
    if solve:
        return solve[0], f"the first of {released} that answers more than {SOLVED:.0%} of questions rightly"
    best = max(range(len(seeds)), key=lambda index: right[index])
    return best, f"of {released}, none of which solves the task, the one that is right most often"


def choice_of(member: ShownMember, title: str, run: Run) -> Choice:
    """Say how well a member of a run does.

    Args:
        member: the member.
        title: what it is called.
        run: its run.
    """
    return Choice(member=member, title=title, right=float(accuracies(run)[member.index]),
                  solved=member.index in solving(run))
