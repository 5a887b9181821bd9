"""The hardest questions to the pointer written by hand, answered without running most of the memory."""

import pytest
import torch

from deref.constructions.pointer import columns, pointer
from deref.sections.ch06.layers import handmade


@pytest.mark.parametrize("bit", [0, 1])
def test_exact_at_a_thousand_cells(bit):
    model, _ = pointer(1024)
    assert (model.config.layers, model.config.width, model.config.mlp) == (2, 32, 0)
    assert (handmade.worst_answers(1024, bit) == bit).all()


@pytest.mark.parametrize("cells", [12, 70])
def test_answers_are_those_of_whole_runs_right_and_wrong(cells, monkeypatch):
    """A pointer that is too soft is wrong at the addresses that differ from others in few bits alone."""
    shares = []
    for sharpness in (0.5, 1.0, 1.5, 2.0, 2.5, 8.0):
        model, task = pointer(cells, sharpness=sharpness)
        monkeypatch.setattr(handmade, "pointer", lambda cells, made=(model, task): made)
        addresses = torch.arange(cells)
        memory = handmade.hardest(task, addresses, 1)
        assert (memory.sum(1) == 1).all() and memory[addresses, addresses].all()
        with torch.no_grad():
            whole = model(task.tokens(memory, addresses), task.layout("flat"))[0, :, 0].argmax(-1)
        assert torch.equal(handmade.worst_answers(cells, 1), whole)
        shares.append(whole.double().mean().item())
    assert shares[0] == 0 and shares[-1] == 1 and any(0 < share < 1 for share in shares)


def test_weights_that_read_what_cells_gather_are_refused(monkeypatch):
    model, task = pointer(8)
    with torch.no_grad():
        model.layers[1].k.weight[0, columns(task.A)["gathered"]] = 1
    monkeypatch.setattr(handmade, "pointer", lambda cells: (model, task))
    with pytest.raises(ValueError, match="expected layer 2 to read nothing that cells gather, got weights there"):
        handmade.worst_answers(8, 0)
