"""Ablation: exact losses on the hand-built pointer, identities, and each kind against the tap that it should be."""

import pytest
import torch
from draws import every_memory
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.model.taps import Site, chain, patch
from deref.probes.base.patching import patch_at
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.ablation_targets import Edge
from deref.probes.interventions.mean_ablation import Ablation
from deref.sections.shared.partial_address_accuracy import rung
from deref.tasks.pointer import PointerTask


def trie(task, memory):
    """The arguments of `ablate` that ask for every address of some memories."""
    return task.trie_tokens(memory), task.layout("trie"), memory


def subject(count=6):
    """A random model, flat sequences of random addresses, and their answers."""
    task = PointerTask(M=5)
    tokens, targets = task.sample(count, "flat", torch.Generator().manual_seed(4))
    return random_model(task, **SHAPES["three layers"]), tokens, task.layout("flat"), targets


@pytest.mark.parametrize("kind", ["zero", "mean"])
def test_without_a_gathering_head_its_bit_is_unknown(kind):
    """What the head gives is +1 or -1, and 0 on average: then two cells match alike, and they vote."""
    model, task = pointer(4)
    cuts = [[Head(0, 0)], [Head(0, 1)], [Head(1, 0)], [Head(1, 1)], [Site("attn_out", 1)]]
    found = ablate(model, *trie(task, every_memory(4)), cuts, kind=kind)
    assert found.accuracy_before().tolist() == [1.0]
    for bit in range(task.A):
        assert found.accuracy()[bit].item() == pytest.approx(rung(task, tuple({0, 1} - {bit})), abs=0.05)
    assert found.accuracy()[2:, 0].tolist() == [0.5, 1.0, 0.5]
    # Without the fetched bit both answers have logit 0; with it they are 2 apart.
    before, without = -torch.tensor([1.0, 0.0]).mul(2).log_softmax(0)[0], torch.tensor(2.0).log()
    assert torch.allclose(found.loss_before, before.expand_as(found.loss_before), atol=1e-4)
    added = found.loss - found.loss_before
    assert torch.allclose(added[2], (without - before).expand_as(added[2]), atol=1e-4)
    assert (added[3].abs() < 1e-6).all()


def test_a_resampled_head_says_what_it_said_elsewhere():
    model, task = pointer(4)
    memory = every_memory(4)
    found = ablate(model, *trie(task, memory), [[Head(1, 0)], [Head(0, 0)]], kind="resample")
    assert torch.equal(found.correct[0, 0], memory == memory.roll(1, 0))
    assert found.correct[1].all()  # the address is the same in every memory's trie, so its head says the same
    found = ablate(model, *trie(task, memory), [[Head(1, 0)]], kind="resample", donors=task.trie_tokens(1 - memory))
    assert not found.correct.any()


def test_a_head_with_uniform_attention_votes():
    model, task = pointer(3)
    memory = every_memory(3)
    found = ablate(model, *trie(task, memory), [[Head(1, 0)]], kind="uniform", others=1 - memory)
    tokens = torch.stack([task.tokens(memory, torch.full((8,), a)) for a in range(3)], dim=1)
    vote = (2.0 * tokens - 1).mean(-1)
    assert torch.allclose(found.margin[0, 0], 2 * vote * (2 * memory - 1), atol=1e-4)
    assert torch.allclose(found.margin_before, torch.full((1, 8, 3), 2.0), atol=1e-4)


def test_only_the_edge_from_the_readout_to_the_addressed_cell_matters_to_the_fetch():
    model, task = pointer(4)
    memory, layout = every_memory(4), task.layout("flat")
    tokens, last = task.tokens(memory, torch.full((16,), 2)), task.T - 1
    cuts = [[Edge(last, key, layer=1)] for key in range(last)]
    for kind in ("zero", "mask"):
        found = ablate(model, tokens, layout, memory[:, 2:3], cuts, kind=kind, others=1 - memory[:, 2:3])
        kept = torch.tensor([2.0, 2.0, 0.0, 2.0, 2.0])[:, None, None, None].expand(5, 1, 16, 1)
        others = [0, 1, 3, 4]
        assert torch.allclose(found.margin[others], kept[others], atol=1e-4)
        # Weight 0 fetches nothing. Masked, what matches next best shares the weight: the two cells with one address bit
        # right, and the two address tokens, whose bits 1 and 0 cancel out.
        vote = (2.0 * tokens - 1)[:, [0, 3, 4, 5]].mean(1) if kind == "mask" else torch.zeros(16)
        assert torch.allclose(found.margin[2, 0, :, 0], 2 * vote * (2 * memory[:, 2] - 1), atol=1e-3)


def test_edges_can_differ_between_sequences_and_name_a_head():
    model, task = pointer(4)
    memory = every_memory(4)
    addresses = torch.arange(16) % 4
    tokens, targets = task.tokens(memory, addresses), memory.gather(1, addresses[:, None])
    own, wrong = tuple(addresses.tolist()), tuple(((addresses + 1) % 4).tolist())
    cuts = [[Edge(5, own, layer=1, head=0)], [Edge(5, wrong, layer=1, head=0)], [Edge(5, own, layer=1, head=1)]]
    found = ablate(model, tokens, task.layout("flat"), targets, cuts, kind="zero", others=1 - targets, batch=5)
    assert torch.allclose(found.margin[0], torch.zeros(1, 16, 1), atol=1e-4)
    assert torch.allclose(found.margin[1:], torch.full((2, 1, 16, 1), 2.0), atol=1e-4)


@pytest.mark.parametrize("kind", ["zero", "mean", "resample", "uniform", "mask"])
def test_ablating_nothing_is_the_identity(kind):
    model, tokens, layout, targets = subject()
    found = ablate(model, tokens, layout, targets, [[]], kind=kind, others=1 - targets)
    assert torch.equal(found.loss[0], found.loss_before)
    assert torch.equal(found.correct[0], found.correct_before)
    assert torch.equal(found.margin[0], found.margin_before)
    if kind not in ("uniform", "mask"):
        found = ablate(model, tokens, layout, targets, [[Head(1, 0), Site("mlp_out", 0)]], kind=kind, nodes=[])
        assert torch.allclose(found.loss[0], found.loss_before, atol=1e-12)


def test_each_kind_is_its_tap():
    model, tokens, layout, targets = subject()
    seen = model.read(tokens, layout)
    mean, other = seen.z[1].mean(1, keepdim=True).expand_as(seen.z[1]), seen.z[1].roll(1, 1)
    even = (layout.mask / layout.mask.sum(1, keepdim=True)).double().expand_as(seen.pattern[1])
    at = {"nodes": [4, 7], "heads": [1]}
    taps = {
        "zero": patch_at(Site("z", 1), torch.zeros_like(mean), **at),
        "mean": patch_at(Site("z", 1), mean, **at),
        "resample": patch_at(Site("z", 1), other, **at),
        "uniform": patch_at(Site("pattern", 1), even, **at),
    }
    for kind, tap in taps.items():
        found = ablate(model, tokens, layout, targets, [[Head(1, 1)]], kind=kind, nodes=[4, 7], batch=4)
        logits = model(tokens, layout, tap=tap)
        loss = -logits.log_softmax(-1).gather(-1, targets.expand(3, -1, -1)[..., None])[..., 0]
        assert torch.allclose(found.loss[0], loss, atol=1e-12)
        assert torch.equal(found.correct[0], logits.argmax(-1) == targets)
        assert not torch.allclose(found.loss[0], found.loss_before)


def test_means_can_be_pooled_over_nodes():
    model, tokens, layout, targets = subject()
    nodes = [1, 2, 6]
    mean = model.read(tokens, layout).mlp_out[0][:, :, nodes].mean((1, 2), keepdim=True)
    tap = patch(Site("mlp_out", 0), lambda x: patch_at(Site("mlp_out", 0), mean.expand_as(x), nodes=nodes)(
        Site("mlp_out", 0), x))
    found = ablate(model, tokens, layout, targets, [[Site("mlp_out", 0)]], pool="nodes", nodes=nodes,
                   others=1 - targets)
    logits = model(tokens, layout, tap=tap)
    answer, other = (logits[:, :, 0].gather(-1, some.expand(3, -1, -1)) for some in (targets, 1 - targets))
    assert torch.allclose(found.margin[0], answer - other, atol=1e-12)


def test_all_heads_of_a_block_are_its_attention_without_the_bias():
    model, tokens, layout, targets = subject()
    heads = [head for head in every_head(3, 2) if head.layer == 1]
    found = ablate(model, tokens, layout, targets, [heads], kind="zero")
    bias = model.layers[1].o.bias[:, None, None]
    logits = model(tokens, layout, tap=chain(patch(Site("attn_out", 1), lambda x: bias.expand_as(x))))
    loss = -logits.log_softmax(-1).gather(-1, targets.expand(3, -1, -1)[..., None])[..., 0]
    assert torch.allclose(found.loss[0], loss, atol=1e-12)


def test_agrees_with_the_accuracies_without_heads_of_chapter_six():
    task = PointerTask(M=5)
    model, memory = random_model(task, **SHAPES["sinusoidal"]), memories(task, 6)
    heads = every_head(2, 2)
    found = ablate(model, *trie(task, memory), [[head] for head in heads], batch=4).accuracy()
    each = Ablation.on(model, task, memory).each()
    for (layer, head), accuracy in zip(heads, found, strict=True):
        assert torch.equal(accuracy, each[layer, :, head])


def test_the_model_stays_as_it_was():
    model, tokens, layout, targets = subject()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    kept = tokens.clone()
    for kind in ("zero", "mean", "resample", "uniform"):
        ablate(model, tokens, layout, targets, [[Head(0, 0)], [Head(2, 1)]], kind=kind)
    ablate(model, tokens, layout, targets, [[Edge(7, 2)]], kind="mask")
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(tokens, kept)


@pytest.mark.parametrize(("cut", "asked", "message"), [
    ([Head(0, 0)], {"kind": "half"}, "expected a kind of ablation, one of zero, mean, .*, got 'half'"),
    ([Head(0, 0)], {"kind": "mask"}, "of L0H0 to be one of zero, mean, resample, uniform, got 'mask'"),
    ([Site("mlp_out", 0)], {"kind": "uniform"}, "to be one of zero, mean, resample, got 'uniform'"),
    ([Edge(7, 0)], {"kind": "mean"}, "to be one of zero, mask, got 'mean'"),
    ([Edge(7, 0)], {"kind": "zero", "nodes": [7]}, "expected edges to be cut without nodes"),
    ([Edge(8, 0)], {"kind": "zero"}, r"expected the nodes of an edge from 0 to 7, got \[8\]"),
    ([Edge(7, (0, 1))], {"kind": "zero"}, "expected one node for all sequences or one for each of 6, got 2"),
    ([Edge(7, 0, head=2)], {"kind": "zero"}, "expected heads from 0 to 1, got 2"),
    ([Edge(0, 0)], {"kind": "mask"}, "expected every query to keep a key"),
    ([Site("resid_mid", 0)], {}, "expected a sublayer, one of attn_out, mlp_out, got"),
    ([Head(0, 2)], {}, r"expected heads from 0 to 1, got \[2\]"),
    ([Head(3, 0)], {}, "expected a tap on sites of this model"),
    ([Head(0, 0)], {"nodes": [8]}, r"expected nodes from 0 to 7, got \[8\]"),
    ([Head(0, 0)], {"pool": "all"}, "expected pool to be one of position, nodes, got 'all'"),
    ([Head(0, 0)], {"donors": torch.zeros(3, 7, dtype=torch.long)}, "expected donors of 8 nodes"),
    ([Head(0, 0)], {"donors": torch.zeros(3, 8, dtype=torch.long), "kind": "resample"}, "as many as sequences"),
    ([Head(0, 0)], {"batch": 0}, "expected batches of at least 1 sequence, got 0"),
])
def test_impossible_questions_are_refused(unchecked, cut, asked, message):
    model, tokens, layout, targets = subject()
    with pytest.raises(ValueError, match=message):
        ablate(model, tokens, layout, targets, [cut], **asked)


def test_no_sequences_are_refused():
    model, tokens, layout, targets = subject()
    with pytest.raises(ValueError, match="expected at least one sequence, got none"):
        ablate(model, tokens[:0], layout, targets[:0], [[]])
