"""The registry of experiments, and the rule that picks a representative seed."""

import pytest
import torch
from quadratic import Quadratic

from deref import experiment as experiments
from deref.experiment import experiment, get, names
from evidence.runs import Store

CONFIG = Quadratic(steps=7)


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    monkeypatch.setattr(experiments, "_REGISTRY", experiments._REGISTRY.empty())


def test_an_experiment_is_found_by_its_name():
    made = experiment("one-8", config=CONFIG, seeds=[2, 0], about="A test.")
    assert get("one-8") is made
    assert (made.config, made.seeds, made.about, made.module) == (CONFIG, (2, 0), "A test.", __name__)
    assert names() == ("one-8",)


def test_a_module_that_is_loaded_again_declares_the_same():
    made = [experiment("one", config=CONFIG, seeds=(0,), about="A test.") for _ in range(2)]
    assert made[0] is made[1]


@pytest.mark.parametrize("other", [{"config": Quadratic(steps=8)}, {"seeds": (1,)}, {"about": "Another."}])
def test_a_name_is_given_once(other):
    experiment("one", config=CONFIG, seeds=(0,), about="A test.")
    with pytest.raises(ValueError, match=f"expected a new experiment's name, got 'one', which {__name__} declares"):
        experiment("one", **{"config": CONFIG, "seeds": (0,), "about": "A test.", **other})


@pytest.mark.parametrize("name", ["", "Upper", "with space", "under_score", "-x", "x-", "a--b", "a/b", "a\n"])
def test_a_name_has_a_form(name):
    with pytest.raises(ValueError, match="expected lower-case words, figures and hyphens as an experiment's name"):
        experiment(name, config=CONFIG, seeds=(0,), about="A test.")


def test_seeds_that_are_no_ensemble_are_refused():
    with pytest.raises(ValueError, match=r"expected one or more different whole numbers"):
        experiment("one", config=CONFIG, seeds=(1, 1), about="A test.")


def test_an_unknown_name_is_answered_with_the_nearest():
    for name in ("legible-8", "large-32", "fetch"):
        experiment(name, config=CONFIG, seeds=(0,), about="A test.")
    with pytest.raises(ValueError, match="expected the name of an experiment, got 'legibel-8'; the nearest are legib"):
        get("legibel-8")
    with pytest.raises(ValueError, match="got 'zzz'; none is near"):
        get("zzz")


def test_without_experiments_an_unknown_name_says_so():
    with pytest.raises(ValueError, match="none is declared yet"):
        get("legible-8")


def test_running_gives_the_run_of_the_configuration_and_seeds(tmp_path, capsys):
    store, reports = Store(tmp_path, device="cpu"), []
    one = experiment("one", config=CONFIG, seeds=(0, 1), about="A test.")
    run = one.run(store, progress=reports.append)
    assert reports[-1].step == 7
    assert run is store.run(CONFIG, (0, 1))
    assert torch.equal(Store(tmp_path, device="cpu").run(CONFIG, (0, 1)).model.x, run.model.x)
    assert capsys.readouterr() == ("", "")


def test_running_without_a_store_uses_the_process_s_own_and_says_what_it_does(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DEREF_STORE", str(tmp_path))
    monkeypatch.setenv("DEREF_DEVICE", "cpu")
    one = experiment("one", config=CONFIG, seeds=(0, 1), about="A test.")
    run = one.run()
    assert run.path.parent == tmp_path
    assert capsys.readouterr().err == "one: trained in 0 s\n"
    assert one.run() is run
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("scores", "picked"), [
    ([0.1, 0.9, 0.5], 1),
    ([0.9, 0.1, 0.9], 2),  # equal scores: seed 1 is lower than seed 7
    ([0.5, 0.5, 0.5], 2),
    ([-1, -2, -3], 0),
])
def test_the_representative_has_the_highest_score_and_then_the_lowest_seed(scores, picked):
    one = experiment("one", config=CONFIG, seeds=(7, 4, 1), about="A test.")
    assert one.representative(scores) == picked
    assert one.representative(torch.tensor(scores)) == picked


@pytest.mark.parametrize("scores", [[1.0], [], [0.1, float("nan")]])
def test_a_representative_needs_a_score_for_every_seed(scores):
    one = experiment("one", config=CONFIG, seeds=(0, 1), about="A test.")
    with pytest.raises(ValueError, match="expected one number for each of the 2 seeds"):
        one.representative(scores)
