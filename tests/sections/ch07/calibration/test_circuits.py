"""The true edges of every construction, held against all prompts: an edge is true if and only if some change of one
token, carried along this edge alone, moves the answer's logits."""

import itertools

import pytest
import torch

from deref.constructions.adder import adder
from deref.constructions.compiled import around, compiled
from deref.constructions.graded_decoys import Decoy, graded_decoys
from deref.constructions.induction_head import induction
from deref.constructions.misleading_heads import FETCHING, misleading_heads
from deref.constructions.one_layer import gates
from deref.constructions.pointer import pointer
from deref.model.taps import Site
from deref.probes.base.cached_run import CachedRun
from deref.probes.base.tappable import run_and_read
from deref.probes.interventions.edge_runs import HeadEdge, attention_edges, carrying, marks, sources_of
from deref.sections.ch07.calibration import circuits, programs
from deref.tasks.induction import InductionTask

MOVED = 0.01  # of the largest logit: less than this is what a softmax never quite takes away


def effects(model, layout, clean, other):
    """The largest move of the logits by patching each edge of some prompts with other prompts' keys and values."""
    model, found = model.double(), {}
    with torch.no_grad():
        given, run = sources_of(model, other, layout), CachedRun.of(model, clean, layout)
        before = run.logits
        for edge in attention_edges(model, clean, layout):
            after = run.rerun(carrying({edge.layer: marks([edge], given.v[edge.layer])}, given))
            found[edge] = ((after - before).abs().max() / before.abs().max()).item()
    return found


def bits(count):
    return torch.tensor(list(itertools.product((0, 1), repeat=count)))


def one_token_changed(clean, choices):
    """Every prompt beside each of those that differ from it in one token; `choices` lists the tokens of each node."""
    pairs = [(row, torch.cat([row[:node], torch.tensor([token]), row[node + 1 :]]))
             for row in clean for node, some in enumerate(choices) for token in some if token != row[node]]
    return torch.stack([a for a, _ in pairs]), torch.stack([b for _, b in pairs])


def pointers(M):
    model, task = pointer(M, sharpness=8.0)
    for address in range(M):
        clean = task.tokens(bits(M), torch.full((2**M,), address))
        yield (model, task.layout("flat"), *one_token_changed(clean, [(0, 1)] * task.T),
               circuits.pointer_edges(task, address))


def tables(M):
    model, task = gates(M)
    for address in range(M):
        clean = task.tokens(bits(M), torch.full((2**M,), address))
        yield (model, task.layout("flat"), *one_token_changed(clean, [(0, 1)] * task.T),
               circuits.table_edges(task, address))


def whole_addresses(model, task, head):
    for address in range(task.M):
        clean = torch.cat([bits(task.M), torch.full((2**task.M, 1), 2 + address)], dim=1)
        choices = [(0, 1)] * task.M + [range(2, 2 + task.M)]
        true = [HeadEdge(task.M, address, 0, head)]
        yield model, circuits.whole_layout(task), *one_token_changed(clean, choices), true


def adders(digits):
    model, task = adder(digits)
    clean = torch.tensor(list(itertools.product(range(4), repeat=digits)))
    for column in range(1, digits - 1):
        yield (model, circuits.column_layout(task, column), *one_token_changed(clean, [range(4)] * digits),
               circuits.adder_edges(column))


def reverses(length):
    program = compiled("reverse")
    clean = behind_bos(torch.tensor(list(itertools.product(range(program.symbols), repeat=length))), program)
    choices = [(program.symbols,), *[range(program.symbols)] * length]
    for readout in range(1, length + 1):
        yield (program.model, around(length, readout), *one_token_changed(clean, choices),
               programs.reverse_edges(length, readout))


def sorts(length, numbers):
    """Numbers that are all different, any one of them changed to one that stands nowhere."""
    program = compiled("sort")
    rows = torch.tensor(list(itertools.permutations(range(numbers), length)))
    pairs = [(row, torch.where(torch.arange(length) == place, unused, row)) for row in rows for place in range(length)
             for unused in set(range(numbers)) - set(row.tolist())]
    clean, other = (behind_bos(torch.stack(side), program) for side in zip(*pairs, strict=True))
    for readout in range(1, length + 1):
        yield program.model, around(length, readout), clean, other, programs.sort_edges(length, readout)


def hops(length):
    program = compiled("hops")
    rows = torch.tensor(list(itertools.product(range(length), repeat=length)))
    choices = [(program.symbols,), *[range(length)] * length]
    for readout, named in itertools.permutations(range(1, length + 1), 2):
        clean = behind_bos(rows[rows[:, readout - 1] == named - 1], program)
        yield (program.model, around(length, readout), *one_token_changed(clean, choices),
               programs.hops_edges(length, readout, named - 1))


def behind_bos(rows, program):
    return torch.nn.functional.pad(rows, (1, 0), value=program.symbols)


def inductions(first, passage):
    """Tokens that are all different, any one of them changed to one that stands nowhere."""
    task = InductionTask(first=first, passage=passage, offsets=(0, 1), vocab=first + 1)
    rows = torch.tensor(list(itertools.permutations(range(first + 1), first)))
    for offset in (0, 1):
        clean = task.tokens(rows, torch.full((len(rows),), offset))
        unused = sum(range(first + 1)) - rows.sum(1)
        for node in range(first):
            other = clean.clone()
            other[:, node] = unused
            yield offset, task, clean, other


CASES = {
    "pointer of 4 cells": lambda: pointers(4),
    "table of 4 cells": lambda: tables(4),
    "misleading heads": lambda: whole_addresses(*misleading_heads(4, weight=0.01), FETCHING),
    "graded decoys": lambda: whole_addresses(*graded_decoys(4, [Decoy(1, 0.9, 5.0), Decoy(3, 0.3, 0.2)]), 0),
    "adder of 4 digits": lambda: adders(4),
    "reverse of 3 letters": lambda: reverses(3),
    "sort of 4 numbers of 5": lambda: sorts(4, 5),
    "two hops among 4 places": lambda: hops(4)}


@pytest.mark.parametrize("cases", CASES.values(), ids=CASES)
def test_what_the_construction_calls_true_is_what_moves_the_answer(cases):
    for model, layout, clean, other, true in cases():
        found = {edge for edge, moved in effects(model, layout, clean, other).items() if moved > MOVED}
        assert found == set(true)


def test_the_table_of_eight_cells_has_heads_that_hang_on_one_bit():
    model, task = gates(8)
    generator = torch.Generator().manual_seed(0)
    for address in (1, 6):
        memory = task.sample_memory(24, generator)
        clean = task.tokens(memory, torch.full((24,), address))
        found = effects(model, task.layout("flat"), *one_token_changed(clean, [(0, 1)] * task.T))
        assert {edge for edge, moved in found.items() if moved > MOVED} == set(circuits.table_edges(task, address))


def test_the_two_edges_of_the_induction_head():
    found = {}
    for offset, task, clean, other in inductions(3, 2):
        moved = effects(induction(task), task.layout("last"), clean, other)
        found.setdefault(offset, set()).update(edge for edge, by in moved.items() if by > MOVED)
    assert found == {offset: set(circuits.induction_edges(task, offset + 1)) for offset in (0, 1)}


def test_decoys_have_their_weight_and_every_answer_is_right():
    model, task = graded_decoys(4, [Decoy(1, 0.9, 5.0), Decoy(3, 0.3, 0.2)], weight=0.02)
    clean = torch.cat([bits(4), torch.full((16, 1), 4)], dim=1)  # address 2
    layout, site = circuits.whole_layout(task), Site("pattern", 0)
    logits, found = run_and_read(model.double(), clean, layout, [site])
    weights = found[site][0, :, :, -1]
    assert weights[:, 0, 2].mean().item() == pytest.approx(0.02, rel=1e-3)
    assert weights[:, 1, 3].mean().item() == pytest.approx(0.9, rel=1e-3)
    assert weights[:, 2, 1].mean().item() == pytest.approx(0.3, rel=1e-3)
    assert torch.equal(logits[0, :, 0].argmax(-1), clean[:, 2])


@pytest.mark.parametrize(("decoys", "weight", "message"), [
    ([Decoy(0, 0.5, 1.0)], 0.1, "inverted bits from 1 to 3"), ([Decoy(4, 0.5, 1.0)], 0.1, "inverted bits from 1 to 3"),
    ([Decoy(1, 1.0, 1.0)], 0.1, "weights between 0 and 1"), ([], 0.0, "weights between 0 and 1")])
def test_impossible_decoys_are_refused(decoys, weight, message):
    with pytest.raises(ValueError, match=message):
        graded_decoys(4, decoys, weight=weight)


@pytest.mark.parametrize("name", circuits.CIRCUITS)
def test_every_token_of_a_prompt_can_be_changed(name):
    one = circuits.CIRCUITS[name](torch.Generator().manual_seed(3))
    assert bool((one.changed != one.pairs.clean).all())


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_bos_is_never_changed_and_every_other_token_is(name):
    one = programs.PROGRAMS[name](torch.Generator().manual_seed(3))
    clean, bos = one.pairs.clean, one.model.config.vocab - 1
    assert bool((one.changed[:, 0] == bos).all() and (one.pairs.corrupted[:, 0] == bos).all())
    assert bool((one.changed != clean)[:, 1:].all() and (one.pairs.corrupted != clean).any(1).all())
    assert bool((one.changed[:, 1:] != bos).all())


@pytest.mark.parametrize("name", [*circuits.CIRCUITS, *programs.PROGRAMS])
def test_a_draw_is_fixed_by_its_generator_and_pairs_differ_in_their_answers(name):
    make = (circuits.CIRCUITS | programs.PROGRAMS)[name]
    one, two = (make(torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one.pairs.clean, two.pairs.clean) and torch.equal(one.pairs.corrupted, two.pairs.corrupted)
    pairs = one.pairs
    assert bool((pairs.answers != pairs.others).all())
    assert one.true.any(1).all() and not one.true.all(1).any()
    with torch.no_grad():
        answered = [one.model(tokens, pairs.layout)[0, :, 0].argmax(-1) for tokens in (pairs.clean, pairs.corrupted)]
    assert torch.equal(answered[0], pairs.answers) and torch.equal(answered[1], pairs.others)
