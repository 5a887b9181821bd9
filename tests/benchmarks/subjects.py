"""Subjects: the models that are timed, and how many operations a training step of one cannot do without."""

from deref.model.config import ModelConfig
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig

NEVER = 10**9


def wide(M: int, form: str = "trie", batch: int = 12, **changes) -> TrainConfig:
    """Two layers, d = 128, four heads and an MLP: the size of the published experiments."""
    task = PointerTask(M=M)
    model = ModelConfig(length=task.length, layers=2, heads=4, width=128, mlp=256)
    fields = {"steps": NEVER, "eval_every": NEVER, "eval_memories": 1, **changes}
    return TrainConfig(task=task, model=model, form=form, batch=batch, **fields)


def narrow(M: int) -> TrainConfig:
    """Two layers, d = 16, one head and an MLP: the size at which depth is studied over many seeds."""
    task = PointerTask(M=M)
    model = ModelConfig(length=task.length, layers=2, heads=1, width=16, mlp=32, position_std=1.0)
    return TrainConfig(task=task, model=model, batch=6, lr=3e-3, steps=NEVER, eval_every=NEVER, eval_memories=1)


def of_same_size(config: TrainConfig, form: str, tokens: int) -> TrainConfig:
    """The configuration in a form, with as many sequences a step as come nearest to a number of tokens."""
    fields = {name: getattr(config, name) for name in ("task", "model", "steps", "eval_every", "eval_memories")}
    return TrainConfig(form=form, batch=max(1, round(tokens / config.task.layout(form).size)), **fields)


def examples(config: TrainConfig) -> int:
    """The examples that one step of one seed learns from."""
    return config.batch * len(config.task.layout(config.form).readouts)


def necessary_operations(config: TrainConfig) -> float:
    """Floating-point operations of the matrix products that one step of one seed needs, additions included.

    Counted are the linear maps and, of attention, only pairs that the mask allows; in the last layer, queries, mixing
    and MLP at readouts alone. Backward costs twice forward: one product for the inputs' gradient, one for the weights'.
    Everything else (softmax, norms, GELU, the optimiser, pairs that are masked away) counts as nothing.
    """
    model, layout = config.model, config.task.layout(config.form)
    inner = model.heads * model.K
    forward = 0
    for layer in range(model.layers):
        last = layer == model.layers - 1
        asking = len(layout.readouts) if last else layout.size
        pairs = int((layout.mask[layout.readouts] if last else layout.mask).sum())
        keys_and_values = 2 * layout.size * model.width * inner
        query_and_output = 2 * asking * model.width * inner
        mlp = 2 * asking * model.width * model.mlp
        forward += keys_and_values + query_and_output + mlp + 2 * pairs * inner
    forward += len(layout.readouts) * model.width * model.outputs
    return 3 * 2.0 * config.batch * forward
