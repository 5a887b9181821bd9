"""Linear attention: a transformer whose weights are products of positive features, so that a fixed state can hold them.

The book's attention keeps every key. Here the weight of a key is f(q) · f(k), divided by the sum over keys; the sums of
f(k) v and of f(k) over all keys are then all that a query needs, however many keys there were. In training the weights
are laid out as a table all the same, as the book's attention does, since that is fast for short sequences.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from deref.model.block import Block
from deref.model.config import ModelConfig
from deref.model.parts import Normed
from deref.model.taps import Watch
from deref.model.transformer import Transformer
from deref.tasks.layout import Layout


def features(x: Float[Tensor, "*rows size"]) -> Float[Tensor, "*rows size"]:
    """Make queries or keys positive, number by number: x + 1 above zero, and the exponential of x below.

    Source:
        Katharopoulos et al., Transformers are RNNs (2020), equation 7.
    """
    return F.elu(x) + 1


def linear_attention(
    q: Float[Tensor, "*batch query size"],
    k: Float[Tensor, "*batch key size"],
    v: Float[Tensor, "*batch key fetched"],
    mask: Bool[Tensor, "query key"],
) -> tuple[Float[Tensor, "*batch query fetched"], Float[Tensor, "*batch query key"]]:
    """Let every query fetch a mixture of values, weighted by the product of its features and the keys'.

    Args:
        q: one query a node, (..., query, K).
        k: one key a node, (..., key, K).
        v: one value a node, (..., key, any size).
        mask: True where a query may attend to a key.

    Returns:
        The mixtures, (..., query, size of a value), and the weights, (..., query, key), which sum to 1 over keys.
    """
    weights = (features(q) @ features(k).mT).masked_fill(~mask, 0)
    weights = weights / weights.sum(-1, keepdim=True)
    return weights @ v, weights


class LinearBlock(Block):
    """A block whose attention is linear; its sites are the book's without "scores", which it does not have."""

    def finish(
        self,
        resid: Float[Tensor, "seed batch query width"],
        q: Float[Tensor, "seed batch query inner"],
        k: Float[Tensor, "seed batch key inner"],
        v: Float[Tensor, "seed batch key inner"],
        mask: Bool[Tensor, "query key"],
        watch: Watch | None = None,
    ) -> Float[Tensor, "seed batch query width"]:
        """As the book's block, with linear attention."""
        watch = watch or Watch()

        def see(name: str, x: Tensor) -> Tensor:
            return watch(name, self.layer, x)

        q, k, v = (see(name, x.unflatten(-1, (self.heads, -1)).transpose(2, 3))
                   for name, x in (("q", q), ("k", k), ("v", v)))
        z, pattern = linear_attention(q, k, v, mask)
        if watch.wants(self.layer, "pattern"):
            z = see("pattern", pattern) @ v
        resid = see("resid_mid", resid + see("attn_out", self._merge(see("z", z), watch)))
        if self.has_mlp:
            hidden = see("mlp_pre", Normed(self.mlp_norm, resid).through(self.mlp_in))
            resid = resid + see("mlp_out", self.mlp_out(see("mlp_post", F.gelu(hidden))))
        return see("resid_post", resid)


class LinearTransformer(Transformer):
    """An ensemble of transformers with linear attention, one a seed.

    Args:
        config: the shape of every member.
        seeds: one integer a member.
        before: whether a token's embedding also says, by a table of its own, which token stands before it. Softmax
            learns to look one token back; weights as flat as these hardly do, and are often given a short convolution.

    Raises:
        ValueError: as `Transformer`.
    """

    def __init__(self, config: ModelConfig, seeds: Sequence[int], before: bool = False) -> None:
        super().__init__(config, seeds)
        self.layers = nn.ModuleList(LinearBlock(config, len(self.seeds), layer) for layer in range(config.layers))
        self.before = nn.Parameter(torch.zeros_like(self.token)) if before else None
        for member, seed in enumerate(self.seeds):
            generator = torch.Generator().manual_seed(seed)
            self._start(member, generator)
            if self.before is not None:
                self.before.data[member].normal_(std=config.token_std, generator=generator)

    def embed(
        self, tokens: Int[Tensor, "*seed batch node"], layout: Layout
    ) -> Float[Tensor, "seed batch node width"]:
        """As `Transformer.embed`; the token before is that of the node before, and the first node has none.

        Args:
            tokens: as in `forward`.
            layout: as in `forward`; a sequence where the token before counts.
        """
        found = super().embed(tokens, layout)
        if self.before is None:
            return found
        count, vocab, width = self.before.shape
        table = vocab * torch.arange(count, device=tokens.device)[:, None, None]
        earlier = F.embedding(tokens[..., :-1] + table, self.before.view(-1, width))
        return found + F.pad(earlier, (0, 0, 1, 0))

    def member(self, i: int) -> "LinearTransformer":
        """Take out one member, as `Transformer.member` does."""
        if not 0 <= i < len(self.seeds):
            raise ValueError(f"expected a member from 0 to {len(self.seeds) - 1}, got {i}")
        one = LinearTransformer(self.config, self.seeds[i : i + 1], self.before is not None)
        one.load_state_dict({name: value[i : i + 1] for name, value in self.state_dict().items()})
        return one
