"""The MLP of a whole input: the network of embeddings side by side, whichever way the input is laid out."""

import pytest
import torch
import torch.nn.functional as F

from deref.model.table_mlp import TableMlp, TableMlpConfig
from deref.tasks.pointer import PointerTask

TASK = PointerTask(M=8)
SHAPE = TableMlpConfig(length=TASK.length, hidden=64)


def test_it_is_one_hidden_layer_over_embeddings_side_by_side():
    model = TableMlp(SHAPE, (2, 3)).double()
    with torch.no_grad():
        for value in model.parameters():
            value += 0.1
    tokens, _ = TASK.sample(5, "flat", torch.Generator().manual_seed(0))
    found = model(tokens, TASK.layout("flat"))[:, :, 0]
    for i in range(2):
        side_by_side = model.token[i][tokens].flatten(1)
        hidden = F.relu(side_by_side @ model.hidden.weight[i] + model.hidden.bias[i])
        assert torch.allclose(found[i], hidden @ model.unembedding.weight[i] + model.unembedding.bias[i], atol=1e-12)


def test_tries_and_flat_sequences_give_the_same_answers():
    model, memory = TableMlp(SHAPE, (0,)).double(), torch.tensor([[0, 1, 1, 0, 1, 0, 0, 1]])
    tried = model(TASK.trie_tokens(memory), TASK.layout("trie"))[0, 0]
    tokens = TASK.tokens(memory.expand(8, -1), torch.arange(8))
    assert torch.allclose(model(tokens, TASK.layout("flat"))[0, :, 0], tried, atol=1e-12)


@pytest.mark.parametrize(("hidden", "parameters"), [(64, 3_018), (128, 6_026)])
def test_the_parameters_that_the_book_prints_are_those_of_64_hidden_units(hidden, parameters):
    model = TableMlp(TableMlpConfig(length=TASK.length, hidden=hidden), (0,))
    assert sum(value.numel() for value in model.parameters()) == parameters


def test_a_size_that_cannot_be_and_no_seeds_are_refused():
    with pytest.raises(ValueError, match="expected hidden to be an integer of at least 1, got 0"):
        TableMlpConfig(length=4, hidden=0)
    with pytest.raises(ValueError, match="expected at least one seed, got none"):
        TableMlp(SHAPE, ())
