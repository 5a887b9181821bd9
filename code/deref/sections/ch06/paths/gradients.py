"""Section "Direct path against recurrent path": gradients by the note, over distance and through one token."""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.recurrent import Recurrent
from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.sections.ch06.paths.networks import ARMS, LONGEST, QUESTIONS
from deref.tasks.layout import Layout
from deref.tasks.recall import RecallTask
from evidence.runs import Run, Store

DISTANCES = (1, 2, 4, 8, 16, 32, 48, 64)  # at which gradients are measured
_CONTEXTS = 64  # at each distance


def slopes(model: Transformer | Recurrent, task: RecallTask, form: str) -> Float[np.ndarray, "seed distance"]:
    """How strongly the right answer's logit depends on the note, at each of `DISTANCES`.

    Args:
        model: of S seeds.
        task: says how long the contexts are.
        form: that the model is read in.

    Returns:
        The root mean square over contexts of the gradient's norm with respect to the note's embedding.
    """
    layout, found = task.layout(form), []
    for d in DISTANCES:
        tokens, said = task.draw(torch.full((_CONTEXTS,), d), torch.Generator().manual_seed(QUESTIONS))
        gradient = _gradient(model, tokens, said, layout)[:, :, task.context - d]
        found.append(gradient.square().sum(-1).mean(1).sqrt())
    return torch.stack(found, dim=1).numpy()


def _gradient(model: Transformer | Recurrent, tokens: Tensor, said: Tensor, layout: Layout,
              cut: int | None = None) -> Tensor:
    """The gradient of the right answers' logits by the embedded tokens, (S, B, N, D), cut at a node or not at all."""
    recurrent = isinstance(model, Recurrent)
    stream = (model.embed(tokens) if recurrent else model.embed(tokens, layout)).detach().requires_grad_()
    with torch.enable_grad():
        if recurrent:
            logits = model.answer(stream, layout, tap=_cut_states(cut))
        else:
            logits = model.from_layer(0, stream, layout, tap=_cut_nodes(cut))
        chosen = logits[:, :, 0].gather(-1, said.expand(len(logits), -1, -1)[..., :1])
        return torch.autograd.grad(chosen.sum(), stream)[0]


def _cut_states(at: int | None) -> Callable | None:
    """A tap that lets no gradient through the state behind one token."""
    return None if at is None else lambda depth, state: tuple(x.detach() for x in state) if depth == at else None


def _cut_nodes(at: int | None) -> Callable | None:
    """A tap that lets no gradient through one token's residual stream, in front of any block."""
    def tap(site: Site, x: Tensor) -> Tensor | None:
        if site.name != "resid_pre":
            return None
        return torch.cat([x[:, :, :at], x[:, :, at : at + 1].detach(), x[:, :, at + 1 :]], dim=2)

    return None if at is None else tap


def narrow_places(net: str, store: Store | None = None, length: int = LONGEST) -> int:
    """Count the tokens between a note at the very start and the question that everything has to go through.

    A token counts if the gradient by the note is exactly zero, in every seed, once none passes through that token.

    Args:
        net: a key of `NETS`; its networks are taken before training.
        store: where runs are kept; None is the process's own store.
        length: the number of tokens in front of the question.
    """
    arm = ARMS[net, length]
    task, form = arm.config.task, arm.config.form
    tokens, said = task.draw(torch.tensor([task.context]), torch.Generator().manual_seed(QUESTIONS))
    layout, model = task.layout(form), arm.config.trainer(arm.run(store).seeds).model
    return sum(not _gradient(model, tokens, said, layout, cut)[:, :, 0].any() for cut in range(1, task.context))


@cache  # results and a figure ask for the same run
def slopes_of(run: Run, when: str) -> Float[np.ndarray, "seed distance"]:
    """The slopes of a run's networks.

    Args:
        run: of one kind of network.
        when: "trained", or "untrained" for the same seeds at step 0.
    """
    model = run.model if when == "trained" else run.config.trainer(run.seeds).model.requires_grad_(False)
    return slopes(model, run.config.task, run.config.form)


def fade(net: str, when: str, store: Store | None = None) -> Float[np.ndarray, "seed"]:
    """Powers of ten by which the gradient changes from the nearest distance to the farthest.

    A gradient that is zero, as far as 32 bits can tell, counts as the least that they tell from zero in full.

    Args:
        net: a key of `NETS`.
        when: "trained" or "untrained".
        store: where runs are kept; None is the process's own store.
    """
    found = slopes_of(ARMS[net, LONGEST].run(store), when)
    near, far = (np.maximum(found[:, at], np.finfo(np.float32).tiny) for at in (0, -1))
    return np.log10(far / near)
