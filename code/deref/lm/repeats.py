"""Repeats: sequences whose second half repeats the first, and the edges that heads use on them."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from deref.lm.words import BOS, SPECIAL, Words

HALF = 32
"""Tokens in each half. A sequence is the first token, then the half twice."""

SIZE = 1 + 2 * HALF
FIRST = range(1, HALF)
"""Where tokens of the first half, seen for the first time, are predicted; the first of them has nothing before it."""

AGAIN = range(HALF + 1, 2 * HALF)
"""Where tokens of the second half are predicted; the first of them cannot be known, since a repeat is no habit yet."""


def random_repeats(seeds: range, vocab: int) -> Int[Tensor, "batch node"]:
    """Draw tokens at random, each as likely as any, and repeat them; one sequence for each seed.

    Args:
        seeds: of the draws.
        vocab: number of tokens; the marks of the training data are never drawn.
    """
    halves = [torch.randint(SPECIAL, vocab, (HALF,), generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return _twice(torch.stack(halves))


def text_repeats(texts: tuple[str, ...], words: Words) -> Int[Tensor, "batch node"]:
    """Repeat the beginning of each text.

    Args:
        texts: each of `HALF` tokens or more.
        words: the tokeniser.

    Raises:
        ValueError: a text that is too short.
    """
    tokens = [words.tokens(text) for text in texts]
    if short := [text for text, row in zip(texts, tokens, strict=True) if len(row) < HALF]:
        raise ValueError(f"expected texts of {HALF} tokens or more, got {short[0]!r}")
    return _twice(torch.tensor([row[:HALF] for row in tokens]))


def previous_edges(batch: int) -> Bool[Tensor, "batch query key"]:
    """From each token of a repeat to the one before it; the first token and the next have no such edge."""
    edges = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    edges[range(2, SIZE), range(1, SIZE - 1)] = True
    return edges.expand(batch, -1, -1)


def induction_edges(batch: int) -> Bool[Tensor, "batch query key"]:
    """From each token of the second half to the one that followed it in the first: what an induction head looks at."""
    edges = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    edges[range(HALF + 1, 2 * HALF), range(2, HALF + 1)] = True
    return edges.expand(batch, -1, -1)


def first_edges(batch: int, size: int = SIZE) -> Bool[Tensor, "batch query key"]:
    """From every token but the first to the first."""
    edges = torch.zeros(size, size, dtype=torch.bool)
    edges[1:, 0] = True
    return edges.expand(batch, -1, -1)


def _twice(half: Int[Tensor, "batch half"]) -> Int[Tensor, "batch node"]:
    return torch.cat([torch.full((len(half), 1), BOS), half, half], dim=1)
