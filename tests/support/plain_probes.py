"""The probes as plain loops, one forward pass a patch and example: what the fast ones must equal and outrun."""

import torch
from torch import Tensor

from deref.model.taps import Site
from deref.model.transformer import Transformer
from deref.probes.base.patching import patch_at
from deref.tasks.pointer import PointerTask


@torch.no_grad()
def flip_test(model: Transformer, task: PointerTask, memories: Tensor) -> Tensor:
    """Whether flipping a cell changes the answer: (seed, memory, address, flipped cell)."""
    layout = task.layout("flat")
    changed = torch.zeros(len(model.seeds), len(memories), task.M, task.M, dtype=torch.bool)
    for m, memory in enumerate(memories):
        for address in range(task.M):
            before = model(task.tokens(memory[None], torch.tensor([address])), layout).argmax(-1)
            for cell in range(task.M):
                flipped = memory.clone()
                flipped[cell] = 1 - flipped[cell]
                after = model(task.tokens(flipped[None], torch.tensor([address])), layout).argmax(-1)
                changed[:, m, address, cell] = (after != before)[:, 0, 0]
    return changed


@torch.no_grad()
def causal_trace(model: Transformer, task: PointerTask, memories: Tensor, direction: str = "denoise") -> Tensor:
    """Recovery of every patch, whatever the gap: (seed, memory, address, row, position)."""
    layout, layers = task.layout("flat"), model.config.layers
    recovery = torch.zeros(len(model.seeds), len(memories), task.M, layers + 1, task.T, dtype=model.token.dtype)
    for m, memory in enumerate(memories):
        for address in range(task.M):
            flipped = memory.clone()
            flipped[address] = 1 - flipped[address]
            clean, corrupted = task.tokens(torch.stack([memory, flipped]), torch.tensor([address, address]))[:, None]
            base, source = (corrupted, clean) if direction == "denoise" else (clean, corrupted)
            from_base, from_source = (_margin(model(tokens, layout), memory[address]) for tokens in (base, source))
            seen = model.read(source, layout, ["resid_pre", "resid_post"])
            sites = [(Site("resid_pre", layer), seen.resid_pre[layer]) for layer in range(layers)]
            sites.append((Site("resid_post", layers - 1), seen.resid_post[-1]))
            for row, (site, values) in enumerate(sites):
                for node in range(task.T):
                    patched = model(base, layout, tap=patch_at(site, values, nodes=[node]))
                    moved = _margin(patched, memory[address]) - from_base
                    recovery[:, m, address, row, node] = moved / (from_source - from_base)
    return recovery


def _margin(logits: Tensor, answer: Tensor) -> Tensor:
    return logits[:, 0, 0, answer] - logits[:, 0, 0, 1 - answer]
