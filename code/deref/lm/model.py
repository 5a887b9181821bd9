"""The model: a decoder of the Llama family, with the sites and taps of the book's own models.

Glossary of shapes: S = 1 (there is one set of weights), B sequences, N nodes, R readouts, L layers, H heads, K head
size, D width, U hidden units, V tokens.

What differs from `deref.model.transformer` is four parts of a block: RMSNorm in place of LayerNorm, positions that
rotate queries and keys instead of being added to the stream, keys and values that three heads share, and an MLP with a
gate. None has a bias. The file of weights lists the rows of q and k so that the two numbers of a rotated pair are
neighbours.
"""

from functools import cache, lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from deref.lm.gguf_file import Contents, read_file
from deref.lm.weights import weights_file
from deref.lm.words import Words
from deref.model.attention import attention, fused_attention
from deref.model.rotary import rotated, turns
from deref.model.taps import LAYER_SITES, MODEL_SITES, Site, Tap, Watch
from deref.probes.base.chosen import Several, several
from deref.tasks.layout import Layout, shareable


class LanguageModel:
    """A language model that can be run with taps.

    Args:
        contents: of its file.
    """

    seeds = (0,)  # one set of weights: the leading axis of everything is 1 long

    def __init__(self, contents: Contents):
        self.shape, self.words = contents.shape, Words(contents)
        self.embedding, self.final_gain, self.blocks = contents.embedding, contents.final_gain, contents.blocks
        inside = {Site(name, layer) for name in LAYER_SITES for layer in range(self.shape.layers)}
        self.sites = frozenset(inside | {Site(name) for name in MODEL_SITES})

    def __call__(
        self, tokens: Int[Tensor, "*seed batch node"], layout: Layout, *, tap: Tap | None = None
    ) -> Float[Tensor, "1 batch readout output"]:
        """Give the logits of the next token at every readout.

        Args:
            tokens: (B, N) or (1, B, N).
            layout: positions, mask and readouts of the N nodes; see `causal`.
            tap: called at every site it looks at; see `deref.model.taps`.

        Returns:
            Logits, (1, B, R, V), without gradients.

        Raises:
            ValueError: tokens that do not fit the layout or the vocabulary, or a tap on a site that does not exist.
        """
        watch = Watch(tap, self.sites)
        return self._run(0, watch("embed", None, self.embed(tokens, layout)), layout, watch)

    def from_layer(
        self, layer: int, resid: Float[Tensor, "1 batch node width"], layout: Layout, tap: Tap | None = None
    ) -> Float[Tensor, "1 batch readout output"]:
        """Run the rest of the model from the residual stream that enters one block.

        Args:
            layer: the first block to run, 0 to L; L runs the unembedding alone.
            resid: the stream that enters it, (1, B, N, D).
            layout: positions, mask and readouts of the N nodes.
            tap: as in a whole run; it is shown the sites from this block on.

        Returns:
            Logits, (1, B, R, V).

        Raises:
            ValueError: a layer that does not exist, a stream that does not fit, or a tap on no site.
        """
        if not 0 <= layer <= self.shape.layers:
            raise ValueError(f"expected a layer from 0 to {self.shape.layers}, got {layer}")
        if resid.ndim != 4 or resid.shape[2:] != (layout.size, self.shape.width):
            raise ValueError(f"expected a stream of {layout.size} nodes and width {self.shape.width}, got the shape "
                             f"{tuple(resid.shape)}")
        return self._run(layer, resid, layout, Watch(tap, self.sites))

    def embed(self, tokens: Int[Tensor, "*seed batch node"], layout: Layout) -> Float[Tensor, "1 batch node width"]:
        """The residual stream that enters the first block: positions come into it later.

        Raises:
            ValueError: tokens that do not fit the layout or the vocabulary.
        """
        if tokens.ndim not in (2, 3) or tokens.shape[-1] != layout.size or (tokens.ndim == 3 and len(tokens) != 1):
            raise ValueError(f"expected tokens of {layout.size} nodes for one model, got the shape "
                             f"{tuple(tokens.shape)}")
        if int(tokens.min()) < 0 or int(tokens.max()) >= self.shape.vocab:
            raise ValueError(f"expected tokens from 0 to {self.shape.vocab - 1}, got {int(tokens.min())} to "
                             f"{int(tokens.max())}")
        return self.embedding[tokens if tokens.ndim == 3 else tokens[None]]

    @torch.no_grad()
    def project(
        self, layer: int, resid: Float[Tensor, "1 batch node width"], positions: Int[Tensor, "node"]
    ) -> tuple[Float[Tensor, "1 batch node inner"], ...]:
        """Run the first half of one block.

        Args:
            layer: the block, from 0.
            resid: the stream that enters it, at any nodes, (1, B, nodes, D).
            positions: of these nodes.

        Returns:
            Queries, keys and values, heads side by side, each (1, B, nodes, H K); each head has keys and values of its
            own, those that it shares repeated.
        """
        return tuple(x.transpose(2, 3).flatten(-2) for x in self._projected(layer, resid, positions))

    @torch.no_grad()
    def finish(
        self, layer: int, resid: Float[Tensor, "1 batch query width"], q: Float[Tensor, "1 batch query inner"],
        k: Float[Tensor, "1 batch key inner"], v: Float[Tensor, "1 batch key inner"], mask: Bool[Tensor, "query key"],
    ) -> Float[Tensor, "1 batch query width"]:
        """Run the second half of one block, at the nodes that have a query.

        Args:
            layer: the block, from 0.
            resid: the stream that enters it at those nodes, (1, B, query, D).
            q: their queries, heads side by side.
            k: the keys of all nodes that can be looked at.
            v: their values.
            mask: True where a query may attend to a key.

        Returns:
            The stream that leaves it there, (1, B, query, D).
        """
        q, k, v = (x.unflatten(-1, (self.shape.heads, -1)).transpose(2, 3) for x in (q, k, v))
        return self._finished(layer, resid, q, k, v, mask, Watch())

    @torch.no_grad()
    def unembed(self, resid: Float[Tensor, "1 batch node width"]) -> Float[Tensor, "1 batch node token"]:
        """The logits of the stream that leaves the last block, at whatever nodes are given."""
        return F.linear(self._norm(resid, self.final_gain), self.embedding)

    @torch.no_grad()
    def _run(self, layer: int, resid: Tensor, layout: Layout, watch: Watch) -> Tensor:
        for i in range(layer, self.shape.layers):
            resid = watch("resid_pre", i, resid)
            q, k, v = self._projected(i, resid, layout.positions)
            resid = self._finished(i, resid, q, k, v, layout.mask, watch)
        final = watch("final", None, self._norm(resid[:, :, layout.rows], self.final_gain))
        return watch("logits", None, F.linear(final, self.embedding))

    def _projected(self, layer: int, resid: Tensor, positions: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values of one block, (1, B, H, nodes, K)."""
        w, shape = self.blocks[layer], self.shape
        normed = self._norm(resid, w["attn_gain"])
        q, k, v = (F.linear(normed, w[name]).unflatten(-1, (-1, shape.size)).transpose(2, 3) for name in "qkv")
        q, k = (rotated(x, *turns(positions, shape.size, shape.theta)) for x in (q, k))
        k, v = (x.repeat_interleave(shape.heads // shape.kv_heads, dim=2) for x in (k, v))
        return q, k, v

    def _finished(
        self, layer: int, resid: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, watch: Watch
    ) -> Tensor:
        """The stream that leaves one block, from queries, keys and values with heads apart."""
        w = self.blocks[layer]

        def see(name: str, x: Tensor) -> Tensor:
            return watch(name, layer, x)

        q, k, v = see("q", q), see("k", k), see("v", v)
        if watch.wants(layer, "scores", "pattern"):
            z, _ = attention(q, k, v, mask, see)
        else:
            z = fused_attention(q, k, v, mask)
        z = see("z", z)
        if watch.wants(layer, "head_out"):
            written = see("head_out", z @ w["o"].unflatten(1, (self.shape.heads, -1)).permute(1, 2, 0)).sum(2)
        else:
            written = F.linear(z.transpose(2, 3).flatten(-2), w["o"])
        resid = see("resid_mid", resid + see("attn_out", written))
        normed = self._norm(resid, w["mlp_gain"])
        gate = see("mlp_pre", F.linear(normed, w["gate"]))
        hidden = see("mlp_post", F.silu(gate) * F.linear(normed, w["up"]))
        return see("resid_post", resid + see("mlp_out", F.linear(hidden, w["down"])))

    def _norm(self, x: Tensor, gain: Tensor) -> Tensor:
        return F.rms_norm(x, gain.shape, gain, self.shape.epsilon)


@lru_cache(maxsize=64)
@shareable
def _causal(size: int, readouts: tuple[int, ...]) -> Layout:
    return Layout(positions=torch.arange(size), mask=torch.ones(size, size, dtype=torch.bool).tril(),
                  readouts=torch.tensor(readouts))


def causal_layout(size: int, readouts: Several | None = None) -> Layout:
    """The layout of text: one token after the other, each sees itself and those before it.

    Args:
        size: number of tokens.
        readouts: where logits are wanted, increasing; None wants all.
    """
    return _causal(size, tuple(range(size)) if readouts is None else several("readouts", readouts))


@cache
@shareable
def language_model() -> LanguageModel:
    """The book's language model, SmolLM2-135M-Instruct, fetched if need be and read once a process.

    Raises:
        Absent: it is switched off or cannot be fetched.
    """
    return LanguageModel(read_file(weights_file()))
