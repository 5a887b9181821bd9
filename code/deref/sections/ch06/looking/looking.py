"""Section "Where a word looks": a language model's patterns on a few sentences, exact and as the page shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from deref.lm.last_word import Cuts, cut_last
from deref.lm.model import causal, load
from deref.model.taps import Site, read
from deref.sections.ch06.looking.packed_patterns import pack, unpack
from deref.sections.ch07.language.texts import WORDINGS
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

LEAST = 0.05
"""The weight from which on an edge is cut. Lighter ones are left out because of their number."""

HEAVY, IDLE = 0.5, 0.05
"""An edge is heavy with half of a head's weight; it is idle if cutting it moves the margin by less than this."""

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
    model = load()
    words, layers = model.words, range(model.shape.layers)
    tokens = words.batch([sentence.text])[0]
    found: dict[Site, Tensor] = {}
    sites = [Site(name, layer) for name in ("q", "k", "pattern") for layer in layers]
    model(tokens[None], causal(len(tokens), [len(tokens) - 1]), tap=read(sites, into=found))
    q, k, patterns = (torch.stack([found[Site(name, i)][0, 0] for i in layers]) for name in ("q", "k", "pattern"))
    return Reading(
        sentence=sentence, tokens=tokens, pieces=tuple(words.pieces(tokens.tolist())), patterns=patterns, queries=q,
        keys=k, cuts=cut_last(model, tokens, words.one(sentence.right), words.one(sentence.wrong), least=LEAST))


def _heavy() -> Tensor:
    """How far cutting each heavy edge into an answer moves its margin (edge,), all sentences together."""
    return torch.cat([one.cuts.single[one.patterns[:, :, -1, :-1] >= HEAVY].abs() for one in readings()])


@result("looking.gap", format=".0e",
        title="Largest difference between a weight that the page shows and PyTorch's, over every head and word")
def gap(store: Store) -> Estimate:
    """Against PyTorch's own attention, put to the same queries and keys."""
    return exact(max((one.shown() - one.recomputed()).abs().max().item() for one in readings()),
                 "largest over every weight of every sentence, layer and head")


@result("looking.rows", title="Largest difference between 1 and the sum of the weights of a row", format=".0e")
def rows(store: Store) -> Estimate:
    """As the page shows them."""
    return exact(max((one.shown().sum(-1) - 1).abs().max().item() for one in readings()),
                 "largest over every word of every sentence, layer and head")


@result("looking.words", title="Words from which a reader can look, first tokens not counted", format="d")
def words(store: Store) -> Estimate:
    """Over all sentences."""
    return exact(sum(len(one.pieces) - 1 for one in readings()), "counted over the sentences")


@result("looking.unseen", title="Words from which some head shows no weight at all", format="d")
def unseen(store: Store) -> Estimate:
    """A word sees itself and what comes before it, so that its row is never empty."""
    return exact(sum(int((one.shown().sum(-1) == 0).any(0).any(0).sum()) for one in readings()),
                 "counted over every word of every sentence")


@result("looking.same", format=".0e",
        title='Largest difference between the weights from "it" in the two wordings of the trophy, over all heads')
def same(store: Store) -> Estimate:
    """The words that differ come after "it"."""
    one, other = readings()[:2]
    it = one.pieces.index(" it")
    return exact((one.patterns[:, :, it] - other.patterns[:, :, it]).abs().max(), "largest over every head and word")


@result("looking.first", title="Weight from the last word on the first token, mean over heads and sentences",
        format=".0%")
def first(store: Store) -> Estimate:
    """The first token holds no text."""
    return exact(torch.stack([one.patterns[:, :, -1, 0].mean() for one in readings()]).double().mean(),
                 "mean over every layer and head, then over the sentences")


@result("looking.heavy", title="Edges into an answer that have half of a head's weight or more", format="d")
def heavy(store: Store) -> Estimate:
    """Over all sentences."""
    return exact(len(_heavy()), "counted over every layer and head of every sentence")


@result("looking.idle", title="Share of the heavy edges that can be cut without moving the margin", format=".0%")
def idle(store: Store) -> Estimate:
    """By less than `IDLE`, either way."""
    return exact((_heavy() < IDLE).double().mean(), f"share that moves it by less than {IDLE}, over the heavy edges")


def _declare(key: str, target: str, *ends: str) -> None:
    def put(name: str, title: str, spec: str, value: Callable[[Reading], object], over: str) -> None:
        @result(f"looking.{key}.{name}", title=f'{title}, sentence "{key}"', format=spec)
        def found(store: Store) -> Estimate:
            return exact(value(next(one for one in readings() if one.sentence.key == key)), over)

    put("margin", "Margin of the continuation that fits", ".2f", lambda one: one.cuts.margin, "of the clean run")
    put("cut", f'What is lost of it when no head can look at "{target}"', ".2f",
        lambda one: one.cuts.together[one.target].double(), "against the clean run")
    for end in ends:
        where, over = f'the head {ENDS[end]} on "{target}"', "over every layer and head"
        put(f"{end}.layer", f"Layer of {where}", "d", lambda one, end=end: chosen(one, end)[0], over)
        put(f"{end}.head", f"Number of {where}", "d", lambda one, end=end: chosen(one, end)[1], over)
        put(f"{end}.weight", f"Weight of {where}", ".2f",
            lambda one, end=end: one.patterns[(*chosen(one, end), -1, one.target)].double(), over)
        put(f"{end}.worth", f"Worth of the look of {where}", ".2f",
            lambda one, end=end: one.cuts.single[(*chosen(one, end), one.target)].double(), "against the clean run")


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


_declare("large", "trophy", "worth", "against")
_declare("keys", "keys", "most", "worth")
