"""The Content-Security-Policy: in every page, without leave for inline scripts, and obeyed by the browser.

That no page breaks its policy is part of `test_pages`: the browser would report it on the console.
"""

import re

import pytest

import pages

pytestmark = pytest.mark.site
SCRIPTS = re.compile(r"'self'( 'sha256-[\w+/=]+')*")


@pytest.mark.xdist_group("files")
def test_every_page_has_a_policy_before_all_else_and_nothing_that_it_forbids(readings):
    assert readings
    faults = []
    for name, reading in readings.items():
        rules = dict(rule.strip().split(" ", 1) for rule in reading.policy.split(";") if rule)
        if rules.get("default-src") != "'self'" or not SCRIPTS.fullmatch(rules["script-src"]):
            faults.append((name, reading.policy))
        faults += [(name, found) for found in reading.before + reading.forbidden]
    assert faults == []


def test_the_browser_refuses_an_inline_script_that_the_build_did_not_write(browser, address):
    with pages.opened(browser, address, "book/intro.html", 1280, "light") as (page, troubles):
        page.evaluate("""() => {
          const script = document.createElement("script");
          script.textContent = "window.intruder = true";
          document.body.append(script);
        }""")
        assert page.evaluate("window.intruder") is None
        assert [t for t in troubles if "Content Security Policy" in t]


def test_the_print_button_prints(browser, address):
    with pages.opened(browser, address, "book/intro.html", 1280, "light") as (page, _):
        page.evaluate("window.print = () => { window.printed = true; }")
        page.locator("[data-print]").evaluate("button => button.click()")
        assert page.evaluate("window.printed") is True
