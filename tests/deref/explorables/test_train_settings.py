"""The page's training without a page: what an address says, that a seed is a seed, and the way back to a checkpoint."""

import pytest
from javascript import run

from deref.explorables.train_pointer import BASES, recipe
from deref.sections.ch07.algorithms.algorithms import FETCHES, GATHERS
from deref.sections.shared.models import gather

SETTINGS = """async (folder, given) => {
  const { drawnSeed, settingsFrom, stateOf } = await import(`${folder}/train/settings.js`);
  return given.map((query) => {
    const settings = settingsFrom(new Map(new URLSearchParams(query)), 31);
    const state = Object.fromEntries(Object.entries(stateOf(settings, true)).map(([key, value]) => [key, `${value}`]));
    return { settings, again: settingsFrom(new Map(Object.entries(state)), drawnSeed()), state };
  });
}"""
WAYS = """async (folder, cells) => {
  const { wayOf } = await import(`${folder}/train/settings.js`);
  return cells.map(wayOf);
}"""
RECIPES = """async (folder, { settings, data }) => {
  const { recipeOf, runOf } = await import(`${folder}/train/settings.js`);
  return settings.map((one) => [recipeOf(one, data), runOf(one, data)?.name ?? null]);
}"""
TRAININGS = """async (folder, { recipe, plans }) => {
  const { Trainer } = await import(`${folder}/train/trainer.js`);
  const { Random } = await import(`${folder}/train/random.js`);
  return plans.map(({ seed, steps, back, other }) => {
    const trainer = new Trainer(recipe, seed);
    for (let i = 0; i < steps; i += 1) { trainer.advance(); if (trainer.step === back) trainer.keep(); }
    const to = back === undefined ? null : trainer.rewind(back + 3);
    if (other) trainer.random = new Random(other);
    while (trainer.step < steps) trainer.advance();
    return { to, values: [...trainer.parameters.values.slice(0, 500)], step: trainer.step };
  });
}"""
DRAWS = """async (folder, seeds) => {
  const { Random } = await import(`${folder}/train/random.js`);
  return seeds.map((seed) => {
    const random = new Random(seed), bits = random.fill(new Uint8Array(6400));
    const normal = Array.from({ length: 4000 }, () => random.normal());
    return { bits: [...bits], normal };
  });
}"""
SMALL = {**recipe(gather.config), "cells": 4, "width": 8, "batch": 4, "heads": 2}


def test_an_address_and_back():
    queries = ["", "cells=16&layers=3&heads=2&positions=learned&scale=0.2&seeds=5&first=7&predict=4&go=1",
               "cells=9&layers=x&heads=-1&positions=round&scale=3&seeds=6&first=0&predict=4", "seeds=1&predict=1"]
    found = run(SETTINGS, queries)
    for one in found:
        assert one["again"] == one["settings"]
    assert found[1]["settings"] == {"cells": 16, "layers": 3, "heads": 2, "positions": "learned", "scale": 0.2,
                                    "seeds": 5, "first": 7, "predict": 4}
    assert found[2]["settings"] == {**found[0]["settings"]}, "what is no choice is as at the start"
    assert found[0]["settings"]["first"] == 31 and found[0]["settings"]["predict"] is None
    assert "scale" not in found[0]["state"]


def test_a_model_fetches_or_gathers_by_the_books_bounds_and_is_between_them_otherwise():
    assert run(WAYS, [1, FETCHES + 0.01, FETCHES, 0.5, GATHERS, GATHERS - 0.01, -0.1]) == [
        "fetches", "fetches", "between", "between", "between", "gathers", "gathers"]


def test_choices_change_the_books_recipe_and_nothing_else():
    data = {"recipes": [recipe(base.config) for base in BASES], "runs": [
        {"name": "gather", "cells": 8, "layers": 2, "heads": 4, "positions": "learned", "scale": 0.02, "times": []}]}
    chosen = {"cells": 8, "layers": 2, "heads": 4, "positions": "learned", "scale": 0.02}
    other = {**chosen, "cells": 16, "layers": 3, "heads": 2, "scale": 1}
    waves = {**chosen, "heads": 1, "positions": "sinusoidal"}
    found = run(RECIPES, {"settings": [chosen, other, waves], "data": data})
    assert found[0] == [recipe(gather.config), "gather"]
    assert found[1] == [{**recipe(gather.config), "cells": 16, "layers": 3, "heads": 2, "position_std": 1}, None]
    assert found[2] == [data["recipes"][0], None]


def test_a_seed_gives_the_same_training_twice_and_another_another():
    one, again, other = run(TRAININGS, {"recipe": SMALL, "plans": [
        {"seed": 5, "steps": 40}, {"seed": 5, "steps": 40}, {"seed": 6, "steps": 40}]})
    assert one == again and one["values"] != other["values"]


def test_a_way_back_leads_to_the_checkpoint_and_on_as_before_unless_batches_are_others():
    plan = {"seed": 5, "steps": 40}
    straight, back, others = run(TRAININGS, {"recipe": SMALL, "plans": [
        plan, {**plan, "back": 20}, {**plan, "back": 20, "other": 9}]})
    assert back["to"] == others["to"] == 20 and back["step"] == 40
    assert back["values"] == straight["values"] and others["values"] != straight["values"]


def test_draws_are_fair_bits_and_normal_numbers_and_seeds_share_none():
    first, second = run(DRAWS, [1, 2])
    for one in (first, second):
        assert sum(one["bits"]) == pytest.approx(3200, abs=4 * 40)  # four standard deviations
        mean = sum(one["normal"]) / 4000
        assert mean == pytest.approx(0, abs=4 / 63)
        assert sum((x - mean) ** 2 for x in one["normal"]) / 4000 == pytest.approx(1, abs=0.1)
    same = sum(a == b for a, b in zip(first["bits"], second["bits"], strict=True))
    assert same == pytest.approx(3200, abs=4 * 40)
