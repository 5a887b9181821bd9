"""Shares of wrong signs worked out by hand, and what the sweep's prompts are."""

import numpy as np
import pytest
import torch
from tiny_lm import SHAPE, tiny

from deref.lm.baseline import baseline
from deref.lm.margins import margins
from deref.lm.model import causal_layout
from deref.lm.repeats import AGAIN, FIRST, SIZE, random_repeats
from deref.lm.words import BOS
from deref.model.taps import Site, patch
from deref.probes.base.tappable import Head, every_head
from deref.sections.ch07.estimates import estimates, passkey, passkey_sweep
from deref.sections.ch07.estimates.ablations import ablations
from deref.sections.ch07.estimates.edges_sweep import COUNTS, FURTHER
from deref.sections.ch07.estimates.estimates import Effects, wrong
from deref.sections.ch07.estimates.prompts import repeats
from deref.sections.ch07.language.single_heads import mattering

MODEL = tiny()


def test_signs_are_wrong_where_estimate_and_effect_point_apart():
    found = Effects((Head(0, 0), Head(0, 1), Head(1, 0)),
                    estimated=np.array([[0.1, 0.01], [-0.05, -0.3], [0.2, 0.2]]),
                    measured=np.array([[0.5, -0.01], [0.05, -0.2], [0.3, 0.01]]))
    assert wrong(found, 0.02).tolist() == [1 / 3, 0]
    assert wrong(found, 0.1)[0] == 0
    assert np.isnan(wrong(found, 0.3, 0.4)[1])
    assert found.of(Head(1, 0)).measured.tolist() == [[0.3, 0.01]]
    assert found.without(Head(0, 1)).senders == (Head(0, 0), Head(1, 0))
    assert found.without(Head(0, 1)).estimated.tolist() == [[0.1, 0.01], [0.2, 0.2]]


def test_in_the_corrupted_prompt_another_token_follows():
    pairs = repeats(range(4), SHAPE.vocab)
    for clean, corrupted, answer, other in zip(pairs.clean, pairs.corrupted, pairs.answers, pairs.others, strict=True):
        last = clean[-1]
        assert corrupted[-1] == last and clean[0] == corrupted[0] == BOS
        assert clean[clean.tolist().index(last) + 1] == answer
        assert corrupted[corrupted.tolist().index(last) + 1] == other
    assert torch.equal(pairs.clean.sort(1).values, pairs.corrupted.sort(1).values)


def test_a_key_is_named_once_at_its_place_and_asked_for():
    for filler in ("grass", "keys"):
        texts = [passkey_sweep.text(MODEL.words, 900, depth, 3, filler) for depth in passkey_sweep.DEPTHS]
        assert len({len(tokens) for tokens in texts}) == 1 and len(texts[0]) <= 900
        places = []
        for tokens in texts:
            said = MODEL.words.text(tokens[1:])
            key = said[-passkey_sweep.DIGITS :]
            assert said.count(key) == 2 and said.endswith(f" is {key}")
            places.append(said.index(key) / len(said))
        assert places[0] < 0.1 < 0.3 < places[1] < 0.6 < places[2]


def test_a_key_s_probability_is_that_of_its_digits_one_after_the_other():
    tokens = passkey_sweep.texts(MODEL.words, length=120, depth=0.5, filler="grass", draws=(3,))
    likeliest, found = passkey_sweep.ask(MODEL, tokens)
    chances = MODEL(tokens, causal_layout(tokens.shape[1]))[0].softmax(-1)
    for row, chance, right, value in zip(tokens.tolist(), chances, likeliest.tolist(), found.tolist(), strict=True):
        digits = range(len(row) - passkey_sweep.DIGITS, len(row))
        assert value == pytest.approx(sum(float(chance[i - 1, row[i]].log()) for i in digits), abs=1e-3)
        assert right == sum(int(chance[i - 1].argmax()) == row[i] for i in digits)


def test_the_released_record_of_keys_has_every_text():
    found = passkey.columns()
    assert found["digits"].shape == found["log_probability"].shape == (2, 4, 3, 8)
    assert found["digits"].min() >= 0 and found["digits"].max() <= passkey_sweep.DIGITS
    assert found["log_probability"].max() < 0
    whole = found["log_probability"] > np.log(0.5)  # then every digit is likelier than all others together
    assert (found["digits"][whole] == passkey_sweep.DIGITS).all()


def test_heads_are_switched_off_and_the_estimate_is_the_slope():
    tokens = random_repeats(range(2), SHAPE.vocab)
    found, run, head = ablations(MODEL, tokens), baseline(MODEL, tokens), Head(1, 3)
    at = every_head(SHAPE.layers, SHAPE.heads).index(head)
    clean, first = (margins(run.logits(where), tokens, where).mean(1) for where in (AGAIN, FIRST))
    off = margins(run.logits(AGAIN, without=[head]), tokens, AGAIN).mean(1)
    assert torch.allclose(found.gain, clean - first, atol=1e-4)
    assert torch.allclose(found.measured[at], clean - off, atol=1e-4)

    def lost(share):
        def put(z):
            z = z.clone()
            z[0, :, head.head, 1:] += share * (run.means[head.layer, head.head] - z[0, :, head.head, 1:])
            return z
        logits = MODEL(tokens, causal_layout(SIZE, AGAIN), tap=patch(Site("z", head.layer), put))[0]
        return clean - margins(logits, tokens, AGAIN).mean(1)

    assert torch.allclose(lost(1.0), found.measured[at], atol=1e-4)
    assert torch.allclose(found.estimated[at], (lost(0.02) - lost(-0.02)) / 0.04, atol=2e-3)

    some = ablations(MODEL, tokens, [head, Head(0, 0)])
    assert torch.allclose(some.measured, found.measured[[at, 0]], atol=1e-5)
    assert torch.allclose(some.estimated, found.estimated[[at, 0]], atol=1e-5)


def test_heads_that_count_elsewhere_were_switched_off_again():
    found = estimates.effects(estimates.AGAIN)
    assert list(found.senders) == mattering(COUNTS)
    assert found.measured.shape == (len(found.senders), len(FURTHER))
    assert estimates.costliest() in found.senders


@pytest.mark.parametrize("kind", estimates.KINDS.values(), ids=estimates.KINDS)
def test_the_released_record_has_every_head(kind):
    found = estimates.effects(kind)
    assert len(set(found.senders)) == len(found.senders) == 270
    assert found.estimated.shape == found.measured.shape
    assert np.isfinite(found.measured).all()
