"""Recipes: the site's scripts and PyTorch make one number of one recipe, and the book has recipes for what it says."""

import base64
import fnmatch
import importlib
import math
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from javascript import run
from random_models import SHAPES, memories, random_model

import deref.sections
from deref.explorables import recipes as exported
from deref.explorables.half import halved, widened
from deref.explorables.recipe_values import MEASURES, SUMMARIES, value
from deref.explorables.recipes import RECIPES, described, put, put_memories
from deref.explorables.weights import pack_all, unpack
from deref.model import members
from deref.probes.pointer.trace import CLASSES
from deref.sections.shared.models import legible_8
from deref.sections.shared.recipes import SHOWN, Recipe
from deref.tasks.pointer import PointerTask
from evidence.results import registry
from evidence.results.recipes import files_of

HEADLINES = {"layers.two.solved", "layers.one.solved", "leaks.mlp.solved", "flip.large-32.addressed",
             "large-32.coverage", "depth.two.solved", "depth.heads.solved", "algorithms.again.extremes-passed"}
TRACED = {"direction": "denoise", "row": 1, "place": "addressed cell"}
PLACES = {"recovery": [{**TRACED, "row": row, "place": place} for row in (0, 1) for place in CLASSES]
          + [{**TRACED, "direction": "noise"}],
          "recovery-by-memory": [TRACED, {**TRACED, "place": "readout", "address": 2},
                                 {**TRACED, "place": "addressed cell", "address": 3}],
          "addresses-beyond": [{**TRACED, "above": 0.5}, {**TRACED, "below": 0.3}]}
# The files of a recipe reach the script as a page would fetch them, hash and all.
FOLLOW = """async (folder, { recipes, files }) => {
  const { compute } = await import(`${folder}/recompute/compute.js`);
  globalThis.fetch = async (address) => new Response(
    Uint8Array.from(atob(files[address.pathname.slice(1)]), (one) => one.charCodeAt(0)));
  const found = [];
  for (const recipe of recipes) found.push((await compute(recipe, "http://a.test/")).value);
  return found;
}"""
WIDEN = """async (folder, halves) => {
  const { widened } = await import(`${folder}/recompute/files.js`);
  return [...new Float32Array(widened(Uint16Array.from(halves).buffer))].map((one) => Object.is(one, -0) ? "-0" : one);
}"""


def told(task, shape, measure, at=None, over="mean", solving=False, rounded=False):
    """A recipe over three untrained seeds, and its files."""
    binaries: dict[str, bytes] = {}
    some = put_memories(memories(task, 4), binaries)
    subject = random_model(task, **SHAPES[shape]).float()
    with torch.no_grad():  # the same answers by wide margins, or a trace keeps few pairs
        for part in subject.unembedding.parameters():
            part *= 50
    model = described(subject, "toy", "a" * 64, task, binaries, rounded=rounded)
    return {"measure": measure, "over": over, "at": at or {}, "close": 1e-4, "picked": None, "models": [model],
            "memories": some, "solving": some if solving else None}, binaries


def followed(given):
    """What the site's scripts make of recipes and their files."""
    files = {name: base64.b64encode(content).decode() for _, binaries in given for name, content in binaries.items()}
    return run(FOLLOW, {"recipes": [recipe for recipe, _ in given], "files": files})


@pytest.mark.parametrize("shape", ["two layers", "attention only, bare", "sinusoidal"])
def test_a_tab_measures_what_pytorch_measures(shape):
    task = PointerTask(M=6)  # no power of two: two addresses name no cell
    given = [told(task, shape, measure, at) for measure in MEASURES for at in PLACES.get(measure, [None])]
    expected = [value(*one) for one in given]
    known = [i for i, one in enumerate(expected) if not math.isnan(one)]  # of some classes some addresses have none
    assert len(known) > 0.6 * len(given)
    assert len({round(expected[i], 6) for i in known}) > len(known) / 3, "subjects on which measures differ"
    found = followed([given[i] for i in known])
    for i, one in zip(known, found, strict=True):
        # recovery divides by gaps, of which untrained weights have small ones; then PyTorch's 32 bits are seen
        assert one == pytest.approx(expected[i], abs=1e-4, rel=1e-3), given[i][0]["measure"]


def test_seeds_become_one_number_in_the_same_ways():
    task = PointerTask(M=4)
    given = [told(task, "two layers", "accuracy", over=over) for over in SUMMARIES if over != "only"]
    assert followed(given) == pytest.approx([value(*one) for one in given])


def test_rounded_weights_are_half_as_many_bytes_and_every_reader_widens_them():
    exact = torch.tensor([0.0, 1.0, -2.5, 2.0**-20]).numpy().tobytes()  # ten bits of a fraction are enough
    assert widened(halved(exact)) == exact
    assert np.frombuffer(widened(halved(torch.tensor([1.0001, 1.0007]).numpy().tobytes())), "<f4").tolist() == [
        1.0, 1 + 2**-10], "to the nearest of those 1/1024 apart"
    every = np.arange(1 << 16, dtype="<u2")
    every = every[np.isfinite(every.view("<f2"))]
    assert np.array_equal(np.array(run(WIDEN, every.tolist()), "<f4").view("<u4"),
                          np.frombuffer(widened(every.tobytes()), "<u4")), "signs and the smallest included"
    task = PointerTask(M=6)
    (whole, before), (recipe, binaries) = (told(task, "two layers", "weight", rounded=one) for one in (False, True))
    size, small = (len(files[one["models"][0]["file"]]) for one, files in ((whole, before), (recipe, binaries)))
    assert size == 2 * small
    assert value(recipe, binaries) != value(whole, before)
    assert followed([(recipe, binaries)]) == pytest.approx([value(recipe, binaries)], abs=1e-5)


@pytest.mark.parametrize("number", [65_536.0, math.inf, math.nan])
def test_a_weight_that_16_bits_cannot_hold_is_refused(number):
    with pytest.raises(ValueError, match="expected finite numbers up to 65504, got"):
        halved(torch.tensor([1.0, number]).numpy().tobytes())


def test_picked_seeds_are_the_ones_that_travel():
    model = random_model(PointerTask(M=4), **SHAPES["two layers"]).float()
    first, _, last = model.seeds
    some = members.some(model, [*map(model.seeds.index, [first, last])])
    assert list(some.seeds) == [first, last]
    assert all((value == model.state_dict()[name][[0, 2]]).all() for name, value in some.state_dict().items())


def test_only_seeds_that_solve_the_task_are_counted():
    from deref.constructions.pointer import pointer

    model, task = pointer(4)
    binaries: dict[str, bytes] = {}
    some = put_memories(memories(task, 4), binaries)
    wrong = random_model(task, **SHAPES["two layers"]).float()
    models = [described(one, "toy", "a" * 64, task, binaries) for one in (wrong, model)]
    recipe = {"measure": "accuracy", "over": "mean", "at": {}, "close": 1e-9, "picked": None, "models": models,
              "memories": some, "solving": some}
    assert value(recipe, binaries) == 1
    assert followed([(recipe, binaries)]) == [1]
    assert value({**recipe, "solving": None}, binaries) < 1


def test_what_was_packed_is_the_ensemble_again():
    for shape in ("sinusoidal", "two layers"):
        model = random_model(PointerTask(M=4), **SHAPES[shape]).float()
        places, content = pack_all(model)
        back = unpack(model.config, model.seeds, places, content)
        assert all((value == back.state_dict()[name]).all() for name, value in model.state_dict().items())
    with pytest.raises(ValueError, match=r"expected [\d,]+ bytes for 3 members, got"):
        unpack(model.config, model.seeds, places, content[4:])


def test_more_than_sixty_results_have_a_recipe_and_the_headlines_are_among_them():
    assert len(RECIPES) >= 60
    assert RECIPES.keys() >= HEADLINES
    for rid, recipe in RECIPES.items():
        registry.get(rid)
        assert recipe.measure in MEASURES and recipe.over in SUMMARIES, rid
        assert recipe.at.keys() >= {"row", "place"} or recipe.measure not in PLACES, rid


def test_every_result_with_a_recipe_is_published_by_a_page():
    book = Path(__file__).parents[3] / "book"
    calls = [call for page in book.rglob("*.md") for call in re.findall(r"publish\(([^)]*)\)", page.read_text("utf8"))]
    patterns = {pattern for call in calls for pattern in re.findall(r'"([^"]+)"', call)}
    assert [rid for rid in RECIPES if not any(fnmatch.fnmatchcase(rid, one) for one in patterns)] == []


def test_no_section_with_recipes_is_left_out():
    found = {one.name for one in pkgutil.walk_packages(deref.sections.__path__, "deref.sections.")
             if one.name.endswith(".recipes") and ".shared." not in one.name}
    declared = [importlib.import_module(name).RECIPES for name in sorted(found)]
    assert sum(map(len, declared)) == len(RECIPES), "explorables/recipes.py names each once, and no id stands twice"
    assert found == {vars(exported)[name].__name__ for name in (
        "depth", "layers", "leaks", "algorithms", "flip", "reading", "trace")}


@pytest.mark.parametrize(("changes", "message"), [
    ({"measure": "luck"}, "expected measure to be one of accuracy, .*, got 'luck'"),
    ({"over": "luck"}, "expected over to be one of only, .*, got 'luck'"),
])
def test_a_recipe_of_another_kind_is_refused(changes, message):
    recipe, binaries = told(PointerTask(M=4), "one layer", "accuracy")
    with pytest.raises(ValueError, match=message):
        value({**recipe, **changes}, binaries)


def test_a_recipe_that_cannot_be_meant_is_refused():
    with pytest.raises(ValueError, match="expected seeds to be 'all', 'solving' or 'shown', got 'lucky'"):
        Recipe(chosen=legible_8, measure="accuracy", over="mean", seeds="lucky")
    with pytest.raises(ValueError, match='expected "only" for the seed that pages show and no other'):
        Recipe(chosen=legible_8, measure="accuracy", over="mean", seeds=SHOWN)


def test_files_are_named_by_their_content():
    binaries: dict[str, bytes] = {}
    assert put(b"x", binaries) == put(b"x", binaries) != put(b"y", binaries)
    assert sorted(binaries.values()) == [b"x", b"y"]
    from evidence.results.recipes import Recipes

    given = Recipes(recipes={"a.b": {"x": 1}}, about={"a.b": "words"}, binaries=binaries,
                    models="toys", follows={})
    assert files_of("recipes.toy", given) == {**binaries, "a.b.json": b'{"x": 1}'}
    for changes, message in (({"about": {}}, "expected words about every recipe of recipes.toy"),
                             ({"binaries": {"x.bin": b"x"}}, "a file named by the SHA-256 of its content")):
        with pytest.raises(ValueError, match=message):
            files_of("recipes.toy", Recipes(**{**vars(given), **changes}))


@pytest.mark.parametrize(("measure", "cells", "count", "words"), [
    ("accuracy", 32, 400, "400 memories"),
    ("addressed", 32, 400, "400 memories, which takes half a minute or more"),
    ("other", 32, 400, "400 memories, which takes some minutes"),
    ("other", 8, 256, "256 memories"),
])
def test_a_page_says_before_it_starts_that_it_takes_long(measure, cells, count, words):
    task = PointerTask(M=cells)
    model = random_model(task, **{**SHAPES["two layers"], "width": 64, "heads": 8, "mlp": 256}).float().member(0)
    binaries: dict[str, bytes] = {}
    written = {"measure": measure, "models": [described(model, "toy", "a" * 64, task, binaries)],
               "memories": {"count": count}}
    assert exported._about(written, binaries).endswith(words)


def test_a_long_measure_tells_how_far_it_is():
    recipe, binaries = told(PointerTask(M=4), "one layer", "other")
    files = {name: base64.b64encode(content).decode() for name, content in binaries.items()}
    heard = run(FOLLOW.replace("const found = [];", "const found = [], heard = [];")
                .replace('"http://a.test/"', '"http://a.test/", (done) => heard.push(done)')
                .replace("return found;", "return heard;"), {"recipes": [recipe], "files": files})
    assert heard == sorted(heard) and heard[-1] == 3
    assert len(set(heard)) == 3 * 4 + 1, "each of four memories of three seeds, and the end"
