"""Prompts of word pairs for the language model: every pair is said once, and then again in another order."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.lm.words import BOS, Words

NOUNS = (
    "river", "table", "stone", "window", "garden", "horse", "bread", "mountain", "letter", "chair", "bridge", "forest",
    "flower", "doctor", "engine", "candle", "island", "mirror", "pencil", "basket", "silver", "village", "winter",
    "summer", "paper", "glass", "water", "apple", "music", "dream", "cloud", "train", "beach", "clock", "knife", "king",
    "queen", "sugar", "butter", "cotton", "metal", "ocean", "planet", "rabbit", "tiger", "lion", "eagle", "snake",
    "sheep", "mouse", "wheel", "tower", "castle", "church", "school", "market", "street", "harbor", "farmer", "teacher",
    "soldier", "artist", "judge", "pilot", "coffee", "milk", "salt", "rice", "corn", "wheat", "grass", "leaf", "root",
    "seed", "fruit", "blood", "bone", "heart", "brain", "hand", "finger", "shoulder", "shirt", "coat", "shoe", "door",
    "wall", "floor", "roof", "kitchen", "bottle", "plate", "spoon", "song", "story", "poem", "novel", "camera",
)
"""Words that are one token of the model behind a space."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prompts:
    """Prompts of one number of pairs, such as " river: table, lamp: stone, lamp: stone, river: table,".

    Args:
        tokens: each row with the first token of a text.
        values: the second word of each pair, in the order in which pairs are said first.
        asked: which pair each question is about.
        readouts: the nodes of the questions that count, each at a colon, before the answer: the later half, since
            before it nothing says that the pairs will come again.
    """

    tokens: Int[Tensor, "batch node"]
    values: Int[Tensor, "batch pair"]
    asked: Int[Tensor, "batch question"]
    readouts: list[int]

    def right(self, logits: Float[Tensor, "batch question token"]) -> Float[Tensor, "batch"]:
        """The share of a prompt's questions at which no token of the vocabulary is likelier than the answer.

        Args:
            logits: at the readouts.
        """
        return (logits.argmax(-1) == self.values.gather(1, self.asked)).float().mean(-1)

    def margins(self, logits: Float[Tensor, "batch question token"]) -> Float[Tensor, "batch"]:
        """How far the answer's logit lies above the mean of the other values' logits, mean over a prompt's questions.

        Args:
            logits: at the readouts.
        """
        of_values = logits.gather(-1, self.values[:, None].expand(-1, logits.shape[1], -1))
        answer = of_values.gather(-1, self.asked[..., None])[..., 0]
        return (answer - (of_values.sum(-1) - answer) / (of_values.shape[-1] - 1)).mean(-1)


def prompts(words: Words, pairs: int, seeds: range) -> Prompts:
    """Draw one prompt for each seed.

    Args:
        words: the tokeniser.
        pairs: how many pairs a prompt has; no word comes in two of them.
        seeds: of the draws.

    Raises:
        ValueError: fewer than two pairs, or more than there are words for.
    """
    if not 2 <= pairs <= len(NOUNS) // 2:
        raise ValueError(f"expected 2 to {len(NOUNS) // 2} pairs, got {pairs}")
    nouns = torch.tensor([words.one(f" {noun}") for noun in NOUNS])
    colon, comma = words.one(":"), words.one(",")
    rows, values, orders = [], [], []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        drawn = nouns[torch.randperm(len(nouns), generator=generator)[: 2 * pairs]].view(pairs, 2)
        order = torch.randperm(pairs, generator=generator)
        said = torch.cat([drawn, drawn[order]])
        rows.append([BOS, *(token for key, value in said.tolist() for token in (key, colon, value, comma))])
        values.append(drawn[:, 1])
        orders.append(order)
    counted = range(pairs // 2, pairs)
    return Prompts(tokens=torch.tensor(rows), values=torch.stack(values),
                   asked=torch.stack(orders)[:, pairs // 2 :], readouts=[4 * (pairs + i) + 2 for i in counted])
