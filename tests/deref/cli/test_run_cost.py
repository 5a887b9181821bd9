"""What a run is thought to take: every kind of configuration counts with all that it does."""

import dataclasses
from itertools import pairwise

import pytest
from quadratic import Quadratic

from deref import experiment as experiments
from deref.cli.cost import seconds
from deref.experiment import Experiment

BOOK = {one.name: one for one in experiments.load_all() if one.module.startswith("deref.sections.")}


def changed(one: Experiment, **changes) -> Experiment:
    return dataclasses.replace(one, config=dataclasses.replace(one.config, **changes))


@pytest.mark.parametrize("name", ["depth-two", "baseline-gru-16", "baseline-mlp-8", "baseline-convolution-8"])
def test_twice_the_steps_take_twice_as_long(name):
    one = BOOK[name]
    assert seconds(changed(one, steps=2 * one.config.steps)) == pytest.approx(2 * seconds(one))


def test_seeds_share_calls_and_nothing_else():
    one = BOOK["depth-two"]
    alone, five, nine = (seconds(dataclasses.replace(one, seeds=tuple(range(count)))) for count in (1, 5, 9))
    assert nine - five == pytest.approx(five - alone)
    assert alone < five < 5 * alone


def test_every_stage_counts():
    one = BOOK["knowledge"]
    stages = [one.config.first, *(lesson.train for lesson in one.config.then)]
    alone = [seconds(dataclasses.replace(one, config=config)) for config in stages]
    assert seconds(one) == pytest.approx(sum(alone))
    assert len(alone) > 2 and min(alone) > 0.02 * seconds(one)


def test_a_recipe_inside_another_configuration_costs_the_same():
    one = BOOK["hops-causal-2"]
    assert seconds(one) == seconds(dataclasses.replace(one, config=one.config.train))


def test_evaluations_count():
    one = BOOK["depth-two"]
    assert seconds(changed(one, eval_every=10)) > 1.1 * seconds(one)


def test_every_run_of_the_book_has_a_cost_and_strangers_have_one():
    assert all(seconds(one) > 0 for one in BOOK.values())
    toys = [Experiment(name="toy", config=Quadratic(steps=steps), seeds=(0,), about="A test.", module="toys")
            for steps in (3, 30)]
    assert seconds(toys[0]) < seconds(toys[1])


def test_a_kind_of_model_or_configuration_without_a_cost_is_refused():
    @dataclasses.dataclass
    class Unknown:
        stages: tuple = ()

    stage = dataclasses.replace(BOOK["depth-two"].config)
    object.__setattr__(stage, "model", Unknown())
    with pytest.raises(ValueError, match=r"expected a model whose work is known, one of ModelConfig, .*, got Unknown"):
        seconds(dataclasses.replace(BOOK["depth-two"], config=Unknown(stages=(stage,))))
    with pytest.raises(ValueError, match="expected a configuration with a number of steps"):
        seconds(dataclasses.replace(BOOK["depth-two"], config=Unknown()))


# Milliseconds that a step took on one core: 101, 44, 19 and less than 1 with five seeds; 21 and 9 with ten; 26 and 13.
@pytest.mark.parametrize(("longest_first", "seeds"), [
    (("large-32", "baseline-transformer-32", "baseline-transformer-16", "baseline-bag-32"), 5),
    (("depth-heads", "depth-two"), 10),
    (("baseline-lstm-32", "baseline-lstm-16"), 5),
])
def test_the_order_is_that_of_what_was_measured(longest_first, seeds):
    costs = [seconds(dataclasses.replace(changed(BOOK[name], steps=1000), seeds=tuple(range(seeds))))
             for name in longest_first]
    assert all(longer > 1.5 * shorter for longer, shorter in pairwise(costs)), costs
