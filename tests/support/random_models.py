"""Untrained models whose answers hang on every token: subjects for tests that compare two ways to compute a thing."""

import torch

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.pointer import PointerTask

SHAPES = {
    "one layer": {"layers": 1, "heads": 2, "width": 8, "mlp": 16},
    "two layers": {"layers": 2, "heads": 1, "width": 8, "mlp": 16},
    "three layers": {"layers": 3, "heads": 2, "width": 8, "mlp": 8},
    "attention only, bare": {"layers": 3, "heads": 2, "width": 8, "block_norm": False, "final_norm": False},
    "sinusoidal": {"layers": 2, "heads": 2, "width": 12, "head_size": 5, "mlp": 8, "positions": "sinusoidal"},
}


def random_model(
    task: PointerTask, seeds: tuple[int, ...] = (0, 1, 2), dtype: torch.dtype = torch.float64, **shape: object
) -> Transformer:
    """Draw a model with large weights, its answers shifted so that each seed gives both, and none by a hair."""
    config = ModelConfig(length=task.T, position_std=1.0, token_std=2.0, **shape)
    model = Transformer(config, seeds).to(dtype)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith((".q.weight", ".k.weight", "mlp_in.weight")):
                value *= 2
        logits = model(task.trie_tokens(memories(task, 50, seed=99)), task.layout("trie")).flatten(1, 2)
        margins = (logits[..., 1] - logits[..., 0]).sort().values
        some = margins[:, margins.shape[1] // 5 : margins.shape[1] // 2]
        widest = some.diff().argmax(1, keepdim=True)
        between = (some.gather(1, widest) + some.gather(1, widest + 1)) / 2
        model.unembedding.bias[:, 1] -= between[:, 0]
    return model


def memories(task: PointerTask, n: int, seed: int = 0) -> torch.Tensor:
    """Draw memories."""
    return task.sample_memory(n, torch.Generator().manual_seed(seed))
