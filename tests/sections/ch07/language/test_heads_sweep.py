"""Ablations, cuts and cases on a language model of a few hundred weights."""

import pytest
import torch
from tiny_lm import SHAPE, tiny

from deref.lm.baseline import baseline, cut, watch_edges
from deref.lm.cases import Case, batch_of
from deref.lm.model import causal_layout
from deref.lm.repeats import (
    AGAIN,
    HALF,
    SIZE,
    first_edges,
    induction_edges,
    previous_edges,
    random_repeats,
    text_repeats,
)
from deref.lm.words import BOS
from deref.model.taps import Site, chain, patch
from deref.model.taps import read as reading
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.texts import FUNCTIONS, PASSAGES, SELECTED_ON, WORDINGS

MODEL = tiny()
TOKENS = torch.cat([torch.zeros(4, 1, dtype=torch.long), torch.randint(
    1, SHAPE.vocab, (4, 9), generator=torch.Generator().manual_seed(2))], 1)
RUN = baseline(MODEL, TOKENS)
LAYOUT = causal_layout(10)


def test_with_all_heads_at_work_a_baseline_is_the_run():
    plain = MODEL(TOKENS, LAYOUT)[0]
    assert torch.allclose(RUN.logits(range(10)), plain, atol=1e-5)
    expected = torch.nn.functional.cross_entropy(plain[:, :-1].flatten(0, 1), TOKENS[:, 1:].flatten(), reduction="none")
    assert torch.allclose(RUN.losses(range(9)).flatten(), expected, atol=1e-5)


def test_switching_heads_off_puts_their_means_in_their_place():
    found, heads = {}, [Head(1, 2), Head(1, 4), Head(2, 0)]
    MODEL(TOKENS, LAYOUT, tap=reading([Site("z", layer) for layer in range(3)], into=found))
    for layer in range(3):
        mean = found[Site("z", layer)][0, :, :, 1:].mean((0, 2))
        assert torch.allclose(RUN.means[layer], mean, atol=1e-6)

    def off(layer, *numbers):
        def put(z):
            z = z.clone()
            z[0, :, numbers, 1:] = RUN.means[layer][list(numbers)][:, None]
            return z
        return patch(Site("z", layer), put)

    expected = MODEL(TOKENS, LAYOUT, tap=chain(off(1, 2, 4), off(2, 0)))[0]
    mine = RUN.logits(range(10), without=heads)
    assert torch.allclose(mine, expected, atol=1e-5)
    assert torch.allclose(mine[:, 0], RUN.logits(range(10))[:, 0], atol=1e-5), "the first token is left alone"
    assert not torch.allclose(mine[:, 1:], RUN.logits(range(10))[:, 1:], atol=1e-2)


def test_heads_can_be_off_at_some_nodes_alone():
    late = RUN.logits(range(10), without=[Head(0, 1)], nodes=range(6, 10))
    assert torch.allclose(late[:, :6], RUN.logits(range(10))[:, :6], atol=1e-5)
    assert not torch.allclose(late[:, 6:], RUN.logits(range(10))[:, 6:], atol=1e-2)


def test_means_leave_out_what_fills_short_sentences_up():
    padded = torch.cat([TOKENS, torch.full((4, 3), BOS)], dim=1)
    assert torch.allclose(baseline(MODEL, padded).means, RUN.means, atol=1e-6)


def test_a_head_that_is_not_there_cannot_be_switched_off():
    with pytest.raises(ValueError, match="expected heads up to L2H5, got L3H0"):
        RUN.logits(range(10), without=[Head(3, 0)])


def test_edges_are_weighed_and_cut():
    edges = torch.zeros(4, 10, 10, dtype=torch.bool)
    edges[:, 7, [2, 3]] = edges[:, 9, [2, 3]] = True
    found, seen = {}, []
    MODEL(TOKENS, LAYOUT, tap=chain(reading([Site("pattern", 1)], into=found), watch_edges(edges, [1], seen)))
    pattern = found[Site("pattern", 1)][0]
    assert torch.allclose(seen[0], pattern[:, :, [7, 9]][..., [2, 3]].sum(-1).mean(-1), atol=1e-6)
    off = RUN.weights(edges, without=[Head(0, 3)], start=0)
    assert list(off) == [0, 1, 2]
    assert not torch.allclose(off[1], seen[0], atol=1e-3)
    assert torch.allclose(RUN.weights(edges, start=1)[1], seen[0], atol=1e-5)
    after = {}
    MODEL(TOKENS, LAYOUT, tap=chain(cut(edges, [1]), reading([Site("pattern", 1)], into=after)))
    there = after[Site("pattern", 1)][0]
    assert there[:, :, [7, 9]][..., [2, 3]].abs().max() == 0
    assert torch.allclose(there.sum(-1), torch.ones(4, 6, 10))
    assert torch.equal(there[:, :, :7], pattern[:, :, :7])


def test_repeats_and_their_edges():
    tokens = random_repeats(range(3), SHAPE.vocab)
    assert torch.equal(tokens[:, 1 : HALF + 1], tokens[:, HALF + 1 :])
    assert torch.equal(tokens[2], random_repeats(range(2, 3), SHAPE.vocab)[0])
    assert tokens.shape == (3, SIZE)
    for query, key in induction_edges(1)[0].nonzero().tolist():
        assert tokens[0, key] == tokens[0, query + 1 if query < SIZE - 1 else HALF + 1]
        assert tokens[0, key - 1] == tokens[0, query]
    assert int(induction_edges(1).sum()) == len(AGAIN)
    assert all(query - key == 1 for query, key in previous_edges(1)[0].nonzero().tolist())
    assert first_edges(1)[0].nonzero()[:, 1].unique().tolist() == [0]
    with pytest.raises(ValueError, match="expected texts of 32 tokens or more, got 'short'"):
        text_repeats(("short",), MODEL.words)


def test_cases_read_where_each_sentence_breaks_off():
    cases = [Case(text="the(ab", target="(", right=")", wrong="]"),
             Case(text="ab (cdefg", target="(", right="]", wrong=")")]
    batch = batch_of(MODEL, cases)
    words = MODEL.words
    for row, case in enumerate(cases):
        tokens = torch.tensor([[BOS, *words.tokens(case.text)]])
        logits = MODEL(tokens, causal_layout(tokens.shape[1]))[0, 0, -1]
        margin = logits[words.one(case.right)] - logits[words.one(case.wrong)]
        assert torch.allclose(batch.margins()[row], margin, atol=1e-4)
        found = {}
        MODEL(tokens, causal_layout(tokens.shape[1]), tap=reading([Site("pattern", 1)], into=found))
        at = tokens[0].tolist().index(words.one(case.target))
        on = found[Site("pattern", 1)][0, 0, :, -1]
        others = [i for i in range(1, tokens.shape[1]) if i != at]
        target, rest = batch.weights()
        assert torch.allclose(target[1, :, row], on[:, at], atol=1e-5)
        assert torch.allclose(rest[1, :, row], on[:, others].mean(-1), atol=1e-5)
    with pytest.raises(ValueError, match="expected 'x' to stand in 'the'"):
        batch_of(MODEL, [Case(text="the", target="x", right=")", wrong="]")])


def test_texts_are_as_the_experiments_need_them():
    assert len(set(PASSAGES)) == len(PASSAGES) >= 8
    for groups in FUNCTIONS.values():
        assert len(groups) == 2 * SELECTED_ON
        assert len({len(group) for group in groups}) == 1
        for case in (case for group in groups for case in group):
            assert case.target in case.text and case.right != case.wrong
    assert all(len(set(one.endings)) == 2 and one.first in one.start and one.second in one.start for one in WORDINGS)
