"""Parity: the same weights in another model, patched by another library, give the same numbers."""

import pytest
import torch
from random_models import memories, random_model

from deref.model.taps import Site
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import Head, every_head
from deref.probes.interventions.ablation import ablate
from deref.probes.interventions.activation_patches import patch_heads, patch_stream
from deref.probes.interventions.path_patching import path_patch
from deref.tasks.pointer import PointerTask

pytestmark = pytest.mark.xdist_group("second opinion")
CLOSE = {"atol": 1e-6, "rtol": 1e-6}


@pytest.fixture(scope="module")
def both():
    """A model whose every parameter counts, its copy, and pairs to try them on."""
    from second_opinion import gpt2  # four seconds, which every process that collects tests would spend

    task = PointerTask(M=5)
    model = random_model(task, seeds=(3,), layers=2, heads=2, width=8, mlp=16)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith("bias") or "norm" in name:
                value += 0.3 * torch.randn(value.shape, generator=generator, dtype=value.dtype)
        model.unembedding.bias.zero_()
    return model, gpt2(model), pointer_pairs(task, memories(task, 1))


def test_logits_patterns_and_streams(both):
    model, other, pairs = both
    seen = model.read(pairs.clean, pairs.layout)
    found = {}
    with torch.no_grad(), other.trace(pairs.clean):
        for i in range(2):
            found["z", i] = other.transformer.h[i].attn.c_proj.input.save()
            found["pattern", i] = other.transformer.h[i].attn.output[1].save()
            found["mlp_out", i] = other.transformer.h[i].mlp.output.save()
            found["resid_post", i] = other.transformer.h[i].output.save()
        logits = other.lm_head.output.save()
    assert torch.allclose(logits[:, pairs.layout.readouts], seen.logits[0], **CLOSE)
    for (name, i), x in found.items():
        ours = getattr(seen, name)[i, 0]
        assert torch.allclose(x, ours.transpose(1, 2).flatten(-2) if name == "z" else ours, **CLOSE)
    assert seen.pattern.std() > 0.1


def run(other, tokens, edits=()):
    """The copy's logits at the last token, with some of its modules' inputs or outputs rewritten."""
    with torch.no_grad(), other.trace(tokens):
        for i, name, where, value in edits:
            if name == "z":
                other.transformer.h[i].attn.c_proj.input[:, :, where] = value
            elif name == "embed":
                other.transformer.drop.output[:, where] = value
            elif name == "qkv":
                other.transformer.h[i].attn.c_attn.output[:, :, where] = value
            elif name == "mlp":
                other.transformer.h[i].mlp.output[:] = value
            else:
                other.transformer.h[i].output[:, where] = value
        logits = other.lm_head.output.save()
    return logits[None, :, -1:]


def share(pairs, base, source, patched):
    before, after = pairs.margin(base), pairs.margin(source)
    return (pairs.margin(patched) - before) / (after - before)


def head_slice(model, head):
    return slice(head * model.config.K, (head + 1) * model.config.K)


def test_patching_heads(both):
    model, other, pairs = both
    z = []
    with torch.no_grad(), other.trace(pairs.clean):
        for block in other.transformer.h:
            z.append(block.attn.c_proj.input.save())
    base, source = run(other, pairs.corrupted), run(other, pairs.clean)
    ours = patch_heads(model, pairs, threshold=0.0)
    for layer, head in every_head(2, 2):
        where = head_slice(model, head)
        patched = run(other, pairs.corrupted, [(layer, "z", where, z[layer][:, :, where])])
        theirs = share(pairs, base, source, patched)
        assert torch.allclose(theirs[ours.kept], ours.recovery[..., layer, head][ours.kept], **CLOSE)
    assert ours.kept.any() and ours.recovery[ours.kept].abs().max() > 0.01


def test_patching_the_stream(both):
    model, other, pairs = both
    streams = []
    with torch.no_grad(), other.trace(pairs.corrupted):
        embedded = other.transformer.drop.output.save()
        for block in other.transformer.h:
            streams.append(block.output.save())
    base, source = run(other, pairs.clean), run(other, pairs.corrupted)
    ours = patch_stream(model, pairs, direction="noise", threshold=0.0)
    for row, (name, there) in enumerate([("embed", embedded), ("resid", streams[0]), ("resid", streams[1])]):
        for node in range(pairs.layout.size):
            patched = run(other, pairs.clean, [(row - 1, name, node, there[:, node])])
            theirs = share(pairs, base, source, patched)
            assert torch.allclose(theirs[ours.kept], ours.recovery[..., row, node][ours.kept], **CLOSE)


def test_ablating_by_means(both):
    model, other, pairs = both
    with torch.no_grad(), other.trace(pairs.clean):
        z, mlp = (part.save() for part in (other.transformer.h[0].attn.c_proj.input, other.transformer.h[0].mlp.output))
    where, targets = head_slice(model, 1), pairs.answers[:, None]
    cuts = [[Head(0, 1)], [Site("mlp_out", 0)]]
    edits = [[(0, "z", where, z[:, :, where].mean(0))], [(0, "mlp", None, mlp.mean(0).expand_as(mlp))]]
    ours = ablate(model, pairs.clean, pairs.layout, targets, cuts, kind="mean")
    for cut, edit in enumerate(edits):
        logits = run(other, pairs.clean, edit)[0]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets[:, 0], reduction="none")
        assert torch.allclose(ours.loss[cut, 0, :, 0], loss, **CLOSE)
    assert (ours.loss - ours.loss_before).abs().amax((1, 2, 3)).min() > 1e-3


@pytest.mark.parametrize("through_mlps", [False, True])
def test_patching_a_path(both, through_mlps):
    """Sender L0H0, receiver the query of L1H1: freeze, send, listen; then tell the receiver alone."""
    model, other, pairs = both
    first, second = other.transformer.h
    with torch.no_grad(), other.trace(pairs.clean):
        sent = first.attn.c_proj.input.save()
    with torch.no_grad(), other.trace(pairs.corrupted):
        mlp = first.mlp.output.save()
    sender, query = head_slice(model, 0), head_slice(model, 1)  # queries come first in c_attn
    with torch.no_grad(), other.trace(pairs.corrupted):
        first.attn.c_proj.input[:, :, sender] = sent[:, :, sender]
        if not through_mlps:
            first.mlp.output[:] = mlp
        heard = second.attn.c_attn.output.save()
    patched = run(other, pairs.corrupted, [(1, "qkv", query, heard[:, :, query])])
    theirs = share(pairs, run(other, pairs.corrupted), run(other, pairs.clean), patched)
    ours = path_patch(model, pairs, into="q", receivers=[Head(1, 1)], senders=[Head(0, 0)], threshold=0.0,
                      through_mlps=through_mlps)
    assert torch.allclose(theirs[ours.kept], ours.recovery[..., 0][ours.kept], **CLOSE)
    assert ours.recovery[ours.kept].abs().max() > 1e-3
