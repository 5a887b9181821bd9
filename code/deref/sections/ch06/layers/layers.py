"""Section "One layer, two layers": the same small model with one layer and with two, over seeds."""

from dataclasses import replace

from matplotlib.figure import Figure

from deref.experiment import Experiment, experiment
from deref.figures import maps
from deref.figures.curves import columns, learning_curves
from deref.figures.maps import weight_map
from deref.figures.style import subplots
from deref.model.config import ModelConfig
from deref.sections.shared.arms import Arm
from deref.sections.shared.models import legible_8, shown
from deref.sections.shared.partial_address_accuracy import ladder
from deref.sections.shared.solving import accuracies, share_solving
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from evidence.results import exact, mean_t, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

TASK = PointerTask(M=8)

_RECIPE = TrainConfig(
    task=TASK,
    model=ModelConfig(length=TASK.length, layers=2, heads=1, width=32, final_norm=False, position_std=1.0),
    steps=2_500, batch=16, lr=5e-3, weight_decay=0.1, warmup=200, schedule="cosine", eval_every=25,
)


def _arm(name: str, about: str, seeds: range = range(10), **changes) -> Experiment:
    return experiment(name, config=replace(_RECIPE, model=replace(_RECIPE.model, **changes)), seeds=seeds, about=about)


one = _arm("one-layer-8", "Eight cells, one layer, one head, attention only, no final LayerNorm.", layers=1)
one_norm = _arm("one-layer-8-norm", "As one-layer-8, with a final LayerNorm.", layers=1, final_norm=True)
two = _arm("two-layers-8", "As one-layer-8, with a second layer and nothing else.", range(32))

ARMS = {"one": Arm("one layer", one), "one-norm": Arm("one layer with a final LayerNorm", one_norm),
        "two": Arm("two layers", two)}


@result.each(ARMS, "layers.{arm}.accuracy", title="Accuracy of {member.name} on eight cells", format=".1%")
def mean_accuracy(store: Store, arm: Arm) -> Estimate:
    return mean_t(accuracies(arm.run(store)), bounds=(0, 1))


@result.each(ARMS, "layers.{arm}.best", title="Accuracy of the best seed of {member.name} on eight cells", format=".1%")
def best_accuracy(store: Store, arm: Arm) -> Estimate:
    found = accuracies(arm.run(store))
    return exact(found.max(), f"largest of {len(found)} seeds, every memory and address")


@result.each(ARMS, "layers.{arm}.solved", title="Share of seeds of {member.name} that solve eight cells", format=".0%")
def solved(store: Store, arm: Arm) -> Estimate:
    return share_solving(arm.run(store))


def curves() -> tuple[Figure, dict[str, list]]:
    """Learning curves of all arms, side by side, with the rungs of the ladder."""
    titles = ("one layer", "one layer, final norm", "two layers")
    histories = {title: arm.run().history for title, arm in zip(titles, ARMS.values(), strict=True)}
    figure, axes = subplots(1, len(histories), sharey=True)
    levels = sorted({round(accuracy, 6) for _, accuracy in ladder(TASK)})
    for ax, (name, history), colour in zip(axes, histories.items(), ("orange", "purple", "blue"), strict=True):
        learning_curves(ax, history, colour, levels).set_title(name)
        ax.set_xticks([0, 1000, 2000])
    axes[0].set_ylabel("accuracy")
    return figure, columns(histories)


def pointer_map() -> tuple[Figure, dict[str, list]]:
    """The patterns of both layers of legible-8 at the readout, a row for each address, averaged over all memories."""
    member = shown(legible_8)
    patterns = member.coverage.pattern[:, member.index, 0].numpy()
    names = [f"cell {i}" for i in range(TASK.M)] + [f"address bit {i}" for i in range(TASK.A)]
    figure, axes = subplots(1, 2, sharey=True, height=3.0)
    for ax, pattern, title in zip(axes, patterns, ("layer 1", "layer 2"), strict=True):
        image = weight_map(ax, pattern, cells=TASK.M)
        ax.set(title=title, xlabel="position looked at")
        ax.set_xticks(range(TASK.T), [*map(str, range(TASK.M)), *(f"a{i}" for i in range(TASK.A))])
    axes[0].set_ylabel("address")
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8)
    return figure, maps.columns("weight", patterns, layer=[1, 2], address=range(TASK.M), position=names)
