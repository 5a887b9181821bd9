"""Recompute here, on the built book: published recipes give their records in PyTorch, and in a reader's browser."""

import json

import pytest

import pages
from deref.explorables.recipe_values import value
from deref.explorables.recipes import RECIPES

pytestmark = pytest.mark.site
PRESSED = ("layers.one.solved", "legible-8.coverage", "fetch.cell-after-1", "large-32.coverage", "depth.two.solved",
           "algorithms.again.extremes-passed")
WEIGHT = 12_000_000  # bytes of all recipes, weights and memories; a page fetches its own alone, when it is asked to


@pytest.fixture(scope="module")
def folder(site):
    return site / "recompute"


def check(site, folder, rids):
    binaries = {path.name: path.read_bytes() for path in folder.glob("*.bin")}
    wrong, kept = {}, {}  # many results are read off one probe
    for rid in rids:
        recipe = json.loads((folder / f"{rid}.json").read_text("utf8"))
        record = json.loads((site / "results" / rid / "record.json").read_text("utf8"))
        found = value(recipe, binaries, kept)
        # what PyTorch sums in 32 bits may be summed in another order, and an answer in many thousands may hang on it
        if found != pytest.approx(record["value"], rel=0, abs=recipe["close"] if RECIPES[rid].rounded else 1e-5):
            wrong[rid] = (found, record["value"])
    assert wrong == {}


def test_recipes_are_published_for_what_has_one_and_weigh_little(site, folder):
    assert {path.stem for path in folder.glob("*.json")} == RECIPES.keys()
    assert sum(path.stat().st_size for path in folder.iterdir()) < WEIGHT
    for rid in RECIPES:
        assert f"recompute/{rid}.json" in (site / "results" / rid / "index.html").read_text("utf8")


def test_recipes_of_small_models_give_their_records_in_pytorch(site, folder):
    check(site, folder, [rid for rid, recipe in RECIPES.items() if recipe.chosen.config.task.M <= 8])


@pytest.mark.slow
def test_recipes_of_other_models_give_their_records_in_pytorch(site, folder):
    check(site, folder, [rid for rid, recipe in RECIPES.items() if recipe.chosen.config.task.M > 8])


@pytest.mark.parametrize("rid", PRESSED)
def test_the_button_says_same(browser, address, rid):
    with pages.opened(browser, address, f"results/{rid}/index.html", 1280, "light") as (page, troubles):
        page.get_by_role("button", name="Recompute here").click()
        said = page.locator('[role="status"][data-verdict]')
        said.wait_for(timeout=300_000)
        assert said.get_attribute("data-verdict") == "same", said.inner_text()
        assert troubles == []
