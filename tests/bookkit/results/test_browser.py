"""Results in a real browser: provenance by mouse, keyboard and touch, copied citations, a sorted and filtered index."""

import datetime
import re

import bibtexparser
import pytest

from serve import serving

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def address(judged):
    with serving(judged[1].html) as url:
        yield url


@pytest.fixture
def open_page(browser, address):
    """A function that opens a page of the toy book in a window of its own."""
    contexts = []

    def open_it(name, **options):
        contexts.append(browser.new_context(viewport={"width": 1000, "height": 700}, **options))
        page = contexts[-1].new_page()
        page.goto(f"{address}/{name}.html")
        return page

    yield open_it
    for context in contexts:
        context.close()


NUMBER = "#r-coin_heads_share"
TIP = f"{NUMBER} + .result-tip"


def test_provenance_by_mouse_and_keyboard_and_escape_dismisses_it(open_page):
    page = open_page("book/ch01/before")
    tip = page.locator(TIP)
    assert not tip.is_visible()
    page.hover(NUMBER)
    assert tip.is_visible() and "coin.heads.share" in tip.inner_text()
    page.locator(TIP).hover()
    assert tip.is_visible(), "the pointer can rest on the tooltip"
    page.keyboard.press("Escape")
    assert not tip.is_visible()

    page.mouse.move(0, 0)
    while page.evaluate("document.activeElement.id") != NUMBER[1:]:
        page.keyboard.press("Tab")
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert tip.is_visible(), "dismissed is not gone"
    page.keyboard.press("Enter")
    page.wait_for_url("**/results/coin.heads.share/index.html")


def test_a_first_tap_shows_provenance_and_a_second_follows_the_link(open_page):
    page = open_page("book/ch01/before", has_touch=True, is_mobile=True)
    page.tap(NUMBER)
    assert page.locator(TIP).is_visible() and page.url.endswith("book/ch01/before.html")
    page.tap("article h1")
    assert not page.locator(TIP).is_visible()
    page.tap(NUMBER)
    page.tap(NUMBER)
    page.wait_for_url("**/results/coin.heads.share/index.html")


def test_a_tooltip_stays_inside_the_window_and_is_not_cut_off_by_a_table(open_page):
    page = open_page("book/claims")
    page.set_viewport_size({"width": 800, "height": 400})
    page.evaluate("document.querySelectorAll('.claims-ledger details').forEach((fold) => { fold.open = true; })")
    page.focus(".evidence a.result")
    box = page.locator(".evidence a.result + .result-tip").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 800 and box["y"] >= 0 and box["y"] + box["height"] <= 400
    # what is on top at the tooltip's corners is the tooltip
    inside = page.evaluate("""([x, y, w, h]) => [[x + 3, y + 3], [x + w - 3, y + h - 3]].every(
        ([a, b]) => document.elementFromPoint(a, b).closest(".result-tip"))""",
                           [box["x"], box["y"], box["width"], box["height"]])
    assert inside


def test_without_scripts_provenance_still_shows_and_tables_are_whole(open_page):
    page = open_page("book/ch01/before", java_script_enabled=False)
    page.hover(NUMBER)
    assert page.locator(TIP).is_visible()
    page = open_page("results/index", java_script_enabled=False)
    assert page.locator("tbody tr").count() == 2
    assert page.locator("button.bookkit-sort, .bookkit-filter").count() == 0
    page = open_page("results/coin.heads.share/index", java_script_enabled=False)
    assert page.locator(".bookkit-copy").count() == 0, "a button that could do nothing"
    assert "Result coin.heads.share" in page.locator("#cite-plain").inner_text()
    with page.expect_download() as saved:
        page.get_by_role("link", name="BibTeX").click()
    assert saved.value.path().read_text("utf-8").startswith("@misc{")


def test_a_citation_can_be_copied_with_today_as_its_day(open_page):
    page = open_page("results/coin.heads.share/index", permissions=["clipboard-read", "clipboard-write"])
    today = datetime.date.today()
    copied = {}
    for form in ("BibTeX", "plain text"):
        page.get_by_role("button", name=f"Copy {form}").click()
        page.locator(".bookkit-copied", has_text=f"Copied: {form}.").wait_for()
        copied[form] = page.evaluate("navigator.clipboard.readText()")
    library = bibtexparser.parse_string(copied["BibTeX"])
    assert f"accessed {today.isoformat()}" in library.entries[0].fields_dict["note"].value
    assert f"accessed {today.isoformat()}" in copied["plain text"]
    assert "9999" not in "".join(copied.values())


def test_reference_managers_get_files(open_page):
    page = open_page("results/coin.heads.share/index")
    hash = re.search("record sha256 ([0-9a-f]{64})", page.locator("#cite-plain").inner_text())[1]
    for name, file, start in (("BibTeX", "record.bib", "@misc{"), ("CSL-JSON", "record.csl.json", "[{"),
                              ("RIS", "record.ris", "TY  - DATA")):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name).click()
        text = saved.value.path().read_text("utf-8")
        assert saved.value.suggested_filename == file and text.startswith(start)
        assert hash in text and "coin.flips.count" not in text and "9999" not in text, "the entry of this result alone"


def test_the_index_filters_and_sorts(open_page):
    page = open_page("results/index")
    first = page.locator("tbody tr:not([hidden]) td:first-child a")
    assert first.all_text_contents() == ["Flips of the coin", "Share of heads"]
    page.locator("summary", has_text="Measure (2)").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Result").click()
    page.get_by_role("button", name="Result").click()
    assert first.all_inner_texts() == ["Share of heads", "Flips of the coin"]
    assert page.locator("th").first.get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Value").click()
    assert first.all_inner_texts() == ["Share of heads", "Flips of the coin"], "50% before 100, as numbers"
    page.get_by_label("Filter").fill("share HEADS")
    assert first.all_inner_texts() == ["Share of heads"]
    assert page.locator(".bookkit-filter [role=status]").inner_text().strip() == "1 of 2"


def test_the_filter_of_the_index_opens_what_it_leaves_and_closes_it_again(open_page):
    page = open_page("results/index")
    fold, row = page.locator(".results-fold"), page.locator("tbody tr", has_text="Share of heads")
    assert fold.count() == 1 and not row.is_visible()
    for words, open, shown in (("heads", True, True), ("measure coin.flips", True, False), ("nothing", False, False)):
        page.get_by_label("Filter").fill(words)
        assert row.is_visible() == shown, words
        assert fold.is_visible() == open, words
    page.get_by_label("Filter").fill("")
    assert fold.is_visible() and fold.get_attribute("open") is None


def test_search_leads_to_the_page_of_a_result(open_page):
    page = open_page("search")
    for query in ("coin.heads.share", "Share of heads"):
        page.goto(page.url.partition("?")[0] + f"?q={query}")
        link = page.locator("#search-results a", has_text="Share of heads").first
        link.wait_for()
        link.click()
        page.wait_for_url("**/results/coin.heads.share/index.html*")
        page.go_back()


FOUND = """() => [...document.querySelectorAll("#search-results ul.search li > a")].map(link => link.href)"""


@pytest.mark.parametrize(("query", "first"), [
    ("coin.heads.share", "results/coin.heads.share/index.html#result"),
    ("Coin.Gold", "book/ch01/draw.html#claim-coin_gold"),
    ("fig.coin-runs", "book/ch01/draw.html#fig-coin-runs"),
])
def test_search_puts_what_is_asked_for_by_its_whole_id_first(open_page, address, query, first):
    page = open_page("search")
    page.goto(f"{address}/search.html?q={query}")
    page.locator(".search-summary", has_text="found").wait_for()
    assert page.evaluate(FOUND)[0] == f"{address}/{first}"


@pytest.mark.parametrize("query", ["coin", "heads", "share"])
def test_search_lists_pages_of_results_behind_all_others(open_page, address, query):
    page = open_page("search")
    page.goto(f"{address}/search.html?q={query}")
    page.locator(".search-summary", has_text="found").wait_for()
    generated = ["/results/coin." in link for link in page.evaluate(FOUND)]
    assert set(generated) == {False, True} and generated == sorted(generated)


COVERED = """link => {
  const box = link.getBoundingClientRect();
  return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) !== link;
}"""


@pytest.mark.parametrize("width", [390, 800])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_tooltip_never_covers_its_number_and_a_finger_is_told_how_to_go_on(open_page, width, place):
    page = open_page("book/ch01/before", has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": width, "height": 420})
    # the number at some height of a page that scrolls
    page.evaluate("""place => {
      const article = document.querySelector("article");
      Object.assign(article.style, { paddingTop: "900px", paddingBottom: "900px" });
      const top = document.querySelector("#r-coin_heads_share").getBoundingClientRect().top;
      window.scrollTo({ top: top + window.scrollY - place * window.innerHeight, behavior: "instant" });
    }""", place)
    page.tap(NUMBER)
    tip = page.locator(TIP)
    assert tip.is_visible() and not page.locator(NUMBER).evaluate(COVERED)
    box = tip.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 420
    assert tip.evaluate("tip => getComputedStyle(tip, '::after').content") == '"Tap again to open."'
    page.tap(NUMBER)
    page.wait_for_url("**/results/coin.heads.share/index.html")


MARKED = """() => [...document.querySelectorAll("article h1, article h2")]
  .filter(head => getComputedStyle(head).backgroundColor !== "rgba(0, 0, 0, 0)")
  .map(head => head.firstChild.textContent)"""


@pytest.mark.parametrize(("anchor", "marked"), [("result", "Share of heads"), ("cite", "Cite it"),
                                                ("check", "Compute it again")])
def test_an_address_marks_its_own_heading_alone(open_page, address, anchor, marked):
    page = open_page("results/index")
    page.goto(f"{address}/results/coin.heads.share/index.html#{anchor}")
    assert page.evaluate(MARKED) == [marked]


def test_the_ledger_is_filtered_by_what_its_rows_say_of_themselves(open_page):
    page = open_page("book/claims")
    rows = page.locator(".claims-ledger tbody tr")
    verdict, source = page.get_by_label("Verdict"), page.get_by_label("Source")
    assert verdict.locator("option").all_inner_texts() == ["all", "not run", "supported"]
    assert page.get_by_label("Chapter").count() == 0, "nothing to choose: both claims are of one chapter"
    verdict.select_option("not run")
    assert [row.is_visible() for row in rows.all()] == [False, True]
    assert page.locator(".bookkit-filter [role=status]").inner_text().strip() == "1 of 2"
    source.select_option("a")
    assert [row.is_visible() for row in rows.all()] == [False, False], "both have to hold"
    verdict.select_option("all")
    assert [row.is_visible() for row in rows.all()] == [True, False]


def test_a_square_of_the_strip_leads_to_its_claim(open_page):
    page = open_page("book/claims")
    square = page.get_by_role("link", name="coin.fair", exact=True).first
    assert (square.bounding_box()["width"], square.bounding_box()["height"]) > (10, 10)
    square.click()
    page.wait_for_url("**/measure.html#claim-coin_fair")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_folds_what_is_behind_a_claim_and_nothing_else_does(open_page, scripts):
    page = open_page("book/ch01/measure", java_script_enabled=scripts)
    box = page.locator(".admonition.claim").first
    statement, line = box.locator("> p").first, box.locator("summary", has_text="Test, evidence, source")
    behind = box.locator("dd", has_text="coin.heads.share").first
    assert statement.is_visible() and behind.is_visible() and not line.is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert statement.is_visible() and line.is_visible() and not behind.is_visible()
    page.emulate_media(media="print")
    assert behind.is_visible(), "paper cannot be opened"
    page.emulate_media(media="screen")
    line.focus()
    page.keyboard.press("Enter")
    assert behind.is_visible()
