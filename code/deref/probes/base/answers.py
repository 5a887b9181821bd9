"""Answers: what a model answers at every address of a memory, and how often it is right."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from deref.probes.base.batches import batches
from deref.tasks.pointer import PointerTask


@torch.no_grad()
def answers(
    model: nn.Module, task: PointerTask, memories: Int[Tensor, "memory cell"]
) -> Int[Tensor, "seed memory address"]:
    """Ask a model for every address of every memory.

    Args:
        model: the model, of S seeds: a transformer, or any network of this book that answers the readouts of a layout.
        task: the pointer task that it answers.
        memories: bits, (memory, cell).

    Returns:
        The answers, (S, memory, address), on the CPU.

    Raises:
        ValueError: memories of another size than the task's.
    """
    layout = task.layout("trie")
    tokens = task.trie_tokens(memories).to(model.token.device)
    found = [model(tokens[batch], layout).argmax(-1).cpu() for batch in batches(model, len(tokens), layout.size)]
    return torch.cat(found, dim=1)


def accuracy(
    model: nn.Module, task: PointerTask, memories: Int[Tensor, "memory cell"]
) -> Float[Tensor, "seed"]:
    """Measure the share of right answers over all addresses of some memories.

    Args:
        model: the model, of S seeds: a transformer, or any network of this book that answers the readouts of a layout.
        task: the pointer task that it answers.
        memories: bits, (memory, cell); draw them anew to measure on held-out memories.

    Returns:
        One share a seed, in float64.

    Raises:
        ValueError: memories of another size than the task's.
    """
    return (answers(model, task, memories) == memories.cpu()).double().mean((1, 2))
