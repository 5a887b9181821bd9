"""Recompute here: the button on the page of a result, what it says of a right, a near and a wrong record, and what it
refuses; in a real browser, under the policy of the real pages."""

import json
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from toybook import article

import pages
from bookkit.release import release
from evidence.archive import notebooks
from serve import serving

pytestmark = pytest.mark.slow
STATIC = Path(__file__).parents[3] / "book" / "static" / "explore"
SAID = '[role="status"]'
PLAIN = "Here: where scripts run, a button computes the value in this tab"


@pytest.fixture(scope="module")
def computing(make_shared_book):
    """The built book, with the scripts of the real one."""
    book = make_shared_book("recipe")
    where = book.path / "book" / "static" / "explore"
    where.mkdir(parents=True)
    for name in ("transformer.js", "tensors.js", "task.js"):
        shutil.copy(STATIC / name, where / name)
    shutil.copytree(STATIC / "recompute", where / "recompute")
    built = book.build()
    assert built.ok, built.log
    return book, built


@pytest.fixture(scope="module")
def address(computing):
    with serving(computing[1].html) as url:
        yield url


@pytest.fixture
def pressed(browser, address):
    """A function that opens the page of a result, presses its button, and gives page, words, verdict and troubles."""
    contexts = []

    def press(rid, prepare=lambda page: None):
        context = pages.opened(browser, address, f"results/{rid}/index.html", 390, "light")
        contexts.append(context)
        page, troubles = context.__enter__()
        prepare(page)
        page.get_by_role("button", name="Recompute here").click()
        said = page.locator(SAID)
        said.filter(has_text=re.compile(r"\w"), has_not_text="Computing").wait_for()
        return page, said.inner_text(), said.get_attribute("data-verdict"), troubles

    yield press
    for context in contexts:
        context.__exit__(None, None, None)


def test_only_results_with_a_recipe_have_the_sentence_and_the_script(computing):
    _, built = computing
    for rid in ("toy.right", "toy.near", "toy.wrong", "toy.elsewhere"):
        page = built.page(f"results/{rid}/index")
        assert PLAIN in article(built, f"results/{rid}/index")
        assert f'data-recipe="../../recompute/{rid}.json"' in page
        assert '<script type="module" src="../../_static/explore/recompute/button.js">' in page
    assert "recompute" not in built.page("results/toy.plain/index")
    assert "4 results have a recipe." in article(built, "book/numbers")


@pytest.mark.parametrize(("rid", "why"), [
    ("toy.plain", "the weights are on this site, but the button does not know this measure"),
    ("toy.heavy", "the weights behind it are not on this site, which they would make too heavy"),
    ("toy.strange", "its runs are not tosses of coins, and the button knows no others"),
    ("toy.counted", "no trained run is behind it")])
def test_other_results_say_why_not_and_where_the_button_is_told_of(computing, rid, why):
    page = article(computing[1], f"results/{rid}/index")
    assert (f'<p>No button here: {why}. <a href="../../book/numbers.html">About the button and '
            "<code>deref verify</code></a>.</p>") in page


def test_the_files_are_a_recipe_for_each_result_and_what_these_name(computing):
    folder = computing[1].html / "recompute"
    names = {path.name for path in folder.iterdir()}
    recipe = json.loads((folder / "toy.right.json").read_text("utf-8"))
    assert names == {"toy.right.json", "toy.near.json", "toy.wrong.json", "toy.elsewhere.json",
                     recipe["models"][0]["file"], recipe["memories"]["file"]}


@pytest.mark.parametrize(("rid", "verdict"), [
    ("toy.right", "same"), ("toy.near", "within interval"), ("toy.wrong", "differs")])
def test_a_record_is_compared_with_what_the_tab_computes(computing, pressed, rid, verdict):
    record = json.loads((computing[1].html / "results" / rid / "record.json").read_text("utf-8"))
    workers: list[str] = []
    page, said, found, troubles = pressed(rid, lambda page: page.on("worker", lambda one: workers.append(one.url)))
    assert [url.rpartition("/")[2] for url in workers] == ["worker.js"], "the page itself stays free"
    assert found == verdict and said.startswith(f"{verdict.capitalize()}."), said
    here, there = (float(re.search(rf"{name}: ([\d.]+)%", said)[1]) for name in ("Here", "The record"))
    assert there == pytest.approx(100 * record["value"])
    assert (here == pytest.approx(there)) == (verdict == "same")
    assert re.search(r"It took [\d.]+ seconds\.", said)
    assert "From the weights of toy (seeds 3 to 4, 7), on 5 memories." in said
    assert "Nothing was trained again." in said
    assert ("The interval was not computed again." in said) == (record["ci"] is not None)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "at 390 pixels"
    assert troubles == []
    assert Axe().run(page).response["violations"] == []


def test_weights_that_were_tampered_with_are_refused(computing, pressed):
    folder = computing[1].html / "recompute"
    file = folder / json.loads((folder / "toy.right.json").read_text("utf-8"))["models"][0]["file"]
    whole = file.read_bytes()
    file.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    try:
        _, said, verdict, _ = pressed("toy.right")
    finally:
        file.write_bytes(whole)
    assert verdict is None
    assert said.startswith(f"A file is not the one that was published: expected the SHA-256 {file.stem}, got ")
    assert said.endswith("Nothing was compared.")


def test_weights_of_another_run_than_that_of_the_record_are_not_compared(pressed):
    _, said, verdict, troubles = pressed("toy.elsewhere")
    assert verdict is None and troubles == []
    assert said == "Not compared: the record is of other runs than the weights of this site."


def test_a_keyboard_is_enough_and_the_button_stops_and_begins_anew(browser, address):
    with pages.opened(browser, address, "results/toy.right/index.html", 1000, "dark") as (page, troubles):
        button = page.get_by_role("button", name="Recompute here")
        button.wait_for()
        page.route("**/*.bin", lambda route: None)  # never arrives
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "Recompute here":
                break
        page.keyboard.press("Enter")
        stop = page.get_by_role("button", name="Stop")
        stop.wait_for()
        page.keyboard.press("Enter")
        assert page.locator(SAID).inner_text() == "Stopped; nothing was compared."
        assert page.evaluate("document.activeElement.textContent") == "Recompute here"
        page.unroute("**/*.bin")
        page.keyboard.press("Enter")
        page.locator(f'{SAID}[data-verdict="same"]').wait_for()
        assert troubles == []


def test_without_scripts_a_sentence_says_what_the_button_would_do(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/results/toy.right/index.html")
    assert PLAIN in page.locator(".bookkit-recompute").inner_text()
    assert page.get_by_role("button", name="Recompute here").count() == 0
    context.close()


def test_a_recipe_for_a_result_that_no_page_publishes_fails_the_build(computing, tmp_path):
    book = computing[0].copy(tmp_path / "book")
    book.edit("book/numbers.md", 'publish("toy.wrong", found + 0.2, (found + 0.1, found + 0.3))\n', "")
    book.edit("book/index.md", "{r}`toy.wrong`, ", "")
    built = book.build()
    assert not built.ok
    assert "the recipe 'toy.wrong' is for a result that no page publishes" in built.log


def test_a_release_takes_no_weights_along_and_a_fast_build_says_so(computing, tmp_path):
    book = computing[0].copy(tmp_path / "book")
    release(book.path, "0.1.0", lambda records: {})
    kept = notebooks.newest(book.path / "records")
    assert ".bin" not in json.dumps([kept.read(page) for page in kept.pages])
    fast = book.build(BOOK_FAST="1")
    assert fast.ok, fast.log
    assert "has no weights to offer, so no result has a recipe." in fast.page("book/numbers")
    assert not (fast.html / "recompute").exists()
    for rid in ("toy.right", "toy.counted"):
        assert "No button here: this build trained nothing, and so has no weights to offer." in article(
            fast, f"results/{rid}/index")
