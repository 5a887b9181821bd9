"""What tests draw from, and what they go through instead of drawing."""

import torch


def drawn(seed: int) -> torch.Generator:
    """A generator of its own."""
    return torch.Generator().manual_seed(seed)


def every_memory(cells: int) -> torch.Tensor:
    """All memories of a size, (memory, cell)."""
    return (torch.arange(2**cells)[:, None] >> torch.arange(cells)) & 1
