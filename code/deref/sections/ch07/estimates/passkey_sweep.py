"""A key that is named once in a long text: does the language model find it, by length, place and what is around it?"""

import random
from collections.abc import Iterable
from itertools import product

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from deref.lm.model import LanguageModel, causal_layout, language_model
from deref.lm.words import BOS, Words
from deref.sweep import Table, sweep
from evidence.runs import Store

LENGTHS, DEPTHS, DRAWS = (128, 256, 512, 1024), (0.0, 0.5, 1.0), range(8)
FILLERS = ("grass", "keys")
DIGITS = 5
GRASS = " The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
_NAMES = """Lisa Brian Kevin Rachel Steven Nancy Eric Linda Jason Amy Daniel Maria Andrew Karen Matthew Diana Scott Lucy
Ryan Grace Mary John Tom Anna Peter Susan James Alice Robert Emma David Laura Paul Helen Mark Jane Simon Kate
George Sarah Henry Julia Frank Clara Adam Ben Carl Chris Dan Ed Fred Gary Ian Jack Joe Ken Leo Max Neil Oscar
Phil Ray Sam Ted Tim Will Eva Ella Ruth Rose Nina Mia Lily Kim Joan Jean Hope Faith Dawn Carol Beth Ann"""
"""As many as keys fit into the longest text, and some more."""


def text(words: Words, length: int, depth: float, seed: int, filler: str) -> list[int]:
    """A text that names a key once and is asked for it.

    Args:
        words: the tokeniser.
        length: of the text, in tokens, at most; the last sentence of the filler is not cut.
        depth: where the key stands, from 0, the start, to 1, right before the question.
        seed: of the names and keys.
        filler: "grass", the same few sentences again and again, or "keys", those of other people.

    Returns:
        Its tokens, the key at the end among them.
    """
    rng = random.Random(seed)
    people = _NAMES.split()
    rng.shuffle(people)
    keys = ["".join(rng.choices("0123456789", k=DIGITS)) for _ in people]
    sentences = [words.tokens(f" The pass key of {who} is {key}.") for who, key in zip(people, keys, strict=True)]
    question = words.tokens(f" What is the pass key of {people[0]}? The pass key of {people[0]} is {keys[0]}")
    room = length - 1 - len(question) - len(sentences[0])
    grass = words.tokens(GRASS)
    others = [grass] * (room // len(grass)) if filler == "grass" else sentences[1 : 1 + room // len(sentences[0])]
    at = round(depth * len(others))
    return [BOS, *(token for some in (*others[:at], sentences[0], *others[at:]) for token in some), *question]


def texts(words: Words, *, length: int, depth: float, filler: str, draws: Iterable[int]) -> Int[Tensor, "draw node"]:
    """Texts of one length, one for each draw of names and keys; otherwise as `text`."""
    return torch.tensor([text(words, length, depth, seed, filler) for seed in draws])


def ask(model: LanguageModel, tokens: Int[Tensor, "draw node"]) -> tuple[Int[Tensor, "draw"], Float[Tensor, "draw"]]:
    """Ask for the key at the end of texts, each digit after the right ones before it.

    Args:
        model: the model.
        tokens: the texts, as `texts` makes them.

    Returns:
        How many digits are the likeliest token, and the log probability of the whole key, in nats.
    """
    size = tokens.shape[1]
    scores = model(tokens, causal_layout(size, range(size - 1 - DIGITS, size - 1)))[0].log_softmax(-1)
    digits = tokens[:, -DIGITS:]
    return (scores.argmax(-1) == digits).sum(1), scores.gather(-1, digits[..., None]).sum((1, 2))


@sweep("lm-passkey", about="A key of five digits that is named once in a text, asked for at its end, by length and "
                           "place, among sentences about grass and among the keys of others: digits found, and the log "
                           "probability of the whole key.")
def passkey(store: Store) -> Table:
    model = language_model()
    cells = list(product(FILLERS, LENGTHS, DEPTHS))
    found = [ask(model, texts(model.words, length=length, depth=depth, filler=filler, draws=DRAWS))
             for filler, length, depth in cells]
    right, log_probability = (torch.cat(some).numpy() for some in zip(*found, strict=True))
    fillers, lengths, depths = (np.repeat(column, len(DRAWS)) for column in zip(*cells, strict=True))
    return {"filler": fillers, "length": lengths, "depth": depths, "draw": np.tile(DRAWS, len(cells)),
            "digits": right.astype(np.int8), "log_probability": log_probability}
