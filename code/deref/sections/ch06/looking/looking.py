"""Section "Where a word looks": how exact the weights on the page are, and what the looks that it cites are worth."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from deref.sections.ch06.looking.readings import ENDS, SENTENCES, Reading, Sentence, chosen, readings
from evidence.results import exact, result
from evidence.results.estimate import Estimate
from evidence.runs import Store

HEAVY, IDLE = 0.5, 0.05
"""An edge is heavy with half of a head's weight; it is idle if cutting it moves the margin by less than this."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A head's look from the last word of a sentence at the word that settles the answer.

    Args:
        sentence: the sentence.
        end: which head, one of `ENDS`.
    """

    sentence: Sentence
    end: str

    @property
    def head(self) -> str:
        """The head in words."""
        return f'the head {ENDS[self.end]} on "{self.sentence.word}"'

    def found(self) -> tuple[Reading, int, int]:
        """The reading of the sentence, the head's layer and its number."""
        reading = reading_of(self.sentence)
        return reading, *chosen(reading, self.end)


CITED = {one.key: one for one in SENTENCES if one.key in ("large", "keys")}
LOOKS = {(key, end): Look(sentence=CITED[key], end=end)
         for key, end in (("large", "worth"), ("large", "against"), ("keys", "most"), ("keys", "worth"))}


def reading_of(sentence: Sentence) -> Reading:
    """The reading of one of `SENTENCES`."""
    return next(one for one in readings() if one.sentence == sentence)


def heavy_edges() -> Float[Tensor, "edge"]:
    """How far cutting each heavy edge into an answer moves its margin, all sentences together."""
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
    return exact(len(heavy_edges()), "counted over every layer and head of every sentence")


@result("looking.idle", title="Share of the heavy edges that can be cut without moving the margin", format=".0%")
def idle(store: Store) -> Estimate:
    """By less than `IDLE`, either way."""
    share = (heavy_edges() < IDLE).double().mean()
    return exact(share, f"share that moves it by less than {IDLE}, over the heavy edges")


@result.each(CITED, "looking.{sentence}.margin", format=".2f",
             title='Margin of the continuation that fits, sentence "{sentence}"')
def margin(store: Store, sentence: Sentence) -> Estimate:
    """Its logit above that of the continuation that does not fit."""
    return exact(reading_of(sentence).cuts.margin, "of the clean run")


@result.each(CITED, "looking.{sentence}.cut", format=".2f",
             title='What is lost of it when no head can look at "{member.word}", sentence "{sentence}"')
def cut(store: Store, sentence: Sentence) -> Estimate:
    """The margin less the margin without these edges."""
    reading = reading_of(sentence)
    return exact(reading.cuts.together[reading.target].double(), "against the clean run")


@result.each(LOOKS, "looking.{sentence}.{end}.layer", format="d",
             title='Layer of {member.head}, sentence "{sentence}"')
def layer(store: Store, look: Look) -> Estimate:
    """Counted from 0."""
    _, found, _ = look.found()
    return exact(found, "over every layer and head")


@result.each(LOOKS, "looking.{sentence}.{end}.head", format="d",
             title='Number of {member.head}, sentence "{sentence}"')
def head(store: Store, look: Look) -> Estimate:
    """Counted from 0."""
    _, _, found = look.found()
    return exact(found, "over every layer and head")


@result.each(LOOKS, "looking.{sentence}.{end}.weight", format=".2f",
             title='Weight of {member.head}, sentence "{sentence}"')
def weight(store: Store, look: Look) -> Estimate:
    """From the last word on the word that settles the answer."""
    reading, *place = look.found()
    return exact(reading.patterns[(*place, -1, reading.target)].double(), "over every layer and head")


@result.each(LOOKS, "looking.{sentence}.{end}.worth", format=".2f",
             title='Worth of the look of {member.head}, sentence "{sentence}"')
def worth(store: Store, look: Look) -> Estimate:
    """What the margin loses when this edge is cut."""
    reading, *place = look.found()
    return exact(reading.cuts.single[(*place, reading.target)].double(), "against the clean run")
