"""Starts: transformers that begin from the numbers of other code than this book's, to train what that code trained.

    numpy        every linear map from N(0, 1 / inputs), biases zero: a network written out by hand in NumPy
    encoder      torch's `nn.TransformerEncoder`: queries, keys and values from one Xavier map for all three, other maps
                 from Kaiming's distribution with a = sqrt 5; it copies one layer, so ALL LAYERS START EQUAL
    independent  the same, with every layer drawn by itself
    default      torch's `nn.Linear` everywhere, attention included, every layer drawn by itself
    xavier       the book's own start: Xavier's uniform distribution, biases zero

Embeddings and learned positions always start as the shape of the model says.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from deref.model.attention import attention, fused_attention, trained_attention
from deref.model.block import Block
from deref.model.parts import Linear, Normed
from deref.model.taps import Watch
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout

if TYPE_CHECKING:
    from deref.model.config import ModelConfig

STARTS = ("numpy", "encoder", "independent", "default", "xavier")
GELUS = ("exact", "tanh")
JOINT = ("q", "k", "v")


class Started(Transformer):
    """An ensemble of transformers with a start of other code.

    Args:
        config: the shape of every member.
        seeds: one integer a member.
        start: one of `STARTS`.
        gelu: "exact", or "tanh" for its usual approximation.
        token_scale: what token embeddings are multiplied by before positions are added.

    Raises:
        ValueError: an unknown start or GELU, or as `Transformer`.
    """

    def __init__(self, config: "ModelConfig", seeds: Sequence[int], *, start: str, gelu: str = "exact",
                 token_scale: float = 1.0) -> None:
        if start not in STARTS:
            raise ValueError(f"expected a start, one of {', '.join(STARTS)}, got {start!r}")
        if gelu not in GELUS:
            raise ValueError(f"expected a GELU, one of {', '.join(GELUS)}, got {gelu!r}")
        self.start, self.gelu, self.token_scale = start, gelu, token_scale
        super().__init__(config, seeds)
        if gelu == "tanh":
            exact = self.layers.state_dict()
            self.layers = nn.ModuleList(TanhBlock(config, len(self.seeds), layer) for layer in range(config.layers))
            self.layers.load_state_dict(exact)

    def _start(self, member: int, generator: torch.Generator) -> None:
        """Draw one member's parameters: embeddings, positions, then the maps in the order of the model."""
        config = self.config
        self.token.data[member].normal_(std=config.token_std, generator=generator)
        if config.positions == "learned":
            self.position.data[member].normal_(std=config.position_std, generator=generator)
        for block in self.layers:
            for name, part in block.named_children():
                if isinstance(part, Linear):
                    self._draw(part, member, generator, attention=name in (*JOINT, "o"), joint=name in JOINT)
        self._draw(self.unembedding, member, generator)
        if self.start == "encoder":
            first = self.layers[0].state_dict()
            for block in self.layers[1:]:
                for name, value in block.state_dict().items():
                    value[member] = first[name][member]

    def _draw(self, part: Linear, member: int, generator: torch.Generator, *, attention: bool = False,
              joint: bool = False) -> None:
        """Draw one map of one member."""
        weight, bias = part.weight.data[member], part.bias.data[member]
        inputs, outputs = weight.shape
        if self.start == "xavier":
            part.start(member, generator)
        elif self.start == "numpy":
            weight.normal_(std=inputs**-0.5, generator=generator)
        elif joint and self.start != "default":
            bound = math.sqrt(6 / (inputs + 3 * outputs))  # Xavier's for the map of all three together
            weight.uniform_(-bound, bound, generator=generator)
        else:
            bound = inputs**-0.5  # Kaiming's with a = sqrt 5
            weight.uniform_(-bound, bound, generator=generator)
            if not attention or self.start == "default":  # in an encoder, attention's biases start at zero
                bias.uniform_(-bound, bound, generator=generator)

    def embed(
        self, tokens: Int[Tensor, "*seed batch node"], layout: Layout
    ) -> Float[Tensor, "seed batch node width"]:
        """Add token embeddings, scaled, and positions; as `Transformer.embed`."""
        embedded = super().embed(tokens, layout)
        if self.token_scale == 1.0:
            return embedded
        count, vocab, width = self.token.shape
        table = vocab * torch.arange(count, device=embedded.device)[:, None, None]
        tokens = (tokens[None] if tokens.ndim == 2 else tokens) + table
        return embedded + (self.token_scale - 1) * F.embedding(tokens, self.token.view(-1, width))

    def member(self, i: int) -> "Started":
        """Take out one member, as `Transformer.member` does."""
        if not 0 <= i < len(self.seeds):
            raise ValueError(f"expected a member from 0 to {len(self.seeds) - 1}, got {i}")
        one = Started(self.config, self.seeds[i : i + 1], start=self.start, gelu=self.gelu,
                      token_scale=self.token_scale)
        one = one.to(device=self.token.device, dtype=self.token.dtype)
        one.load_state_dict({name: value[i : i + 1] for name, value in self.state_dict().items()})
        return one


class TanhBlock(Block):
    """A block whose MLP has the tanh approximation of GELU, as NumPy code without an error function has.

    The two differ by less than 5e-4; `Block` stays as it is, because the addresses of trained runs depend on its code.
    """

    def finish(
        self,
        resid: Float[Tensor, "seed batch query width"],
        q: Float[Tensor, "seed batch query inner"],
        k: Float[Tensor, "seed batch key inner"],
        v: Float[Tensor, "seed batch key inner"],
        mask: Bool[Tensor, "query key"],
        watch: Watch | None = None,
    ) -> Float[Tensor, "seed batch query width"]:
        """As `Block.finish`."""
        watch = watch or Watch()

        def see(name: str, x: Tensor) -> Tensor:
            return watch(name, self.layer, x)

        q, k, v = (x.unflatten(-1, (self.heads, -1)).transpose(2, 3) for x in (q, k, v))
        q, k, v = see("q", q), see("k", k), see("v", v)
        if watch.wants(self.layer, "scores", "pattern"):
            z, _ = attention(q, k, v, mask, see)
        else:
            z = (trained_attention if torch.is_grad_enabled() and q.requires_grad else fused_attention)(q, k, v, mask)
        resid = see("resid_mid", resid + see("attn_out", self._merge(see("z", z), watch)))
        if self.has_mlp:
            hidden = Normed(self.mlp_norm, resid).through(self.mlp_in)
            hidden = see("mlp_post", F.gelu(see("mlp_pre", hidden), approximate="tanh"))
            resid = resid + see("mlp_out", self.mlp_out(hidden))
        return see("resid_post", resid)
