"""Cuts in the pointer machine: the page's numbers are those of `ablate` and `ablate_path`, and a keyboard is enough."""

import pytest
import visits
from open_explorable import CLOSE, explorable, references, start_at, tab_to, turn, until

pytestmark = pytest.mark.site
NAME = "explore.pointer-machine"
# Runs one question through the site's own scripts with each of some cuts.
CUT = """async ([site, folder, name, memory, address, cases]) => {
  const { Transformer } = await import(`${site}/_static/explore/transformer.js`);
  const { cutsFor } = await import(`${site}/_static/explore/cuts.js`);
  const { tokensOf, marginOf } = await import(`${site}/_static/explore/task.js`);
  const data = await (await fetch(`${folder}/data.json`)).json();
  const told = data.models.find((one) => one.name === name);
  const nodes = { cell: address, readout: told.cells + told.bits - 1 };
  const bytes = await fetch(`${folder}/../weights/${data.files[told.file].sha256}.bin`);
  const model = new Transformer(told, await bytes.arrayBuffer());
  return cases.map(({ cut, instead }) => marginOf(model.run(tokensOf(memory, address, told.bits), undefined,
    cutsFor(cut ? [cut] : [], instead, told.config, nodes)).logits, memory[address]));
}"""
MODELS = ("legible-8", "legible-8-stuck", "one-layer-8", "large-32", "model-x")


def first(site, model):
    """The question that a model opens with, and what cuts make of it."""
    found = references(site, NAME)
    return found[model][0], found["cuts"][model]


@pytest.mark.parametrize("model", MODELS)
def test_cuts_give_the_margins_of_ablation_and_path_ablation(opened, address, site, model):
    case, cuts = first(site, model)
    assert {len(one["cut"].split("-")) for one in cuts} == ({1} if model == "one-layer-8" else {1, 2})
    page, _, troubles = opened(NAME)
    found = page.evaluate(CUT, [address, f"{address}/explore/{NAME}", model, case["memory"], case["address"],
                                [*cuts, {"cut": "", "instead": "zero"}]])
    assert troubles == []
    *found, whole = found
    for got, one in zip(found, cuts, strict=True):
        assert got == pytest.approx(one["margin"], abs=CLOSE * max(1, abs(one["margin"]))), one
    assert any(abs(got - whole) > 0.05 for got in found), "some part matters"


@pytest.mark.parametrize("model", ["legible-8", "large-32"])
def test_a_state_with_a_cut_shows_what_pytorch_found(opened, site, model):
    case, cuts = first(site, model)
    memory, bit = "".join(map(str, case["memory"])), case["memory"][case["address"]]
    worst = [min((one for one in cuts if ("-" in one["cut"]) == edge), key=lambda one: one["margin"])
             for edge in (False, True)]
    page, figure, troubles = opened(NAME)
    for one in worst:
        turn(page, figure, f"model={model}&memory={memory}&address={case['address']}&cut={one['cut']}"
                           f"&instead={one['instead']}")
        zero, first_ = map(float, figure.locator(".explorable-stage").get_attribute("data-logits").split())
        margin = (first_ - zero) * (1 if bit else -1)
        assert margin == pytest.approx(one["margin"], abs=CLOSE * max(1, abs(one["margin"])))
        assert figure.locator(".ex-opener").get_attribute("aria-expanded") == "true"
        right = "right" if margin > 0 else "wrong"
        assert right in figure.locator(".ex-answer").text_content()
        assert f"uncut: answers {bit}" in figure.locator(".ex-answer").text_content()
    assert troubles == []


def test_a_keyboard_cuts_a_head_and_an_edge_and_restores_them(browser, address):
    with explorable(browser, address, NAME) as (page, figure, troubles):
        stage = figure.locator(".explorable-stage")
        whole = stage.get_attribute("data-logits")
        start_at(page, figure)
        tab_to(page, ".ex-opener")
        page.keyboard.press("Enter")
        tab_to(page, ".ex-cuts .ex-choice input")
        page.keyboard.press("ArrowRight")
        tab_to(page, ".ex-cut")
        page.keyboard.press("Enter")
        until(page, "/Cut, with its mean in its place: head 1 of layer 1\\. .*Uncut it answers 0/"
                    ".test(document.querySelector('.ex-live').textContent)")
        assert figure.locator(".ex-cut[aria-pressed=true]").count() == 1
        assert figure.locator(".ex-weight.is-cut").count() > 0 and figure.locator(".ex-map.is-cut").count() == 1
        head = stage.get_attribute("data-logits")
        assert head != whole
        page.keyboard.press("Enter")
        assert stage.get_attribute("data-logits") == whole
        tab_to(page, ".ex-cut-edge .ex-button")
        page.keyboard.press("Enter")
        until(page, "/head 1 of layer 1 to the queries of layer 2 at the readout/"
                    ".test(document.querySelector('.ex-live').textContent)")
        until(page, "/cut=1\\.1-2\\.q\\.readout&instead=mean/.test(location.hash)")
        assert stage.get_attribute("data-logits") not in (whole, head)
        tab_to(page, ".ex-cut-list button")
        page.keyboard.press("Enter")
        assert stage.get_attribute("data-logits") == whole
        assert page.evaluate("document.activeElement.matches('.ex-opener')"), "the focus does not fall off"
        until(page, "!/cut=/.test(location.hash)")
        assert troubles == []


def test_everything_is_restored_at_once_and_nonsense_in_an_address_cuts_nothing(browser, address):
    with explorable(browser, address, NAME, state="cut=1.1,2.1,7.1,1.1-1.q.cell,x&instead=half") as (_, figure, bad):
        assert figure.locator(".ex-cut[aria-pressed=true]").count() == 2
        assert figure.locator(".ex-cut-list button").count() == 0
        figure.get_by_role("button", name="Restore everything").click()
        assert figure.locator(".ex-cut[aria-pressed=true]").count() == 0
        assert "uncut" not in figure.locator(".ex-answer").text_content()
        assert bad == []


@pytest.mark.parametrize("model", MODELS)
def test_models_are_called_what_their_answers_make_them(browser, address, site, model):
    with explorable(browser, address, NAME, state=f"model={model}") as (page, figure, troubles):
        told = next(one for one in page.evaluate("fetch('../../explore/explore.pointer-machine/data.json')"
                                                 ".then((got) => got.json())")["models"] if one["name"] == model)
        label = figure.locator(".ex-bar .ex-option").filter(has=page.locator("input:checked")).text_content()
        assert label.startswith(f"{told['title']}: {told['cells']} cells, ")
        assert ("solved" in label) == told["solved"] == (told["right"] > 0.99)
        assert told["solved"] or f"stuck at {round(100 * told['right'])}\u00a0% right" in label
        assert ("one layer" in label) == (told["config"]["layers"] == 1)
        assert ("fetches" in label) == (model != "legible-8")
        assert troubles == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_cuts_are_accessible_and_fit(browser, address, width, scheme):
    with explorable(browser, address, NAME, width=width, scheme=scheme,
                    state="model=large-32&cut=1.3,1.2-2.k.cell&instead=mean") as (page, _, troubles):
        assert page.evaluate(visits.OVERFLOWING) == []
        did = list(troubles)
        assert visits.faults(page, f"#{NAME.replace('.', '-')}") == []
        assert did == []
