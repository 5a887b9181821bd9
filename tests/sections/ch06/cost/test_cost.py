"""Counting operations, bytes and chains; windows and their reach; the measures of longer contexts."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from deref.model.attention import attention
from deref.model.config import ModelConfig
from deref.model.transformer import Transformer
from deref.probes.measures.costs import longest_chain, operations, peak_bytes
from deref.sections.ch06.cost import chains, cost, dilution, shares, windows
from deref.sections.shared import context_recall
from deref.tasks.context_recall import NotesTask


def random(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_operations_are_two_for_each_multiply_and_add():
    a, b = torch.zeros(3, 5), torch.zeros(5, 7)
    assert operations(lambda: a @ b) == 2 * 3 * 5 * 7
    assert operations(lambda: (a @ b).relu() + 1) == 2 * 3 * 5 * 7
    assert operations(lambda: a.to("meta") @ b.to("meta")) == 2 * 3 * 5 * 7


@pytest.mark.parametrize(("length", "width", "heads"), [(8, 4, 1), (30, 16, 4)])
def test_a_block_costs_what_its_matrices_and_its_table_cost(length, width, heads):
    table = 4 * length**2 * width
    assert cost.table_operations(length, width) == table
    assert cost.block_operations(length, width, heads) == 24 * length * width**2 + table
    assert cost.block_operations(length, width, heads, mlp=width) == 12 * length * width**2 + table


def test_the_table_overtakes_the_rest_at_six_widths():
    for width in (4, 64):
        assert cost.crossing(width) == 6 * width


def test_bytes_are_those_of_tensors_that_live_at_once():
    x = torch.zeros(100)  # 400 bytes, made before

    def two_at_once():
        y = x + 1
        z = y + 1
        return z  # y lives until here

    def one_at_a_time():
        y = x + 1
        del y
        return x + 1

    assert peak_bytes(two_at_once) == 800
    assert peak_bytes(one_at_a_time) == 400
    assert peak_bytes(lambda: x.view(10, 10).T) == 0
    assert peak_bytes(lambda: x.clone().add_(1)) == 400


def test_bytes_kept_for_the_backward_pass_count():
    x = torch.zeros(100, requires_grad=True)
    with torch.no_grad():
        assert peak_bytes(lambda: ((x + 1) * 2).exp() + 1) == 800
    # The exponential's result stays for the gradient, beside the sum and what it is made of.
    assert peak_bytes(lambda: x.exp().exp().exp()) == 1200


def test_plain_attention_holds_two_tables_and_a_mask():
    q = torch.zeros(1, 1, 64, 2)
    mask = torch.ones(64, 64, dtype=torch.bool)
    # Scores, masked scores and the mask's opposite.
    assert peak_bytes(lambda: attention(q, q, q, mask)) == (4 + 4 + 1) * 64**2


def test_fused_attention_holds_no_table():
    held = {name: [cost.training_bytes(form, n) for n in (256, 512)] for name, form in cost.FORMS.items()}
    assert held["fused, causal"][1] == pytest.approx(2 * held["fused, causal"][0], rel=0.01)
    assert held["plain"][1] > 3.8 * held["plain"][0]
    assert held["fused, mask as a table"][1] > 4 * 512**2 > held["fused, causal"][1]


def test_powers_are_found():
    lengths = (2, 4, 8, 16)
    exactly = cost.power(lengths, [3 * n**2 for n in lengths])
    assert exactly.value == pytest.approx(2)
    assert exactly.ci is None
    mixed = cost.power(lengths, [n + n**2 for n in lengths])
    low, high = mixed.ci
    assert 1 < low < mixed.value < high < 2


def test_a_chain_is_the_longest_path():
    x = torch.ones(3, requires_grad=True)
    assert longest_chain(x + 1) == 1
    assert longest_chain((x + 1).exp() * (x + 2)) == 3
    long = x
    for _ in range(5_000):
        long = long + 1
    assert longest_chain(long * x) == 5_001


def test_a_chain_needs_a_history():
    for x in (torch.ones(2), torch.ones(2, requires_grad=True)):
        with pytest.raises(ValueError, match="expected a tensor that was computed with gradients"):
            longest_chain(x)


def test_a_recurrence_waits_and_a_transformer_does_not():
    assert chains.chain("transformer", 8) == chains.chain("transformer", 64)
    # For each token of a plain RNN: multiply the state, add, squash.
    assert chains.chain("RNN", 9) == chains.chain("RNN", 8) + 3
    assert min(chains.per_token("LSTM")) == max(chains.per_token("LSTM")) > 1


@pytest.mark.parametrize("length", [1, 2, 7, 64, 100])
def test_doubling_gives_the_states_of_the_recurrence(length):
    decay, x = random(length, 3), random(length, 3, seed=1)
    state, states = torch.zeros(3, dtype=torch.float64), []
    for a, b in zip(decay, x, strict=True):
        state = a * state + b
        states.append(state)
    assert torch.allclose(chains.scan(decay, x), torch.stack(states), atol=1e-12, rtol=1e-12)


def test_a_doubling_costs_the_same_whatever_the_length():
    found = [chains.chain("linear, by doubling", 2**i) for i in range(3, 9)]
    assert len(set(np.diff(found))) == 1


def test_recurrent_cells_are_those_of_torch():
    torch.manual_seed(0)
    last = chains.recurrence(nn.RNNCell)(3)
    torch.manual_seed(0)
    cell, state = nn.RNNCell(chains.WIDTH, chains.WIDTH), None
    for _ in range(3):
        state = cell(torch.zeros(1, chains.WIDTH), state)
    assert torch.equal(last, state)


@pytest.mark.parametrize("window", [1, 2, 5, 12, 20])
def test_windowed_attention_is_attention_with_a_windowed_mask(window):
    q, k, v = random(3, 2, 12, 4)
    masked = attention(q, k, v, windows.causal(12, window).mask)[0]
    assert torch.allclose(windows.windowed(q, k, v, window), masked, atol=1e-13)


def test_windowed_attention_computes_no_more_than_the_window():
    assert windows.windowed_operations(100, window=8, size=4) == 4 * 100 * 8 * 4


def test_a_window_sees_itself_and_what_is_just_before():
    assert windows.causal(4, 2).mask.tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    assert torch.equal(windows.causal(5).mask, torch.ones(5, 5, dtype=torch.bool).tril())


def test_influence_ends_at_the_reach():
    found = windows.influence(2, 3)
    assert (found[:, :5] > 0).all()
    assert (found[:, 5:] == 0).all()


@pytest.mark.parametrize(("row", "expected"), [
    ([1, 2, 3, 0, 0], 2), ([1, 0, 0, 0, 0], 0), ([1, 0, 3, 0, 0], -1), ([0, 2, 3, 0, 0], -1), ([1, 1, 1, 1, 1], 4),
])
def test_reach_has_no_holes(row, expected):
    assert windows.reach(np.array(row)) == expected


def test_parts_of_a_model_add_up():
    shape = shares.Shape(layers=3, heads=2, width=8)
    found = shares.parts(shape, length=10)
    assert found == {"MLPs": 3 * 16 * 10 * 64, "projections of attention": 3 * 8 * 10 * 64,
                     "comparing and mixing": 3 * 4 * 100 * 8, "unembedding": 2 * 10 * 8 * shares.VOCABULARY}
    assert shares.share(shares.Shape(layers=1, heads=1, width=2**14)) < 2 / 3


def test_published_shapes_have_about_the_parameters_they_are_named_for():
    for name, shape in shares.OPT.items():
        million = float(name[:-1]) * {"M": 1, "B": 1_000}[name[-1]]
        counted = (12 * shape.layers * shape.width**2 + shares.VOCABULARY * shape.width) / 1e6
        assert counted == pytest.approx(million, rel=0.06)
        assert shape.width % shape.heads == 0


def test_a_fixed_gap_gets_thin_by_the_formula():
    assert dilution.weight(1, 3.0) == 1
    assert dilution.weight(2, 0.0) == pytest.approx(0.5)
    assert dilution.weight(1 + round(math.exp(6)), 6.0) == pytest.approx(0.5, abs=1e-3)
    assert dilution.predicted(40, 2.5) == pytest.approx(dilution.weight(40, 2.5), abs=1e-12)


def small(**changes):
    return Transformer(ModelConfig(**{"length": 6, "layers": 1, "heads": 1, "width": 8, "positions": "sinusoidal",
                                      **changes}), [0, 1])


def test_a_lengthened_model_answers_as_before_within_its_old_length():
    model, tokens, layout = small(), torch.randint(2, (3, 6), generator=torch.Generator().manual_seed(0)), \
        windows.causal(6)
    longer = context_recall.lengthened(model, 20)
    assert torch.equal(longer(tokens, layout), model(tokens, layout))
    assert longer(torch.zeros(1, 20, dtype=torch.long), windows.causal(20)).isfinite().all()


def test_learned_positions_cannot_be_lengthened():
    with pytest.raises(ValueError, match="expected a model with sinusoidal positions, got learned ones"):
        context_recall.lengthened(small(positions="learned"), 20)


def test_shared_positions_stay_within_the_trained_ones():
    long, short = (NotesTask(context=n, notes=1, keys=1, values=2).layout("placed") for n in (12, 3))
    shared = context_recall.sharing(long, 4)
    assert shared.positions.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert shared.length == short.length
    assert torch.equal(shared.mask, long.mask)


def test_early_is_the_first_quarter_and_late_the_last():
    place = np.array([[0.1, 0.24, 0.5], [0.3, 0.75, 0.9]])
    values = np.array([[[1.0, 0.5, 9.0], [9.0, 0.25, 0.75]]])
    assert context_recall.early_less_late(values, place).tolist() == [0.25]
