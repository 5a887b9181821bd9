"""Multi-head attention as a published listing computes it, and as the text beside the listing describes it."""

import math

from jaxtyping import Bool, Float
from torch import Tensor, nn

from deref.model.attention import attention


class Described(nn.Module):
    """Multi-head attention, written after a listing and in its style."""

    def __init__(self, width, heads):
        super().__init__()
        self.width, self.heads, size = width, heads, width // heads
        self.to_query = nn.Linear(size, size, bias=False)
        self.to_key = nn.Linear(size, size, bias=False)
        self.to_value = nn.Linear(size, size, bias=False)
        self.merge = nn.Linear(width, width)

    def split(self, x):
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def weights(self, query, key, mask=None):
        scores = self.split(query) @ self.split(key).mT
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e20)
        return (scores / math.sqrt(self.width)).softmax(-1)

    def forward(self, query, key, value, mask=None):
        mixed = self.weights(query, key, mask) @ self.split(value)
        return self.merge(mixed.transpose(1, 2).flatten(2))


class Repaired(nn.Module):
    """Multi-head attention: each head has maps of its own, from the whole width, and divides by the root of its size.

    Args:
        width: of the stream.
        heads: how many; they share out the width.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_query, self.to_key, self.to_value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.merge = nn.Linear(width, width)

    def forward(
        self,
        query: Float[Tensor, "batch query width"],
        key: Float[Tensor, "batch key width"],
        value: Float[Tensor, "batch key width"],
        mask: Bool[Tensor, "query key"],
    ) -> Float[Tensor, "batch query width"]:
        """Let every query fetch from the values.

        Args:
            query: what asks.
            key: what is compared with.
            value: what is fetched.
            mask: True where a query may attend to a key.
        """
        mapped = (self.to_query(query), self.to_key(key), self.to_value(value))
        q, k, v = (x.unflatten(2, (self.heads, -1)).transpose(1, 2) for x in mapped)
        mixed, _ = attention(q, k, v, mask)
        return self.merge(mixed.transpose(1, 2).flatten(2))
