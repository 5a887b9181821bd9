"""Path ablation: the hand-built pointer loses what its query needs; a stand-in from another run is path patching."""

import pytest
import torch
from random_models import SHAPES, memories, random_model

from deref.constructions.pointer import pointer
from deref.model.taps import Site
from deref.probes.base.pairs import pointer_pairs
from deref.probes.base.tappable import Head, run_and_read
from deref.probes.interventions.path_ablation import ablate_path
from deref.probes.interventions.path_patching import INPUTS, path_patch
from deref.tasks.pointer import PointerTask


def test_the_pointer_needs_what_gathering_heads_send_to_its_query_and_nothing_else_of_theirs():
    model, task = pointer(4)
    tokens = task.tokens(torch.tensor([[0, 1, 0, 0], [1, 0, 1, 1]]), torch.tensor([1, 1]))
    before = model(tokens, task.layout("flat"))
    for into in INPUTS:
        for node in (1, task.T - 1):
            found = ablate_path(model, tokens, task.layout("flat"), (0, 0), into=into, layer=1, nodes=node)
            needed = (into, node) == ("q", task.T - 1)
            assert torch.allclose(found, before, atol=1e-4) != needed, (into, node)


@pytest.mark.parametrize("shape", ["attention only, bare", "three layers"])
@pytest.mark.parametrize("into", INPUTS)
def test_what_stands_in_from_another_run_is_path_patching(shape, into):
    task = PointerTask(M=5)
    model, pairs = random_model(task, **SHAPES[shape]), pointer_pairs(task, memories(task, 1))
    site, layers = Site("head_out", 0), model.config.layers
    other = run_and_read(model, pairs.clean, pairs.layout, [site])[1][site][:, :, 1]
    found = pairs.margin(ablate_path(model, pairs.corrupted, pairs.layout, Head(0, 1), into=into, layer=layers - 1,
                                     instead=other))
    base, source = (pairs.margin(model(tokens, pairs.layout)) for tokens in (pairs.corrupted, pairs.clean))
    patched = path_patch(model, pairs, into=into, senders=Head(0, 1), threshold=0.0,
                         receivers=[Head(layers - 1, head) for head in range(model.config.heads)])
    assert patched.recovery.isfinite().any()
    expected = base + patched.recovery[..., 0] * (source - base)
    assert torch.allclose(found[patched.kept], expected[patched.kept], atol=1e-6)


def test_what_wrote_nothing_leaves_nothing_out():
    task = PointerTask(M=4)
    model = random_model(task, **SHAPES["three layers"])
    for layer in model.layers[:1]:
        layer.o.weight.data.zero_()
    tokens = task.tokens(torch.tensor([[0, 1, 1, 0]]), torch.tensor([2]))
    found = ablate_path(model, tokens, task.layout("flat"), (0, 0), into="k", layer=2)
    assert torch.allclose(found, model(tokens, task.layout("flat")), atol=1e-9)


@pytest.mark.parametrize(("changes", "message"), [
    ({"sender": (0, 7)}, "heads"),
    ({"into": "z"}, "expected an input, one of q, k, v, got 'z'"),
    ({"layer": 0}, "expected a receiving layer from 1 to 2, got 0"),
    ({"layer": 3}, "expected a receiving layer from 1 to 2, got 3"),
    ({"nodes": 40}, "expected nodes from 0 to"),
])
def test_what_has_no_path_is_refused(changes, message):
    task = PointerTask(M=4)
    model = random_model(task, **SHAPES["three layers"])
    tokens = task.tokens(torch.tensor([[0, 1, 1, 0]]), torch.tensor([2]))
    given = {"sender": (0, 0), "into": "q", "layer": 2, "nodes": None, **changes}
    with pytest.raises(ValueError, match=message):
        ablate_path(model, tokens, task.layout("flat"), given.pop("sender"), **given)
