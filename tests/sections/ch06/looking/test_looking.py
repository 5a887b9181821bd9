"""Where words look: what is exported is what the model computes, and a cut edge is worth what a whole run says."""

import json
import math

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from tiny_lm import tiny

from deref.explorables import attention_visualizer as visualizer
from deref.lm.baseline import cut
from deref.lm.last_word import cut_last
from deref.lm.model import causal_layout
from deref.lm.words import BOS
from deref.model.taps import Site, SiteTap, read
from deref.sections.ch06.looking import readings
from deref.sections.ch06.looking.packed_patterns import LEVELS, pack, unpack
from evidence.results.explorable import HEAVY, LIGHT, explore, files_of
from evidence.unavailable import Absent

RIGHT, WRONG = 70, 90
SENTENCE = readings.Sentence(key="toy", title="Toy", text="the thin", right="a", wrong="b", target="e")


@pytest.fixture(scope="module")
def model():
    return tiny()


@pytest.fixture
def tokens(model):
    return torch.tensor([BOS, *model.words.tokens("the thin")])


def patterns(layers=2, heads=3, size=7, sharp=6.0):
    scores = sharp * torch.randn(layers, heads, size, size, generator=torch.Generator().manual_seed(1))
    return scores.masked_fill(~torch.ones(size, size, dtype=torch.bool).tril(), -torch.inf).softmax(-1)


def margin(model, tokens, *taps):
    logits = model(tokens[None], causal_layout(len(tokens), [len(tokens) - 1]), tap=taps[0] if taps else None)[0, 0, 0]
    return (logits[RIGHT] - logits[WRONG]).item()


@pytest.mark.parametrize("sharp", [0.1, 2.0, 30.0])
def test_packed_weights_come_back_within_a_step_and_rows_sum_to_one(sharp):
    exact = patterns(sharp=sharp)
    content = pack(exact)
    assert len(content) == 2 * 2 * 3 * 7 * 8 // 2, "16 bits for each weight that a token can see"
    found = unpack(content, 2, 3, 7)
    assert (found - exact).abs().max() < 1 / LEVELS + 1e-6
    assert (found * LEVELS).round().sum(-1).eq(LEVELS).all()
    assert not found.triu(1).any()


def test_weights_that_no_causal_model_has_are_refused():
    with pytest.raises(ValueError, match="expected rows that sum to 1"):
        pack(patterns() * 0.9)
    with pytest.raises(ValueError, match="over the keys up to their query"):
        pack(torch.full((1, 1, 3, 3), 1 / 3))


def test_an_edge_cut_in_one_head_is_worth_what_a_whole_run_says(model, tokens):
    cuts, last = cut_last(model, tokens, RIGHT, WRONG), len(tokens) - 1
    clean = margin(model, tokens)
    assert cuts.margin == pytest.approx(clean, abs=1e-4)
    assert cuts.single.shape == (3, 6, last) and cuts.together.shape == (last,)
    for layer, worth in enumerate(cuts.single):
        head, key = divmod(int(worth.abs().argmax()), last)

        def off(_, scores, head=head, key=key):
            new = scores.clone()
            new[:, :, head, last, key] = -torch.inf
            return new

        lost = clean - margin(model, tokens, SiteTap(frozenset({Site("scores", layer)}), off))
        assert abs(lost) > 1e-3, "or the comparison says nothing"
        assert cuts.single[layer, head, key].item() == pytest.approx(lost, abs=1e-4)
    edge = torch.zeros(1, last + 1, last + 1, dtype=torch.bool)
    edge[0, last, 1] = True
    assert cuts.together[1].item() == pytest.approx(clean - margin(model, tokens, cut(edge, range(3))), abs=1e-4)


def test_light_edges_are_left_alone_and_heavy_ones_are_worth_the_same(model, tokens):
    every, some = (cut_last(model, tokens, RIGHT, WRONG, least=least) for least in (0.0, 0.3))
    found = {}
    model(tokens[None], causal_layout(len(tokens)), tap=read([Site("pattern", i) for i in range(3)], into=found))
    heavy = torch.stack([found[Site("pattern", i)][0, 0, :, -1, :-1] for i in range(3)]) >= 0.3
    assert heavy.any() and not heavy.all()
    assert torch.equal(~some.single.isnan(), heavy) and not every.single.isnan().any()
    assert some.single[heavy].tolist() == pytest.approx(every.single[heavy].tolist(), abs=1e-4)
    none = cut_last(model, tokens, RIGHT, WRONG, least=1.1)
    assert none.single.isnan().all() and none.together.tolist() == pytest.approx(every.together.tolist(), abs=1e-6)


def test_a_sentence_of_one_token_has_no_edges_to_cut(model):
    with pytest.raises(ValueError, match="expected a sentence of two tokens or more, got 1"):
        cut_last(model, torch.tensor([BOS]), RIGHT, WRONG)


@pytest.fixture
def reading(model, monkeypatch):
    monkeypatch.setattr(readings, "language_model", lambda: model)
    return readings._read(SENTENCE)


def test_a_reading_holds_what_pytorch_computes(reading):
    assert reading.pieces[1:] == ("th", "e", " th", "i", "n") and reading.tokens[0] == BOS
    assert (reading.recomputed() - reading.patterns).abs().max() < 1e-6
    assert 0 < (reading.shown() - reading.recomputed()).abs().max() < 2e-5
    for end in readings.ENDS:
        layer, head = readings.chosen(reading, end)
        assert 0 <= layer < 3 and 0 <= head < 6


@pytest.fixture
def exported(reading, monkeypatch):
    longer = readings._read(readings.Sentence(key="long", title="Long", text="the thin hen", right="a", wrong="b",
                                            target="e"))
    monkeypatch.setattr(visualizer, "readings", lambda: (reading, longer))
    yield visualizer.attention_visualizer()
    plt.close("all")


def test_the_export_holds_the_cuts_and_then_the_weights(exported, reading):
    files = files_of("explore.a", exported)
    assert exported.late == {"long"} and files.keys() == {"data.json", "references.json", "toy.bin", "long.bin"}
    data, references = json.loads(files["data.json"]), json.loads(files["references.json"])
    assert (data["layers"], data["heads"], data["levels"]) == (3, 6, LEVELS)
    said, last = data["sentences"][0], len(reading.pieces) - 1
    assert said["pieces"] == ["start", "th", "e", " th", "i", "n"] and said["file"] == "toy.bin"
    assert said["together"] == pytest.approx(reading.cuts.together.tolist(), abs=1e-6)
    content = files["toy.bin"]
    cuts = np.frombuffer(content[: 4 * 3 * 6 * last], "<f4").reshape(3, 6, last)
    assert np.array_equal(cuts, reading.cuts.single.numpy(), equal_nan=True)
    weights = unpack(content[4 * 3 * 6 * last :], 3, 6, last + 1)
    case = references["toy"]
    assert case["heads"] == [0, 5, 4]
    for layer, head in enumerate(case["heads"]):
        assert (weights[layer, head] - torch.tensor(case["weights"][layer])).abs().max() < 1e-4
        shown = [None if math.isnan(x) else pytest.approx(x, abs=1e-6) for x in cuts[layer, head].tolist()]
        assert case["cuts"][layer] == shown


def test_sentences_of_the_real_models_size_stay_below_what_a_reader_waits_for():
    longest = 24  # tokens: a sentence of the section in either wording
    size = 4 * 270 * (longest - 1) + len(pack(patterns(30, 9, longest)))
    assert size + 5_000 < LIGHT and 3 * size < HEAVY


def test_without_the_model_the_page_says_so(monkeypatch, capsys):
    def gone():
        raise Absent("no model here", again=False)

    monkeypatch.setattr(readings, "language_model", gone)
    monkeypatch.setattr(visualizer, "readings", readings.readings.__wrapped__)
    found = visualizer.attention_visualizer()
    assert isinstance(found, Absent)
    assert explore("explore.a", found).files == {}
