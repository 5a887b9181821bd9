"""Model X in the pointer machine: fetched when a reader chooses it, three layers of four heads, on a phone too."""

import re

import pytest
import visits
from open_explorable import explorable, until

pytestmark = pytest.mark.site
NAME = "explore.pointer-machine"
DECLARED = "fetch('../../explore/explore.pointer-machine/data.json').then((got) => got.json())"


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_a_reader_chooses_model_x(browser, address, width, scheme):
    with explorable(browser, address, NAME, width=width, scheme=scheme) as (page, figure, troubles):
        data = page.evaluate(DECLARED)
        told = next(one for one in data["models"] if one["name"] == "model-x")
        file, fetched = data["files"][told["file"]], []
        page.on("response", lambda one: fetched.append(one.url.rpartition("/")[2]))
        assert figure.get_by_text("Model X is shown by seed").count() == 0
        page.get_by_role("radio", name=re.compile("^model X, seed")).check()
        page.wait_for_selector(".explorable-stage:not([aria-busy]) .ex-maps.is-many")
        weights = [one for one in fetched if one.endswith(".bin")]
        assert weights == [f"{file['sha256']}.bin"] and file["bytes"] < 1_000_000
        assert figure.locator(".ex-flow .ex-readout").count() == 3
        assert [one.locator("canvas").count() for one in figure.locator(".ex-heads").all()] == [4, 4, 4]
        assert figure.get_by_text(told["why"]).is_visible() and f"seed {told['seed']}" in told["why"]
        figure.locator(".ex-heads").nth(2).get_by_role("radio").nth(2).check()
        until(page, "/model=model-x&.*heads=1\\.1\\.3/.test(location.hash)")
        assert page.evaluate(visits.OVERFLOWING) == []
        did = list(troubles)
        assert visits.faults(page, f"#{NAME.replace('.', '-')}") == []
        assert did == []
