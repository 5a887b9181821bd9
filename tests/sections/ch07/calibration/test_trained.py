"""Models trained to follow a program: the record, what they answer, and which of their edges carry what."""

import pytest
import torch

from deref.constructions.pointer import pointer
from deref.probes.interventions.edge_runs import HeadEdge
from deref.sections.ch07.calibration import circuits, trained
from deref.sections.ch07.calibration.trained import ALL_BUT, FOLLOWERS, KEPT, TASK


def test_edges_of_the_first_program_are_those_of_the_pointer_written_by_hand():
    task = pointer(4)[1]
    for address in range(TASK.M):
        assert trained.fetch_edges(address) == circuits.pointer_edges(task, address)


def test_edges_of_the_second_program_on_paper():
    """Address 2 is 10: head 0 brings cell 2 to the first address token, node 4, and head 0 fetches it from there."""
    assert trained.carry_edges(2) == [HeadEdge(4, 2, 0, 0), HeadEdge(5, 4, 1, 0)]
    assert trained.carry_edges(1) == [HeadEdge(4, 1, 0, 1), HeadEdge(5, 4, 1, 1)]


@pytest.mark.parametrize("program", FOLLOWERS)
def test_every_seed_answers_every_question_and_follows_its_program_and_no_other(program):
    model, tokens = trained.models(program), torch.cartesian_prod(*[torch.arange(2)] * TASK.T)
    with torch.no_grad():
        answers = model(tokens, TASK.layout("flat"))[:, :, 0].argmax(-1)
    assert len(set(model.seeds)) == KEPT
    assert bool((answers == TASK.oracle(tokens)).all())
    assert trained.followed(model, program).min() > ALL_BUT
    assert trained.followed(model, next(other for other in FOLLOWERS if other != program)).max() < 0.9


@pytest.mark.parametrize("program", FOLLOWERS)
def test_each_true_edge_moves_the_answer_of_every_seed_more_than_any_other_edge_does(program):
    least, most = trained.extremes(program)
    assert bool((least > most).all())


def test_another_record_is_refused(monkeypatch):
    other = FOLLOWERS["carry"]._replace(sha256=FOLLOWERS["fetch"].sha256)
    monkeypatch.setitem(FOLLOWERS, "carry", other)
    trained.models.cache_clear()
    with pytest.raises(ValueError, match=r"interchange-carry\.json\.xz to be the record with the checksum"):
        trained.models("carry")
