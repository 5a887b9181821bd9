"""Section "Where a word looks": what a language model makes of a few sentences, and what its looks are worth."""

from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from deref.lm.last_word import Cuts, cut_last
from deref.lm.model import causal_layout, language_model
from deref.model.taps import Site, read
from deref.sections.ch06.looking.packed_patterns import pack, unpack
from deref.sections.ch07.language.texts import WORDINGS

LEAST = 0.05
"""The weight from which on an edge is cut. Lighter ones are left out because of their number."""

ENDS = {"most": "with most weight", "worth": "whose look is worth most", "against": "whose look is worth least"}


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence that breaks off, and two ways to go on.

    Args:
        key: its name in ids.
        title: its name on the page.
        text: that the model reads.
        right, wrong: the continuation that fits and one that does not, a token each.
        target: the token that settles which fits.
    """

    key: str
    title: str
    text: str
    right: str
    wrong: str
    target: str

    @property
    def word(self) -> str:
        """The target without the space in front of it."""
        return self.target.strip()


def _trophy(which: int, right: str, wrong: str) -> Sentence:
    ending = WORDINGS[0].endings[which]
    return Sentence(key=ending.split()[1], title=f"Trophy, {ending}", text=WORDINGS[0].question(which), right=right,
                    wrong=wrong, target=right)


SENTENCES = (
    _trophy(0, " trophy", " suit"), _trophy(1, " suit", " trophy"),
    Sentence(key="names", title="Mary and John", right=" Mary", wrong=" John", target=" Mary",
             text="When Mary and John went to the shop, John gave a drink to"),
    Sentence(key="keys", title="The keys", right=" are", wrong=" is", target=" keys",
             text="The keys to the cabinet near the door"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """What the model makes of one sentence.

    Args:
        sentence: the sentence.
        tokens: of it, behind the first token.
        pieces: the text of each.
        patterns: all weights.
        queries, keys: what they were made from, after the rotation.
        cuts: what the edges from the last token are worth.
    """

    sentence: Sentence
    tokens: Int[Tensor, "node"]
    pieces: tuple[str, ...]
    patterns: Float[Tensor, "layer head query key"]
    queries: Float[Tensor, "layer head node size"]
    keys: Float[Tensor, "layer head node size"]
    cuts: Cuts

    @property
    def target(self) -> int:
        """Where the token stands that settles the answer."""
        return self.pieces.index(self.sentence.target)

    def shown(self) -> Float[Tensor, "layer head query key"]:
        """The weights that readers see: exported, and read again."""
        return unpack(pack(self.patterns), *self.patterns.shape[:3])

    def recomputed(self) -> Float[Tensor, "layer head query key"]:
        """The weights by PyTorch's own attention: with the identity for values, what is fetched is the pattern."""
        values = torch.eye(len(self.tokens)).expand(*self.keys.shape[:2], -1, -1)
        return F.scaled_dot_product_attention(self.queries, self.keys, values, is_causal=True)


@cache
def readings() -> tuple[Reading, ...]:
    """Read every sentence."""
    return tuple(map(_read, SENTENCES))


def _read(sentence: Sentence) -> Reading:
    model = language_model()
    words, layers = model.words, range(model.shape.layers)
    tokens = words.batch([sentence.text])[0]
    found: dict[Site, Tensor] = {}
    sites = [Site(name, layer) for name in ("q", "k", "pattern") for layer in layers]
    model(tokens[None], causal_layout(len(tokens), [len(tokens) - 1]), tap=read(sites, into=found))
    q, k, patterns = (torch.stack([found[Site(name, i)][0, 0] for i in layers]) for name in ("q", "k", "pattern"))
    return Reading(
        sentence=sentence, tokens=tokens, pieces=tuple(words.pieces(tokens.tolist())), patterns=patterns, queries=q,
        keys=k, cuts=cut_last(model, tokens, words.one(sentence.right), words.one(sentence.wrong), least=LEAST))


def last_row(text: str, layer: int, head: int) -> list[tuple[str, float]]:
    """Where the last word of a text looks in one head.

    Args:
        text: that the model reads, behind the first token.
        layer, head: both counted from 0.

    Returns:
        Each word with its weight, the first token among them. Weights sum to 1.

    Raises:
        Absent: the model cannot be had.
    """
    model, site = language_model(), Site("pattern", layer)
    tokens = model.words.batch([text])
    found: dict[Site, Tensor] = {}
    model(tokens, causal_layout(tokens.shape[1], [tokens.shape[1] - 1]), tap=read([site], into=found))
    words = ["(first token)", *(piece.strip() for piece in model.words.pieces(tokens[0, 1:].tolist()))]
    return list(zip(words, found[site][0, 0, head, -1].tolist(), strict=True))


def chosen(reading: Reading, end: str) -> tuple[int, int]:
    """Choose a head by its edge from the last word to the one that settles the answer.

    Args:
        reading: of a sentence.
        end: one of `ENDS`; the worth of an edge is what is lost when it is cut.

    Returns:
        Its layer and its number.
    """
    worth = reading.cuts.single[:, :, reading.target].nan_to_num()
    score = {"most": reading.patterns[:, :, -1, reading.target], "worth": worth, "against": -worth}[end]
    layer, head = divmod(int(score.argmax()), score.shape[1])
    return layer, head
