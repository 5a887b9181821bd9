"""Word pairs: prompts that say what they should, answers and margins worked out by hand, and the record's columns."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from deref.lm.words import BOS
from deref.sections.ch07.in_context import words
from deref.sections.ch07.in_context.recall_sweep import DRAWS, NUMBERS, PROMPTS
from deref.sections.ch07.in_context.word_pairs import NOUNS, Prompts, prompts


@dataclass(frozen=True)
class Numbered:
    """A tokeniser in which every noun has a number."""

    def one(self, text: str) -> int:
        return {":": 1, ",": 2}[text] if text in ":," else 3 + NOUNS.index(text.removeprefix(" "))


@pytest.mark.parametrize("pairs", [2, 5, 32])
def test_a_prompt_says_every_pair_twice_and_asks_in_the_later_half(pairs):
    drawn = prompts(Numbered(), pairs, range(100, 103))
    for row, values, asked in zip(drawn.tokens.tolist(), drawn.values.tolist(), drawn.asked.tolist(), strict=True):
        assert row[0] == BOS and row[2::4] == [1] * 2 * pairs and row[4::4] == [2] * 2 * pairs
        said = list(zip(row[1::4], row[3::4], strict=True))
        first, again = said[:pairs], said[pairs:]
        assert sorted(first) == sorted(again) and [value for _, value in first] == values
        assert len({word for pair in first for word in pair}) == 2 * pairs
        for node, pair in zip(drawn.readouts, asked, strict=True):
            assert row[node] == 1 and node > 6 * pairs - 2 and (row[node - 1], row[node + 1]) == first[pair]
        assert drawn.readouts[-1] == len(row) - 3
    assert torch.equal(prompts(Numbered(), pairs, range(102, 103)).tokens[0], drawn.tokens[2])


def test_more_pairs_than_words_and_single_pairs_are_refused():
    assert len(set(NOUNS)) == len(NOUNS)
    for pairs in (1, len(NOUNS) // 2 + 1):
        with pytest.raises(ValueError, match="expected 2 to 49 pairs"):
            prompts(Numbered(), pairs, range(1))


def test_answers_and_margins_of_logits_written_by_hand():
    one = Prompts(tokens=torch.zeros(1, 25, dtype=torch.long), values=torch.tensor([[4, 7, 9]]),
                  asked=torch.tensor([[2, 0]]), readouts=[18, 22])
    logits = torch.zeros(1, 2, 12)
    logits[0, 0, [4, 7, 9]] = torch.tensor([1.0, 2.0, 6.0])  # asked for 9, which is likeliest
    logits[0, 1, [4, 7, 9, 11]] = torch.tensor([3.0, 1.0, -1.0, 5.0])  # asked for 4; a word of no pair is likeliest
    assert one.right(logits).tolist() == [0.5]
    assert one.margins(logits).tolist() == [pytest.approx((4.5 + 3.0) / 2)]


def test_the_record_has_every_prompt_and_cut():
    found = {(row["pairs"], row["cut"], row["prompt"]) for row in words.record().rows()}
    cuts = ("none", "induction", *(f"random-{draw}" for draw in range(DRAWS)))
    assert found == {(pairs, cut, prompt) for pairs in NUMBERS for cut in cuts for prompt in PROMPTS}
    assert len(words.record().rows()) == len(found) and tuple(NUMBERS) == words.NUMBERS


def test_random_draws_are_averaged_and_losses_are_shares_of_the_mean_margin(monkeypatch):
    rows = [{"pairs": 4, "cut": cut, "prompt": prompt, "margin": margin} for cut, margins in (
        ("none", (2.0, 6.0)), ("induction", (1.0, 0.0)), ("random-0", (2.0, 4.0)), ("random-1", (1.0, 6.0)))
        for prompt, margin in enumerate(margins)]

    class Made:
        def rows(self, pairs):
            return rows

    monkeypatch.setattr(words, "record", Made)
    assert np.allclose(words.column(4, "random", "margin"), [1.5, 5.0])
    assert np.allclose(words.lost(4, "induction"), [0.25, 1.5])
    assert np.allclose(words.lost(4, "random"), [0.125, 0.25])
