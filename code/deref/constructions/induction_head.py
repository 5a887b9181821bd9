"""An induction head written by hand: two attention layers, one head each, whose every weight has a reason.

    layer one, label   Every node looks at the node before it and copies which token stands there. Now each cell holds
                       the token that it follows.
    layer two, fetch   The readout compares its own token with the token that every node follows. The cell agrees, no
                       other node does, and its token is copied.

The residual stream is a notebook:

    token      V columns   which token stands here, one-hot; from the token embedding
    place      N columns   at which node, one-hot; from the positions
    follows    V columns   written by layer one: which token stands before
    fetched    V columns   written by layer two: which token stands in the cell; the answer

Node 0 follows nothing. It can only look at itself, and so would hold its own token as the one it follows; therefore its
place takes away what a match would add. There is no MLP and no LayerNorm.
"""

import math

import torch

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.tasks.induction import InductionTask

SHARP = 32.0  # nats by which the right node outscores every other


def induction(task: InductionTask) -> Transformer:
    """Write down a two-layer attention-only transformer that answers every question of an induction task.

    Args:
        task: of any size; the weights do not depend on its offsets.

    Returns:
        The model, of one seed.
    """
    vocab, nodes = task.vocab, task.length
    ends = torch.tensor([vocab, nodes, vocab, vocab]).cumsum(0).tolist()
    token, place, follows, fetched = (slice(a, b) for a, b in zip([0, *ends], ends, strict=False))
    size = max(vocab + 1, nodes)
    config = ModelConfig(vocab=vocab, outputs=vocab, length=nodes, layers=2, heads=1, width=ends[-1], head_size=size,
                         final_norm=False, block_norm=False)
    weights = {name: torch.zeros_like(value) for name, value in Transformer(config, seeds=(0,)).state_dict().items()}
    one = {name: value[0] for name, value in weights.items()}  # without the seed axis; writing goes through
    sharp = SHARP * math.sqrt(size)

    one["token"][:, token] = torch.eye(vocab)
    one["position"][:, place] = torch.eye(nodes)
    # The query of node i is one-hot at i - 1, so that it agrees with the key of the node before.
    one["layers.0.q.weight"][place, :nodes] = sharp * torch.eye(nodes).roll(-1, 1).tril()
    one["layers.0.k.weight"][place, :nodes] = torch.eye(nodes)
    one["layers.0.v.weight"][token, :vocab] = torch.eye(vocab)
    one["layers.0.o.weight"][:vocab, follows] = torch.eye(vocab)

    one["layers.1.q.weight"][token, :vocab] = sharp * torch.eye(vocab)
    one["layers.1.k.weight"][follows, :vocab] = torch.eye(vocab)
    one["layers.1.q.bias"][vocab] = sharp
    one["layers.1.k.weight"][place.start, vocab] = -1.0
    one["layers.1.v.weight"][token, :vocab] = torch.eye(vocab)
    one["layers.1.o.weight"][:vocab, fetched] = torch.eye(vocab)
    one["unembedding.weight"][fetched] = torch.eye(vocab)
    return Transformer.from_state(config, (0,), weights)
