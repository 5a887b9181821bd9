"""Margins of repeats, and what single heads contribute to them, on a language model of a few hundred weights."""

import numpy as np
import torch
from tiny_lm import SHAPE, tiny

from deref.lm.baseline import baseline
from deref.lm.margins import contributions, margins
from deref.lm.repeats import AGAIN, FIRST, HALF, random_repeats
from deref.model.taps import Site, read
from deref.probes.base.tappable import Head
from deref.sections.ch07.language.texts import WORDINGS

MODEL = tiny()
HEADS = [Head(1, 2), Head(2, 0), Head(2, 3)]
SITES = {Site("z", 1), Site("z", 2)}
# Few tokens, so that some stand twice in a half, and are no rivals of themselves.
TOKENS = random_repeats(range(3), SHAPE.vocab)
RUN = baseline(MODEL, TOKENS)


def test_a_margin_is_the_right_logit_above_the_mean_of_the_others():
    logits = RUN.logits(AGAIN)
    found = margins(logits, TOKENS, AGAIN)
    for row, tokens in enumerate(TOKENS.tolist()):
        for i, node in enumerate(AGAIN):
            right, half = tokens[node + 1], tokens[1 : HALF + 1]
            others = [logits[row, i, token].item() for token in half if token != right]
            expected = logits[row, i, right].item() - np.mean(others)
            assert np.isclose(found[row, i].item(), expected, rtol=0, atol=1e-5 * float(logits.abs().max()))
    assert len({*TOKENS[0].tolist()}) < HALF, "expected some tokens to stand twice in a half"


def test_both_halves_are_asked_for_the_same_tokens_and_margins_forget_what_all_logits_share():
    logits = torch.randn(3, len(AGAIN), SHAPE.vocab, generator=torch.Generator().manual_seed(0))
    found, size = margins(logits, TOKENS, AGAIN), float(logits.abs().max())
    assert torch.allclose(margins(logits + size, TOKENS, AGAIN), found, rtol=0, atol=1e-5 * size)
    assert torch.allclose(margins(3 * logits, TOKENS, AGAIN), 3 * found, rtol=0, atol=1e-5 * size)
    assert torch.equal(margins(logits, TOKENS, FIRST), found)


def test_a_contribution_is_what_the_margin_loses_without_what_the_head_writes():
    fetched: dict[Site, torch.Tensor] = {}
    clean = margins(RUN.logits(AGAIN, tap=read(SITES, into=fetched)), TOKENS, AGAIN)
    found = contributions(RUN, HEADS, AGAIN, fetched)
    stream = RUN.streams[SHAPE.layers][0][:, list(AGAIN)]
    scale = MODEL.final_gain / (stream.square().mean(-1, keepdim=True) + SHAPE.epsilon).sqrt()
    for (layer, head), contribution in zip(HEADS, found, strict=True):
        out = MODEL.blocks[layer]["o"].unflatten(1, (SHAPE.heads, -1))[:, head]
        written = (fetched[Site("z", layer)][0, :, head, list(AGAIN)] - RUN.means[layer, head]) @ out.T
        without = margins((stream - written) * scale @ MODEL.embedding.T, TOKENS, AGAIN)
        assert torch.allclose(contribution, clean - without, rtol=1e-3, atol=1e-4 * float(clean.abs().max()))


def test_a_head_that_is_off_contributes_nothing_and_those_before_it_what_they_did():
    clean: dict[Site, torch.Tensor] = {}
    off: dict[Site, torch.Tensor] = {}
    RUN.logits(AGAIN, tap=read(SITES, into=clean))
    RUN.logits(AGAIN, without=[Head(2, 0)], tap=read(SITES, into=off))
    before, after = (contributions(RUN, HEADS, AGAIN, fetched) for fetched in (clean, off))
    assert torch.equal(after[0], before[0])
    assert float(after[1].abs().max()) <= 1e-6 * float(before[1].abs().max())
    assert torch.equal(after[2], before[2]), "a head of the same layer has not heard of it"


def test_sentences_are_forty_and_differ():
    assert len(WORDINGS) == len({one.start for one in WORDINGS}) == 40
    assert all(one.first != one.second for one in WORDINGS)
