"""The explorables in a real browser: their numbers are PyTorch's, a keyboard is enough, and nothing leaves the site."""

import json
import math
import re

import pytest
import visits
from open_explorable import CLOSE, PLACES, explorable, references, start_at, tab_to, turn, until

pytestmark = pytest.mark.site
LIGHT, HEAVY = 300_000, 2_000_000  # bytes, with scripts: what opens at once, and what is fetched when it is chosen
SCRIPTS = "_static/explore"
# Runs questions through the site's own scripts; rows of patterns and patched runs are what the references hold.
MACHINE = """async ([site, folder, name, cases]) => {
  const { Transformer } = await import(`${site}/_static/explore/transformer.js`);
  const { tokensOf, flipped } = await import(`${site}/_static/explore/task.js`);
  const data = await (await fetch(`${folder}/data.json`)).json();
  const told = data.models.find((one) => one.name === name);
  const bytes = await fetch(`${folder}/../weights/${data.files[told.file].sha256}.bin`);
  const model = new Transformer(told, await bytes.arrayBuffer());
  return cases.map(({ memory, address }) => {
    const run = model.run(tokensOf(memory, address, told.bits)), n = told.cells + told.bits;
    return { logits: [...run.logits],
      pattern: run.patterns.map((heads) => heads.map((one) => [...one.slice((n - 1) * n)])),
      flips: memory.map((_, cell) => [...model.run(tokensOf(flipped(memory, cell), address, told.bits)).logits]) };
  });
}"""
SOFTMAX = """async ([site, folder, cases]) => {
  const { attend } = await import(`${site}/_static/explore/softmax-by-hand.js`);
  const { keys, values, hidden } = await (await fetch(`${folder}/data.json`)).json();
  return cases.map((one) => attend({ ...one, points: [one.query, ...keys], hidden, values }));
}"""
PATTERNS = """async ([site, folder, cases]) => {
  const { Patterns } = await import(`${site}/_static/explore/patterns.js`);
  const data = await (await fetch(`${folder}/data.json`)).json();
  return Object.fromEntries(await Promise.all(data.sentences.map(async ({ key, file, pieces }) => {
    const bytes = await fetch(`${folder}/../weights/${data.files[file].sha256}.bin`);
    const found = new Patterns(data, pieces.length, await bytes.arrayBuffer());
    return [key, cases[key].map((head, layer) => ({
      weights: pieces.map((_, from) => found.row(layer, head, from)),
      cuts: pieces.slice(1).map((_, on) => found.lost(layer, head, on)) }))];
  })));
}"""


def flat(values):
    return [x for value in values for x in flat(value)] if isinstance(values, list) else [values]


def close(values):
    """Like these numbers, but for a share of the largest: how float32 rounds differs from processor to processor."""
    return pytest.approx(values, rel=0, abs=CLOSE * max(1, *map(abs, values)))


def number(text):
    return float(text.replace("\u2212", "-"))


@pytest.mark.parametrize("model", ["legible-8", "large-32", "model-x"])
def test_the_pointer_machine_computes_what_pytorch_does(opened, address, site, model):
    name = "explore.pointer-machine"
    cases = references(site, name)[model]
    assert len(cases) >= 3
    page, _, troubles = opened(name)
    found = page.evaluate(MACHINE, [address, f"{address}/explore/{name}", model, cases])
    assert troubles == []
    for case, got in zip(cases, found, strict=True):
        for what in ("logits", "pattern", "flips"):
            assert flat(got[what]) == close(flat(case[what])), what


@pytest.mark.parametrize("model", ["legible-8", "large-32", "model-x"])
def test_the_pointer_machine_shows_what_pytorch_found(opened, address, site, model):
    page, figure, _ = opened("explore.pointer-machine")
    for case in references(site, "explore.pointer-machine")[model][:2]:
        memory = "".join(map(str, case["memory"]))
        turn(page, figure, f"model={model}&memory={memory}&address={case['address']}&flips=1")
        until(page, "document.querySelector('.ex-found').textContent.startsWith('Flipping')")
        zero, one = case["logits"]
        shown = figure.locator(".explorable-stage").get_attribute("data-chance")
        slack = CLOSE * max(1, abs(zero), abs(one))  # a chance moves by half of what both logits move, or less
        assert float(shown) == pytest.approx(1 / (1 + math.exp(zero - one)), abs=slack)
        needed = [cell for cell, (a, b) in enumerate(case["flips"]) if (b > a) != (one > zero)]
        marked = figure.locator(".ex-memory .ex-cell").evaluate_all(
            "cells => cells.flatMap((cell, i) => cell.classList.contains('is-needed') ? [i] : [])")
        assert marked == needed


@pytest.mark.parametrize("model", ["fetch", "gather", "large-32"])
def test_the_patch_bench_recovers_what_pytorch_does(opened, address, site, model):
    page, figure, troubles = opened("explore.patch-bench")
    stage, places = figure.locator(".explorable-stage"), figure.locator("button.ex-place")
    for case in references(site, "explore.patch-bench")[model]:
        memory = "".join(map(str, case["memory"]))
        for way, recovery in case["recovery"].items():
            turn(page, figure, f"model={model}&memory={memory}&address={case['address']}&way={way}&map=1")
            page.wait_for_selector(".explorable-stage:not([aria-busy])")
            labels = places.evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
            told = [number(re.search(r"recovery (\S+)$", label)[1]) for label in labels]
            assert told == pytest.approx(flat(recovery), abs=0.005 + CLOSE)
            for i in (case["address"], len(recovery[0]) + case["address"], 2 * len(recovery[0]) - 1):
                places.nth(i).click()
                assert float(stage.get_attribute("data-recovery")) == pytest.approx(flat(recovery)[i], abs=CLOSE)
                places.nth(i).click()
            assert float(stage.get_attribute("data-recovery")) == 0
    assert troubles == []


def test_softmax_by_hand_computes_and_shows_what_pytorch_does(opened, address, site):
    name = "explore.softmax-by-hand"
    cases = references(site, name)["cases"]
    page, figure, _ = opened(name)
    found = page.evaluate(SOFTMAX, [address, f"{address}/explore/{name}", cases])
    for case, got in zip(cases, found, strict=True):
        assert got["weights"] == pytest.approx(case["weights"], abs=CLOSE)
        assert (got["entropy"], got["returned"]) == pytest.approx((case["entropy"], case["returned"]), abs=CLOSE)
    for case in cases[1:3]:
        turn(page, figure, f"query={case['query'][0]},{case['query'][1]}&temperature={case['temperature']}"
                           f"&size={case['size']}&scaled={int(case['scaled'])}")
        shown = figure.locator(".explorable-stage")
        assert float(shown.get_attribute("data-returned")) == pytest.approx(case["returned"], abs=CLOSE)
        weights = [float(x) for x in shown.get_attribute("data-weights").split()]
        assert weights == pytest.approx(case["weights"], abs=CLOSE)
        assert number(figure.locator(".ex-big").first.text_content()) == pytest.approx(case["returned"], abs=0.0006)


def test_the_attention_visualizer_reads_what_pytorch_found(opened, address, site):
    name = "explore.attention-visualizer"
    expected = references(site, name)
    assert len(expected) == 4 and all(len(one["heads"]) == 30 for one in expected.values())
    page, _, troubles = opened(name)
    heads = {key: one["heads"] for key, one in expected.items()}
    found = page.evaluate(PATTERNS, [address, f"{address}/explore/{name}", heads])
    assert troubles == []
    for key, one in expected.items():
        for layer, got in enumerate(found[key]):
            for word, row in enumerate(got["weights"]):
                assert row == pytest.approx(one["weights"][layer][word][: word + 1], abs=CLOSE, rel=0)
            cuts = [math.nan if x is None else x for x in one["cuts"][layer]]
            assert [math.nan if x is None else x for x in got["cuts"]] == pytest.approx(cuts, abs=CLOSE, nan_ok=True)


@pytest.mark.parametrize("key", ["large", "small", "names", "keys"])
def test_the_attention_visualizer_shows_what_pytorch_found(opened, address, site, key):
    name = "explore.attention-visualizer"
    one = references(site, name)[key]
    last = len(one["weights"][0]) - 1
    page, figure, troubles = opened(name)
    for layer, word in ((23, last), (12, last - 2)):
        head, row = one["heads"][layer], one["weights"][layer][word][: word + 1]
        turn(page, figure, f"sentence={key}&from={word}&on=1&layer={layer}&head={head}")
        stage = figure.locator(".explorable-stage")
        shown = [float(x) for x in stage.get_attribute("data-weights").split()]
        assert shown == pytest.approx(row, abs=CLOSE, rel=0)
        told = [number(x) for x in figure.locator(".ex-look-bar + .ex-look-number").all_text_contents()]
        assert told == pytest.approx(row, abs=0.0005 + CLOSE)
        cell = figure.locator(".ex-head[aria-pressed=true]")
        assert cell.get_attribute("aria-label").startswith(f"layer {layer}, head {head}: ")
        assert number(cell.get_attribute("aria-label").split()[-1]) == pytest.approx(row[1], abs=0.0005 + CLOSE)
        lost = [float(x) for x in stage.get_attribute("data-lost").split()]
        cuts = [math.nan if x is None else x for x in one["cuts"][layer]]
        assert lost == (pytest.approx(cuts, abs=CLOSE, nan_ok=True) if word == last else [])
    assert troubles == []


def test_a_keyboard_runs_the_attention_visualizer(browser, address):
    with explorable(browser, address, "explore.attention-visualizer") as (page, figure, troubles):
        start_at(page, figure)
        tab_to(page, ".ex-bar input")
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        until(page, "document.querySelectorAll('button.ex-word').length === 8")
        tab_to(page, "button.ex-word")
        assert page.evaluate("document.activeElement.textContent") == "door", "Tab leads to the word that looks"
        for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "Enter"):
            page.keyboard.press(key)
        until(page, "/“cabinet” puts/.test(document.querySelector('.ex-live').textContent)")
        assert figure.locator(".ex-look").count() == 6, "a word sees itself and what comes before it"
        page.keyboard.press("End")
        page.keyboard.press("Space")
        assert figure.locator(".ex-look").count() == 9
        tab_to(page, ".ex-look-list input")
        while page.evaluate("document.activeElement.value") != "2":
            page.keyboard.press("ArrowUp")
        tab_to(page, ".ex-main")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        until(page, r"/Layer \d+, head \d: “door” puts .* on “keys”.* Cutting this edge takes/"
              ".test(document.querySelector('.ex-live').textContent)")
        until(page, "/sentence=keys&from=8&on=2.*grid=worth/.test(location.hash)")
        best = max(number(x.split()[-1]) for x in figure.locator(".ex-head").evaluate_all(
            "cells => cells.map((cell) => cell.getAttribute('aria-label'))") if not x.endswith("not cut"))
        chosen = figure.locator(".ex-head[aria-pressed=true]")
        assert number(chosen.get_attribute("aria-label").split()[-1]) == best
        tab_to(page, ".ex-head")
        assert chosen.evaluate("one => one === document.activeElement"), "Tab leads to the chosen head"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        assert number(chosen.get_attribute("aria-label").split()[1].rstrip(",")) == 25
        assert troubles == []


def test_a_keyboard_runs_the_pointer_machine(browser, address):
    with explorable(browser, address, "explore.pointer-machine") as (page, figure, troubles):
        start_at(page, figure)
        tab_to(page, ".ex-bar input")
        for _ in range(3):  # past the stuck seed and the model of one layer
            page.keyboard.press("ArrowRight")
        until(page, "document.querySelectorAll('.ex-memory button').length === 32")
        tab_to(page, ".ex-memory button")
        for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        cell = figure.locator(".ex-memory button").nth(19)
        before = cell.get_attribute("aria-pressed")
        assert cell.evaluate("one => one === document.activeElement")
        page.keyboard.press("Enter")
        assert cell.get_attribute("aria-pressed") != before
        tab_to(page, ".ex-address button")
        page.keyboard.press("End")
        page.keyboard.press("Space")
        assert "points at cell 21" in figure.locator(".ex-address").locator("xpath=..").text_content()
        tab_to(page, ".ex-main")
        page.keyboard.press("Enter")
        until(page, "/Flipping cell/.test(document.querySelector('.ex-live').textContent)")
        live = figure.locator(".ex-live").text_content()
        assert "Address 21 points at cell 21" in live and "changes the answer" in live
        tab_to(page, ".ex-heads input")
        page.keyboard.press("ArrowRight")
        until(page, "/heads=2\\.1/.test(location.hash)")
        assert "model=large-32" in page.url and "address=21" in page.url
        assert troubles == []


def test_a_keyboard_runs_the_patch_bench(browser, address, site):
    case = references(site, "explore.patch-bench")["gather"][0]
    with explorable(browser, address, "explore.patch-bench") as (page, figure, troubles):
        start_at(page, figure)
        tab_to(page, ".ex-bar input")
        page.keyboard.press("ArrowRight")
        until(page, "/^gather, patched: nothing/.test(document.querySelector('.ex-live').textContent)")
        tab_to(page, "button.ex-place")
        page.keyboard.press("ArrowDown")
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        shown = float(figure.locator(".explorable-stage").get_attribute("data-recovery"))
        assert shown == pytest.approx(case["recovery"]["denoise"][1][10], abs=CLOSE)
        said = "/readout after layer 1\\. Recovery/.test(document.querySelector('.ex-live').textContent)"
        until(page, said)
        tab_to(page, ".ex-main")
        page.keyboard.press("Enter")
        until(page, "/brings back most/.test(document.querySelector('.ex-live').textContent)")
        assert figure.locator("button.ex-place[aria-label*=recovery]").count() == 33
        until(page, "/model=gather.*patches=1\\.10.*map=1/.test(location.hash)")
        assert troubles == []


def test_a_keyboard_runs_softmax_by_hand(browser, address):
    with explorable(browser, address, "explore.softmax-by-hand") as (page, figure, troubles):
        start_at(page, figure)
        tab_to(page, ".ex-handle.is-query")
        for _ in range(7):
            page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("ArrowUp")
        assert figure.locator(".is-query").get_attribute("aria-label") == "query at \u22122.10, 1.10"
        until(page, "/^Key C has the largest weight/.test(document.querySelector('.ex-live').textContent)")
        before = float(figure.locator(".explorable-stage").get_attribute("data-entropy"))
        tab_to(page, ".ex-slider input")
        for _ in range(30):
            page.keyboard.press("ArrowLeft")
        assert float(figure.locator(".explorable-stage").get_attribute("data-entropy")) < before
        tab_to(page, ".ex-slider input")
        page.keyboard.press("ArrowRight")
        tab_to(page, ".ex-check input")
        page.keyboard.press("Space")
        until(page, "/temperature=0\\.5.*size=4&scaled=0/.test(location.hash)")
        assert troubles == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.parametrize("name", PLACES)
def test_an_open_explorable_is_accessible_and_fits(browser, address, name, width, scheme):
    with explorable(browser, address, name, width=width, scheme=scheme) as (page, figure, troubles):
        if name != "explore.softmax-by-hand":
            figure.locator(".ex-main").click()
            page.wait_for_timeout(500)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        did = list(troubles)
        violations = visits.faults(page, f"#{name.replace('.', '-')}")
    assert wide == 0, "the page scrolls sideways"
    assert did == []
    assert violations == []


@pytest.mark.parametrize("name", PLACES)
def test_an_explorable_comes_late_and_light(browser, address, site, name):
    page = browser.new_page(viewport={"width": 1280, "height": 100})  # so that none is in view yet
    try:
        fetched = {}
        page.on("response", lambda r: fetched.update({r.url.split("?")[0].removeprefix(f"{address}/"): r}))
        page.goto(f"{address}/{PLACES[name]}", wait_until="load")
        page.wait_for_timeout(500)
        ours = {url for url in fetched if url.startswith((SCRIPTS, "explore/"))}
        styles = {f"{SCRIPTS}/{one}.css" for one in ("explore", "controls", name.removeprefix("explore."))}
        assert ours == {f"{SCRIPTS}/load.js", *styles}, "nothing more until it is in view"
        page.locator(f"figure#{name.replace('.', '-')}").scroll_into_view_if_needed()
        page.wait_for_selector(f"figure#{name.replace('.', '-')}.is-live")
        sizes = {url: len(r.body()) for url, r in fetched.items() if url.startswith((SCRIPTS, "explore/"))}
        assert sum(sizes.values()) <= LIGHT, sizes
        assert not any("references" in url for url in sizes)
        named = {f"{one['sha256']}.bin": one for one in json.loads((site / f"explore/{name}/data.json").read_text())
                 .get("files", {}).values()}
        assert not any(named[url.rpartition("/")[2]]["late"] for url in sizes if url.endswith(".bin"))
        if name in ("explore.pointer-machine", "explore.patch-bench"):
            assert sum(url.endswith(".bin") for url in sizes) == 1, "the model that is shown"
            large = page.get_by_role("radio", name="large-32: 32 cells")
            told = page.locator(".ex-option").filter(has=large).text_content()
            large.check()
            page.wait_for_selector(".explorable-stage:not([aria-busy])")
            (late,) = [len(fetched[url].body()) for url in fetched if url.endswith(".bin") and url not in sizes]
            assert f"fetches {round(late / 1000)}\u00a0kB" in told and late <= HEAVY
        if name == "explore.attention-visualizer":
            assert sum(url.endswith(".bin") for url in sizes) == 1
            for title in ("Trophy, too small", "Mary and John", "The keys"):
                page.get_by_role("radio", name=title).check()
                page.wait_for_selector(".explorable-stage:not([aria-busy])")
            late = [url for url in fetched if url.endswith(".bin") and url not in sizes]
            assert len(late) == 3 and sum(len(fetched[url].body()) for url in late) <= HEAVY
    finally:
        page.close()


@pytest.mark.parametrize("name", PLACES)
def test_the_figure_stands_without_scripts_and_on_paper(browser, opened, address, name):
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{address}/{PLACES[name]}")
        art = page.locator(f"figure#{name.replace('.', '-')} > .exhibit-frame > svg.exhibit-art")
        assert art.is_visible() and art.get_attribute("aria-label")
    finally:
        context.close()
    page, figure, _ = opened(name)
    assert not figure.locator("> .exhibit-frame > svg.exhibit-art").is_visible()
    page.emulate_media(media="print")
    assert figure.locator("> .exhibit-frame > svg.exhibit-art").is_visible()
    assert not figure.locator(".explorable-stage").is_visible()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("name", PLACES)
def test_a_page_opened_as_a_file_keeps_its_figures_and_is_quiet(browser, site, name):
    page, said = browser.new_page(), []
    try:
        page.on("console", lambda m: m.type == "error" and said.append(m.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((site / PLACES[name]).as_uri())
        figure = page.locator(f"figure#{name.replace('.', '-')}")
        figure.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        assert figure.locator("> .exhibit-frame > svg.exhibit-art").is_visible()
        assert not [text for text in said if "explore" in text]
    finally:
        page.close()


def test_a_link_to_a_state_can_be_copied_and_leads_there(browser, address):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    try:
        page = context.new_page()
        page.goto(f"{address}/{PLACES['explore.softmax-by-hand']}")
        page.locator("figure.explorable").scroll_into_view_if_needed()
        page.locator(".ex-handle.is-query").focus()
        page.keyboard.press("ArrowDown")
        page.locator(".ex-foot button").click()
        until(page, "document.querySelector('.ex-done').textContent === 'Copied.'")
        link = page.evaluate("navigator.clipboard.readText()")
        told = page.locator(".is-query").get_attribute("aria-label")
        other = context.new_page()
        other.goto(link)
        other.wait_for_selector("figure.is-live")
        assert other.locator(".is-query").get_attribute("aria-label") == told == "query at 1.40, 0.90"
        other.evaluate("window.location.hash = '#explore-softmax-by-hand?query=0,-1'")
        other.wait_for_selector('[aria-label="query at 0.00, \u22121.00"]')
        assert other.locator(".ex-plane").count() == 1
    finally:
        context.close()
