"""Erasure: what is erased cannot be told by any linear map, what is not stays, and the model does without it."""

import numpy as np
import pytest
import torch
from random_models import SHAPES, random_model

from deref.constructions.pointer import columns, pointer
from deref.model.taps import Site
from deref.probes.interventions.erasure import erase
from deref.probes.measures.linear import linear_probe
from deref.tasks.pointer import PointerTask


def told(n=2000, width=8, seed=0):
    """Two seeds' features that tell two independent bits, each along several directions that are correlated."""
    generator = torch.Generator().manual_seed(seed)
    bits = torch.randint(0, 2, (2, n), generator=generator)
    mix = torch.randn(2, width, width, generator=generator, dtype=torch.float64)
    noise = torch.randn(2, n, width, generator=generator, dtype=torch.float64) @ mix
    ways = torch.randn(2, 2, width, generator=generator, dtype=torch.float64) * 6
    return noise + torch.einsum("bn,sbd->snd", bits.double(), ways) + 5, bits


def score(x, labels):
    return linear_probe(x, labels, np.arange(len(labels))).score.mean()


def test_after_erasure_a_probe_is_at_chance_and_another_label_stays():
    x, (gone, stays) = told()
    eraser = erase(x, gone)
    y = eraser(x)
    assert eraser.rank.tolist() == [1, 1]
    for seed in range(2):
        assert score(x[seed], gone) > 0.95
        assert score(y[seed], gone) < 0.55
        assert abs(score(y[seed], stays) - score(x[seed], stays)) < 0.03
        assert score(y[seed], stays) > 0.9


def test_erased_features_are_uncorrelated_with_the_label_and_keep_their_mean():
    x, (gone, _) = told()
    y = erase(x, gone)(x)
    centred = gone.double() - gone.double().mean()
    assert torch.einsum("n,snd->sd", centred, y).abs().max() < 1e-8 * len(gone)
    assert torch.allclose(y.mean(1), x.mean(1), atol=1e-9)


def test_no_affine_map_that_erases_moves_features_less():
    """Checked against the map that removes the difference of the classes' means, and nothing else."""
    x, (gone, _) = told()
    away = x[:, gone == 1].mean(1) - x[:, gone == 0].mean(1)
    away = away / away.norm(dim=-1, keepdim=True)
    centred = x - x.mean(1, keepdim=True)
    plain = x - torch.einsum("snd,sd->sn", centred, away)[..., None] * away[:, None]
    spread = torch.linalg.inv(torch.stack([torch.cov(each.T) for each in x]))

    def moved(y):  # in the norm that LEACE is best in, any; the whitened one tells them apart
        return torch.einsum("snd,sde,sne->s", y - x, spread, y - x)

    assert (moved(erase(x, gone)(x)) < moved(plain)).all()


def test_erasure_holds_for_features_that_were_not_seen():
    x, (gone, _) = told()
    eraser = erase(x[:, :1500], gone[:1500])
    y = eraser(x[:, 1500:])
    assert all(score(y[seed], gone[1500:]) < 0.6 for seed in range(2))


def test_erasing_twice_is_erasing_once():
    x, (gone, _) = told()
    eraser = erase(x, gone)
    assert torch.allclose(eraser(eraser(x)), eraser(x), atol=1e-9)
    assert torch.allclose(eraser(x[:, :, None]), eraser(x)[:, :, None], atol=1e-12)
    assert eraser(x.float()).dtype == torch.float32


def test_several_labels_go_together():
    x, bits = told()
    both = erase(x, bits.T.double())
    classes = erase(x, bits[0] + 2 * bits[1])
    assert both.rank.tolist() == [2, 2] and classes.rank.tolist() == [3, 3]
    for y in (both(x), classes(x)):
        assert max(score(y[0], bits[0]), score(y[0], bits[1])) < 0.55


def test_each_seed_is_erased_as_if_alone():
    x, (gone, _) = told()
    assert torch.allclose(erase(x[1:], gone)(x[1:]), erase(x, gone)(x)[1:], atol=1e-9)


@pytest.mark.parametrize("bit", [0, 1])
def test_without_an_address_bit_the_hand_built_pointer_cannot_tell_two_cells_apart(bit):
    """The last bit stands twice at the readout, gathered and in its own token; half of it is taken from each."""
    model, task = pointer(4)
    memory = (torch.arange(16)[:, None] >> torch.arange(4)) & 1
    layout, tokens = task.layout("trie"), task.trie_tokens(memory)
    readouts = layout.readouts.tolist()
    held = model.read(tokens, layout, ["resid_post"]).resid_post[0][:, :, readouts].flatten(1, 2)
    label = task.address_bits(torch.arange(4))[:, bit].repeat(16)
    eraser = erase(held, label)
    removed = (eraser.right @ eraser.left)[0]
    gathered = columns(task.A)["gathered"]
    assert removed[gathered, gathered][bit, bit].item() == pytest.approx(1 if bit == 0 else 0.5, abs=1e-6)
    after = model(tokens, layout, tap=eraser.tap(Site("resid_post", 0), readouts))
    told = memory.unflatten(1, (2, 2)) if bit == 1 else memory.unflatten(1, (2, 2)).mT
    unanimous = (told[..., 0] == told[..., 1])[..., None].expand(-1, -1, 2)
    unanimous = (unanimous if bit == 1 else unanimous.mT).flatten(1)
    # Of the two cells that now match alike, both hold the right bit or one holds each; other cells get e^-8 each.
    margin = (after[0, :, :, 1] - after[0, :, :, 0]) * (2 * memory - 1)
    assert torch.allclose(margin[unanimous], torch.tensor(2.0), atol=1e-2)
    assert (margin[~unanimous].abs() < 1e-2).all()


def test_the_tap_leaves_model_and_activations_alone():
    task = PointerTask(M=4)
    model = random_model(task, **SHAPES["two layers"])
    tokens, layout = task.trie_tokens(task.sample_memory(20, torch.Generator().manual_seed(0))), task.layout("trie")
    site = Site("resid_post", 0)
    held = model.read(tokens, layout).resid_post[0]
    kept, before = held.clone(), {name: value.clone() for name, value in model.state_dict().items()}
    tap = erase(held[:, :, -1], tokens[:, 2]).tap(site)
    assert not torch.allclose(tap(site, held), held)
    model(tokens, layout, tap=tap)
    assert torch.equal(held, kept)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_impossible_questions_are_refused(unchecked):
    x, (gone, _) = told(n=50)
    with pytest.raises(ValueError, match="expected a label for each of at least two examples, got 49 for 50"):
        erase(x, gone[1:])
    with pytest.raises(ValueError, match="expected labels that differ between examples, got one alone"):
        erase(x, torch.ones(50, dtype=torch.long))
    with pytest.raises(ValueError, match="expected a site with axes S B N D, got z"):
        erase(x, gone).tap(Site("z", 0))
