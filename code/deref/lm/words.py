"""Words: text to tokens and back, by the byte-pair encoding that the model was trained with."""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from deref.lm.gguf_file import Contents

BOS = 0
"""The token that every sequence starts with: the end of the text before it."""

SPECIAL = 17
"""The tokens below this number are marks of the training data, and stand for no text."""


class Words:
    """The tokeniser.

    Args:
        contents: of the file of weights.
    """

    def __init__(self, contents: Contents):
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers

        vocabulary = {text: i for i, text in enumerate(contents.tokens)}
        self._tokenizer = Tokenizer(models.BPE(vocabulary, list(contents.merges)))
        self._tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
        self._tokenizer.decoder = decoders.ByteLevel()

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text, without a first token."""
        return self._tokenizer.encode(text).ids

    def one(self, text: str) -> int:
        """The token that stands for a text alone, such as " trophy".

        Raises:
            ValueError: the text is not one token.
        """
        tokens = self.tokens(text)
        if len(tokens) != 1:
            raise ValueError(f"expected {text!r} to be one token, got {len(tokens)}")
        return tokens[0]

    def text(self, tokens: Sequence[int]) -> str:
        """The text of some tokens."""
        return self._tokenizer.decode(list(tokens))

    def pieces(self, tokens: Sequence[int]) -> list[str]:
        """The text of each token by itself."""
        return [self.text([token]) for token in tokens]

    def batch(self, texts: Sequence[str]) -> Int[Tensor, "batch node"]:
        """Texts as one batch: each starts with the first token, and shorter ones end in copies of it.

        Under a causal mask what stands behind a text changes nothing within it.
        """
        rows = [[BOS, *self.tokens(text)] for text in texts]
        size = max(map(len, rows))
        return torch.tensor([row + [BOS] * (size - len(row)) for row in rows])
