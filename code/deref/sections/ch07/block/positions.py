"""Section "The rest of the block": which sublayers move something from one position to another."""

from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from deref.model.mixing import TokenMixing
from deref.model.transformer import Transformer
from deref.probes.measures.sublayers import between, sublayer
from deref.sections.shared.models import large_32
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Run, Store

TASK, LAYERS = large_32.config.task, range(large_32.config.model.layers)
HIDDEN = 64  # units of the token-mixing MLP


@cache
def crossings(run: Run) -> dict[str, Float[Tensor, "layer seed node node"]]:
    """How each sublayer of a run's models, and a token-mixing MLP, depends on other nodes: the Jacobians' norms.

    Args:
        run: of the large model.

    Returns:
        By kind of sublayer: "attention", "mlp", "norm" and "mixing".
    """
    model = Transformer.from_state(run.config.model, run.seeds, run.model.state_dict()).double()
    layout = TASK.layout("flat")
    start = torch.randn(len(run.seeds), 1, layout.size, model.config.width, dtype=torch.float64,
                        generator=torch.Generator().manual_seed(0))
    found = {kind: [between(sublayer(model, layout, kind, layer), start) for layer in LAYERS]
             for kind in ("attention", "mlp")}
    found["norm"] = [between(model.layers[layer].mlp_norm, start) for layer in LAYERS]
    found["mixing"] = [between(TokenMixing(run.seeds, layout.size, HIDDEN).double(), start)]
    return {kind: torch.stack(each) for kind, each in found.items()}


def across(kind: str, store: Store) -> Float[Tensor, "layer seed"]:
    """The largest derivative between two different nodes.

    Args:
        kind: of sublayer, as in `crossings`.
        store: where runs are kept.
    """
    found = crossings(large_32.run(store))[kind]
    return found.masked_fill(torch.eye(found.shape[-1], dtype=torch.bool), 0).amax((-2, -1))


@result("block.across.mlp", title="Largest derivative of what an MLP writes by another position", format=".0e")
def across_mlp(store: Store) -> Estimate:
    return exact(across("mlp", store).max(), "largest over layers and seeds, double precision")


@result("block.across.norm", title="Largest derivative of what a LayerNorm gives by another position", format=".0e")
def across_norm(store: Store) -> Estimate:
    return exact(across("norm", store).max(), "largest over layers and seeds, double precision")


@result("block.across.attention", title="Largest derivative of what attention writes by another position",
        format=".1f")
def across_attention(store: Store) -> Estimate:
    return exact(across("attention", store).min(), "least over layers and seeds, double precision")


@result("block.across.mixing", title="Largest derivative of what a token-mixing MLP writes by another position",
        format=".1f")
def across_mixing(store: Store) -> Estimate:
    return exact(across("mixing", store).min(), "least over seeds, double precision")
