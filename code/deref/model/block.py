"""One block of a transformer: attention, then an MLP where there is one, each added to the residual stream."""

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from deref.model.attention import attention, fused_attention, trained_attention
from deref.model.parts import Linear, Norm, Normed
from deref.model.taps import Watch

if TYPE_CHECKING:
    from deref.model.config import ModelConfig

EVERY = slice(None)


class Block(nn.Module):
    """One block, in two halves: queries, keys and values of every node; then attention and the MLP.

    Args:
        config: the shape of the model.
        seeds: the number of seeds.
        layer: the block's place, from 0.
    """

    def __init__(self, config: "ModelConfig", seeds: int, layer: int) -> None:
        super().__init__()
        self.layer, self.heads, self.has_mlp = layer, config.heads, config.mlp > 0
        width, inner = config.width, config.heads * config.K
        self.attn_norm = Norm(seeds, width) if config.block_norm else nn.Identity()
        self.q = Linear(seeds, width, inner)
        self.k = Linear(seeds, width, inner)
        self.v = Linear(seeds, width, inner)
        self.o = Linear(seeds, inner, width)
        if self.has_mlp:
            self.mlp_norm = Norm(seeds, width) if config.block_norm else nn.Identity()
            self.mlp_in = Linear(seeds, width, config.mlp)
            self.mlp_out = Linear(seeds, config.mlp, width)

    def forward(
        self,
        resid: Float[Tensor, "seed batch node width"],
        mask: Bool[Tensor, "node node"],
        watch: Watch,
        rows: slice | Int[Tensor, "asking"] = EVERY,
    ) -> Float[Tensor, "seed batch asking width"]:
        """Advance the residual stream by one block.

        Args:
            resid: the stream at all nodes, (S, B, N, D).
            mask: True where node i may attend to node j.
            watch: shows tensors to the tap, if there is one.
            rows: the nodes whose stream is wanted; keys and values are those of all nodes in any case.

        Returns:
            The stream at those nodes.
        """
        resid = watch("resid_pre", self.layer, resid)
        normed = Normed(self.attn_norm, resid)
        q, k, v = normed.through(self.q, rows), normed.through(self.k), normed.through(self.v)
        return self.finish(resid[:, :, rows], q, k, v, mask[rows], watch)

    def project(
        self, resid: Float[Tensor, "seed batch node width"]
    ) -> tuple[
        Float[Tensor, "seed batch node inner"],
        Float[Tensor, "seed batch node inner"],
        Float[Tensor, "seed batch node inner"],
    ]:
        """The first half: the queries, keys and values that the block makes of the stream, heads side by side.

        Args:
            resid: the stream that enters the block, (S, B, N, D).

        Returns:
            Queries, keys and values, each (S, B, N, H K).
        """
        normed = Normed(self.attn_norm, resid)
        return normed.through(self.q), normed.through(self.k), normed.through(self.v)

    def finish(
        self,
        resid: Float[Tensor, "seed batch query width"],
        q: Float[Tensor, "seed batch query inner"],
        k: Float[Tensor, "seed batch key inner"],
        v: Float[Tensor, "seed batch key inner"],
        mask: Bool[Tensor, "query key"],
        watch: Watch | None = None,
    ) -> Float[Tensor, "seed batch query width"]:
        """The second half: attention and the MLP, at the nodes that have a query.

        Args:
            resid: the stream that enters the block at those nodes, (S, B, query, D).
            q: their queries, heads side by side.
            k: the keys of all nodes that can be looked at.
            v: their values.
            mask: True where a query may attend to a key.
            watch: shows tensors to the tap, if there is one.

        Returns:
            The stream that leaves the block at those nodes, (S, B, query, D).
        """
        watch = watch or Watch()

        def see(name: str, x: Tensor) -> Tensor:
            return watch(name, self.layer, x)

        # (S, B, N, H K) to (S, B, H, N, K)
        q, k, v = (x.unflatten(-1, (self.heads, -1)).transpose(2, 3) for x in (q, k, v))
        q, k, v = see("q", q), see("k", k), see("v", v)
        if watch.wants(self.layer, "scores", "pattern"):
            z, _ = attention(q, k, v, mask, see)
        else:
            z = (trained_attention if torch.is_grad_enabled() and q.requires_grad else fused_attention)(q, k, v, mask)
        resid = see("resid_mid", resid + see("attn_out", self._merge(see("z", z), watch)))
        if self.has_mlp:
            hidden = Normed(self.mlp_norm, resid).through(self.mlp_in)
            hidden = see("mlp_post", F.gelu(see("mlp_pre", hidden)))
            resid = resid + see("mlp_out", self.mlp_out(hidden))
        return see("resid_post", resid)

    def _merge(self, z: Tensor, watch: Watch) -> Tensor:
        """Write what each head fetched back into the stream: (S, B, H, N, K) to (S, B, N, D)."""
        if not watch.wants(self.layer, "head_out"):
            return self.o(z.transpose(2, 3).flatten(-2))
        # One matrix a head, so that heads can be told apart: (S, 1, H, K, D).
        weight = self.o.weight.unflatten(1, (self.heads, -1))[:, None]
        return watch("head_out", self.layer, z @ weight).sum(2) + self.o.bias[:, None, None]
