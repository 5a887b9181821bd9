"""The form of a lookup: exact on written weights, an identity of energies, and parity with least squares."""

import pytest
import torch
from random_models import random_model
from sklearn.linear_model import LinearRegression

from deref.constructions.pointer import pointer
from deref.probes.base.memories import probe_memories
from deref.probes.pointer.bilinear import FetchingForm, fetching_form, own_bit_share
from deref.tasks.pointer import PointerTask


def form(values, cells):
    values = torch.as_tensor(values, dtype=torch.double)
    centred = values - values.mean(-1, keepdim=True)
    return FetchingForm(task=PointerTask(M=cells), form=centred.view(1, 1, cells, cells))


@pytest.mark.parametrize("cells", [2, 8, 32])
def test_the_written_pointer_compares_each_bit_with_its_own(cells):
    model, task = pointer(cells, sharpness=4.0)
    found = fetching_form(model, task, probe_memories(task, 8))
    bits = 2.0 * task.address_bits(torch.arange(cells)) - 1
    assert torch.allclose(found.form[0, 0], 2 * (bits @ bits.T).double(), atol=1e-5)
    assert found.bitwise.item() == pytest.approx(1)
    assert found.additive.item() == pytest.approx(1)
    assert found.leading.item() == pytest.approx(1 / task.A)
    assert found.found.item() == 1
    assert own_bit_share(model, task, probe_memories(task, 8)).item() == pytest.approx(1)


@pytest.mark.parametrize("cells", [4, 8, 16])
def test_a_table_and_a_number_line_have_the_shares_that_were_worked_out(cells):
    bits = cells.bit_length() - 1
    table, line = form(torch.eye(cells), cells), torch.arange(cells, dtype=torch.double)
    for share in (table.bitwise, table.additive):
        assert share.item() == pytest.approx(bits / (cells - 1))
    assert table.leading.item() == pytest.approx(1 / (cells - 1))
    line = form(-(line[:, None] - line).square(), cells)
    worth = 4.0 ** torch.arange(bits)
    assert line.bitwise.item() == pytest.approx((worth.square().sum() / worth.sum().square()).item())
    for share in (line.additive, line.number, line.leading, line.found):
        assert share.item() == pytest.approx(1)


def test_what_does_not_depend_on_the_address_changes_no_share():
    generator = torch.Generator().manual_seed(0)
    scores, liked = (torch.randn(8, 8, generator=generator), torch.randn(8, generator=generator))
    plain, liking = form(scores, 8), form(scores + liked, 8)
    for share in ("bitwise", "additive", "number", "leading"):
        assert getattr(plain, share).item() == pytest.approx(getattr(liking, share).item())


def test_the_spectrum_holds_all_of_the_form():
    found = form(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)), 8)
    assert found.spectrum.sum().item() == pytest.approx(found.form.square().sum().item())
    assert found.spectrum[0, 0, :, 0].abs().max() < 1e-12


def small_model():
    task = PointerTask(M=4)
    return random_model(task, layers=2, heads=2, width=8, mlp=8), task


def test_scores_are_those_of_the_model_where_queries_do_not_depend_on_memory():
    model, task = small_model()
    memories = torch.tensor([[0, 1, 1, 0]])  # of one memory the mean of a product is the product of the means
    layout = task.layout("trie")
    scores = model.read(task.trie_tokens(memories), layout, sites=["scores"]).scores[-1][:, 0]
    scores = scores[:, :, layout.readouts][..., : task.M].double()
    found = fetching_form(model, task, memories).form
    assert torch.allclose(found, scores - scores.mean(-1, keepdim=True), atol=1e-5)


def test_the_own_bit_explains_what_least_squares_says():
    model, task = small_model()
    memories = probe_memories(task)[:11]
    values = model.read(task.trie_tokens(memories), task.layout("trie"), sites=["v"]).v[-1]
    for member in range(3):
        explained = total = 0.0
        out = model.layers[-1].o.weight[member].detach()
        for head in range(2):
            for cell in range(task.M):
                y = (values[member, :, head, cell] @ out[head * 4 : head * 4 + 4]).double().numpy()
                x = memories[:, cell : cell + 1].numpy()
                residual = y - LinearRegression().fit(x, y).predict(x)
                spread = ((y - y.mean(0)) ** 2).sum()
                explained, total = explained + spread - (residual**2).sum(), total + spread
        assert own_bit_share(model, task, memories)[member].item() == pytest.approx(explained / total, rel=1e-4)


def test_what_has_no_answer_is_refused():
    odd = PointerTask(M=6)
    with pytest.raises(ValueError, match="expected a memory of a power of two of cells"):
        fetching_form(random_model(odd, layers=1, heads=1, width=4), odd, probe_memories(odd))
    model, task = small_model()
    with pytest.raises(ValueError, match="expected at least one memory"):
        fetching_form(model, task, torch.zeros(0, 4, dtype=torch.long))
    with pytest.raises(ValueError, match="every cell holds both bits"):
        own_bit_share(model, task, torch.tensor([[0, 1, 0, 1], [0, 0, 1, 0]]))
