"""One head is a vote, the best vote is the best, and what is written by hand answers as it is said to."""

import itertools

import numpy as np
import pytest
import torch
from random_models import random_model
from scipy.optimize import linprog

from deref.constructions.one_layer import gates, voting
from deref.probes.base.answers import accuracy, answers
from deref.probes.pointer.best_vote import Vote, best_vote, memories, orders
from deref.sections.ch06.leaks import leaks
from deref.sections.shared.partial_address_accuracy import majority
from deref.tasks.pointer import PointerTask


def every_memory(task: PointerTask) -> torch.Tensor:
    return torch.cartesian_prod(*[torch.arange(2)] * task.M)


def separable(points: np.ndarray, labels: np.ndarray) -> bool:
    """Whether a plane has the points of label +1 on one side and those of label -1 on the other."""
    rows = labels[:, None] * np.column_stack([points, np.ones(len(points))])
    return linprog(np.zeros(rows.shape[1]), A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=(None, None)).status == 0


def votes_of(model, task: PointerTask) -> list[bool]:
    """For each seed and last address bit, whether a plane in the other tokens' bits separates the answers."""
    memory = every_memory(task)
    given = 2 * answers(model, task, memory).numpy() - 1
    upper = 2 * task.address_bits(torch.arange(task.M)).numpy()[:, :-1] - 1
    bits = 2 * memory.numpy() - 1
    found = []
    for seed, own in itertools.product(range(len(given)), (0, 1)):
        points = np.concatenate([np.column_stack([bits, np.tile(upper[a], (len(bits), 1))])
                                 for a in range(own, task.M, 2)])
        found.append(separable(points, np.concatenate([given[seed, :, a] for a in range(own, task.M, 2)])))
    return found


@pytest.mark.parametrize("block_norm", [True, False])
def test_one_head_is_a_vote(block_norm):
    task = PointerTask(M=8)
    model = random_model(task, layers=1, heads=1, width=16, final_norm=False, block_norm=block_norm)
    assert all(votes_of(model, task))


@pytest.mark.parametrize("changes", [{"heads": 2}, {"mlp": 32}])
def test_what_breaks_the_proof_breaks_the_vote(changes):
    task = PointerTask(M=8)
    shape = {"layers": 1, "heads": 1, "width": 16, "final_norm": False, **changes}
    assert not all(votes_of(random_model(task, seeds=tuple(range(8)), **shape), task))


def test_the_best_vote_of_two_cells_is_that_of_a_search_over_all_small_weights():
    # Every threshold function of three bits has weights of at most 2 and a bias of at most 3.
    held, address = memories(2), np.array([-1, 1])
    best = 0
    for *w, t, b in itertools.product(range(-2, 3), range(-2, 3), range(-2, 3), np.arange(-3.5, 4)):
        best = max(best, int((np.sign((held @ w)[:, None] + t * address + b) == held).sum()))
    assert best == best_vote(1).right == 7


def test_no_vote_drawn_at_random_beats_the_best():
    rng = np.random.default_rng(0)
    held, spelled, best = memories(4), memories(2), best_vote(2)
    for _ in range(20_000):
        w, t, b = rng.normal(scale=rng.uniform(0.2, 2), size=4) + 1, rng.normal(size=2), rng.normal()
        assert (np.sign((held @ w)[:, None] + spelled @ t + b) == held).sum() <= best.right == 48


def test_a_vote_of_cells_alone_is_a_majority():
    assert best_vote(1, fixed=True).accuracy == pytest.approx(majority(2), abs=1e-12)
    assert best_vote(2, fixed=True).accuracy == pytest.approx(majority(4), abs=1e-12)


def test_orders_are_all_there_and_can_be_had():
    assert [len(orders(cells)) for cells in (1, 2, 3, 4)] == [1, 1, 2, 14]
    rng = np.random.default_rng(0)
    drawn = {tuple(np.argsort(memories(4) @ np.sort(rng.exponential(size=4)))) for _ in range(5_000)}
    assert drawn == set(orders(4))


@pytest.mark.parametrize(("bits", "fixed"), [(1, False), (1, True), (2, False), (2, True)])
def test_the_head_that_casts_a_vote_is_right_as_often(bits, fixed):
    vote = best_vote(bits, fixed=fixed)
    model, task = voting(vote)
    assert (model.config.layers, model.config.heads) == (1, 1)
    assert accuracy(model, task, every_memory(task)).tolist() == [vote.accuracy]


def test_votes_that_cannot_be_searched_or_written_are_refused():
    with pytest.raises(ValueError, match="expected 1 or 2 address bits outside the query, got 3"):
        best_vote(3)
    with pytest.raises(ValueError, match="expected a vote without negative weights"):
        voting(Vote(cells=(1.0, 2.0), address=(-1.0,), bias=0.0, right=0, cases=8))


@pytest.mark.parametrize("M", [2, 4, 8])
def test_half_as_many_heads_as_cells_are_exact_on_every_input(M):
    model, task = gates(M)
    assert (model.config.layers, model.config.heads, model.config.mlp) == (1, M // 2, 0)
    assert accuracy(model, task, every_memory(task)).tolist() == [1.0]


@pytest.mark.parametrize("M", [16, 32])
def test_half_as_many_heads_as_cells_are_exact_for_the_cells_that_count(M):
    """All memories of up to eight of the cells that share the last address bit, the others held at 0 and at 1."""
    model, task = gates(M)
    for own, rest in itertools.product((0, 1), (0, 1)):
        memory = torch.full((256, M), rest)
        memory[:, own:16:2] = every_memory(PointerTask(M=8))
        with torch.no_grad():
            answer = model(task.trie_tokens(memory), task.layout("trie"))[0, ..., 1] + 0.5
        assert (answer - memory).abs().max() < 0.05


def test_a_gate_is_off_when_a_chosen_address_bit_is_one():
    model, task = gates(8)
    memory = torch.eye(8, dtype=torch.long)[:1]  # a single 1, in cell 0, which only the head of the full set fetches
    z = model.read(task.trie_tokens(memory), task.layout("trie"), ["z"]).z[0][0, 0, :, -8:, 0]
    assert z[3, 0] == pytest.approx(1e-5, rel=1e-3)
    z[3, 0] = 0
    assert z.abs().max() < 1e-12
    memory[:] = torch.tensor([0, 0, 0, 0, 0, 0, 1, 0])  # cell 6, 11 without its last bit, is fetched by all heads
    z = model.read(task.trie_tokens(memory), task.layout("trie"), ["z"]).z[0][0, 0, :, -8:, 0]
    for address in range(0, 8, 2):
        off = [(c and address & 4) or (d and address & 2) for c, d in itertools.product((0, 1), repeat=2)]
        assert (z[:, address].abs() > 1e-6).tolist() == [not x for x in off]


def test_other_sizes_are_refused():
    for M in (3, 64):
        with pytest.raises(ValueError, match=f"expected a power of two from 2 to 32 as the number of cells, got {M}"):
            gates(M)


def test_the_bound_counts_a_message():
    config = leaks.one.config.model
    assert leaks.message() == config.heads * (config.K + 1) * 32
    assert leaks.capacity() == 2 * leaks.message()
    assert leaks.capacity(0.99) == pytest.approx(2 * leaks.message() / (1 - 0.0807931), rel=1e-5)
    assert leaks.capacity(0.5 + 1e-6) > 1e9
