"""Batches small enough for memory and caches, however large the question."""

from collections.abc import Iterator

from torch import nn

# Bytes of one residual stream in one batch. A pass keeps a dozen tensors of about this size, so a few MB stay near the
# processor; more only costs memory.
BUDGET = 2**22


def batches(model: nn.Module, count: int, nodes: int, *, patterns: bool = False) -> Iterator[slice]:
    """Cut a number of sequences into batches.

    Args:
        model: the model that will run them.
        count: the number of sequences.
        nodes: the nodes of one sequence, N.
        patterns: whether attention patterns, which grow with the square of N, will be looked at.

    Yields:
        Slices that cover 0 to count in order, each of at least one sequence.
    """
    config = model.config
    row = max(config.width, config.heads * nodes) if patterns else config.width
    one = len(model.seeds) * nodes * row * model.token.element_size()
    size = max(1, BUDGET // one)
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
