"""Variants of attention: each departs from the book's exactly where it says, and trains like any other run."""

import math
from dataclasses import replace

import pytest
import torch
from resumed import resumed

from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.model.variants import VARIANTS, Variant
from deref.tasks.pointer import PointerTask
from deref.train.config import TrainConfig
from deref.train.variants import VariantConfig
from evidence.config import from_json, to_json
from evidence.runs import Store

TASK = PointerTask(M=4)
SHAPE = ModelConfig(length=TASK.length, layers=2, heads=2, width=8, final_norm=False)
RECIPE = TrainConfig(task=TASK, model=SHAPE, steps=6, batch=2, warmup=2, eval_every=2, eval_memories=4)
TOKENS = TASK.trie_tokens(torch.tensor([[0, 1, 1, 0], [1, 1, 0, 1]]))
LAYOUT = TASK.layout("trie")


def scores(model):
    """The scores of the first block, where they are allowed."""
    return model.read(TOKENS, LAYOUT, ["scores"]).scores[0][..., LAYOUT.mask]


@pytest.mark.parametrize("size", [1, 4, 9])
def test_undivided_scores_are_larger_by_the_root_of_the_head_size(size):
    shape = replace(SHAPE, head_size=size)
    divided, undivided, small = (Variant(shape, (0, 1), way) for way in ("divided", "undivided", "small-start"))
    assert torch.allclose(scores(undivided), math.sqrt(size) * scores(divided), atol=1e-5)
    assert torch.allclose(scores(small), scores(divided), atol=1e-5)


def test_divided_is_the_books_own_model_but_for_its_start():
    variant, book = Variant(SHAPE, (0,), "divided"), Transformer(SHAPE, (0,))
    book.load_state_dict(variant.state_dict())
    assert torch.equal(variant(TOKENS, LAYOUT), book(TOKENS, LAYOUT))


def test_queries_and_keys_start_with_variance_one():
    model = Variant(replace(SHAPE, width=256, head_size=64), range(3), "undivided")
    assert model.layers[0].q.weight.var().item() == pytest.approx(1 / 256, rel=0.02)


def test_the_listing_compares_slices_as_they_are():
    model = Variant(SHAPE, (0,), "listing").double()
    with torch.no_grad():
        normed = model.layers[0].attn_norm(model.embed(TOKENS, LAYOUT))
    slices = normed.unflatten(-1, (2, 4)).transpose(2, 3)
    expected = (slices @ slices.mT / math.sqrt(8))[..., LAYOUT.mask]
    assert torch.allclose(scores(model), expected, atol=1e-12)
    assert not [name for name, _ in model.named_parameters() if name.startswith(("layers.0.q", "layers.0.k"))]


def test_shared_maps_treat_every_slice_alike():
    model = Variant(SHAPE, (0,), "shared")
    x = torch.randn(1, 2, 3, 4, generator=torch.Generator().manual_seed(0)).repeat(1, 1, 1, 2)
    mapped = model.layers[0].q(x)
    assert torch.equal(mapped[..., :4], mapped[..., 4:])
    assert not torch.equal(mapped[..., :4], x[..., :4])


def test_by_width_scores_are_smaller_by_the_root_of_the_number_of_heads():
    variant, book = Variant(SHAPE, (0,), "by-width"), Transformer(SHAPE, (0,))
    assert torch.allclose(scores(variant), scores(book) / math.sqrt(2), atol=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_member_of_an_ensemble_is_its_seed_alone(variant):
    both, alone = Variant(SHAPE, (5, 7), variant), Variant(SHAPE, (7,), variant)
    member = both.member(1)
    assert (member.variant, member.seeds) == (variant, (7,))
    assert torch.equal(member(TOKENS, LAYOUT), alone(TOKENS, LAYOUT))
    with pytest.raises(ValueError, match="expected a member from 0 to 1, got 2"):
        both.member(2)


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_interrupted_training_goes_on_bit_for_bit(variant):
    trainer, started = resumed(VariantConfig(variant=variant, train=RECIPE), (0, 3), steps=6, at=3)
    trained = trainer.model.state_dict()
    assert not any(torch.equal(trained[name], started[name]) for name in ("token", "layers.0.o.weight"))


def test_the_store_gives_the_variant_back(tmp_path):
    config = VariantConfig(variant="undivided", train=RECIPE)
    assert from_json(to_json(config)) == config
    made, again = (Store(tmp_path, device="cpu").run(config, (0, 1)) for _ in range(2))
    assert isinstance(again.model, Variant)
    assert again.model.variant == "undivided"
    assert torch.equal(again.model(TOKENS, LAYOUT), made.model(TOKENS, LAYOUT))


def test_unknown_variants_and_heads_that_do_not_fit_are_refused():
    for make in (lambda: Variant(SHAPE, (0,), "other"), lambda: VariantConfig(variant="other", train=RECIPE)):
        with pytest.raises(ValueError, match=r"expected a variant, one of divided, .*, got 'other'"):
            make()
    with pytest.raises(ValueError, match="expected heads that share out the width of 8, got 2 of size 3"):
        Variant(replace(SHAPE, head_size=3), (0,), "listing")
