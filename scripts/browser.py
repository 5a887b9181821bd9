"""The browser that the site's tests and screenshots drive: one on this machine if there is one, else Playwright's own.

Run as a program it makes sure that there is a browser, installing one if need be.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

# First those without windows, which Playwright drives by default too: a page opens in a third of the processor's time.
NAMES = ("chromium-headless-shell", "chrome-headless-shell",
         "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
          "/Applications/Chromium.app/Contents/MacOS/Chromium")
# A book that asks nothing of other hosts must not be tested by a browser that does.
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
         "--no-first-run", "--disable-gpu", "--force-color-profile=srgb",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost")

_running: list[Playwright] = []


def installed() -> str | None:
    """The path of a Chromium or Chrome on this machine; BROWSER_PATH, when set, is the only one considered.

    Raises:
        ValueError: BROWSER_PATH names no program.
    """
    chosen = os.environ.get("BROWSER_PATH")
    if chosen:
        found = shutil.which(os.path.expanduser(chosen))
        if not found:
            raise ValueError(f"expected BROWSER_PATH to name a Chromium or Chrome, got {chosen!r}")
        return found
    return next((p for p in map(shutil.which, (*NAMES, *PLACES)) if p), None)


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a headless browser and close it at the end.

    Raises:
        playwright.sync_api.Error: there is no browser, or it does not start.
    """
    # Chromium's sandbox refuses to run as root, which is what containers usually are.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with _driver() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=[*QUIET, *root])
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def _driver() -> Iterator[Playwright]:
    """What drives browsers; a process can have only one, so whoever comes while it runs shares it."""
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        _running.append(playwright)
        try:
            yield playwright
        finally:
            _running.clear()


def problem() -> str | None:
    """Why no browser starts, in one line; None when one does."""
    try:
        with open_browser() as browser:
            browser.new_page().close()
    except (Error, ValueError) as error:
        return str(error).strip().splitlines()[0]
    return None


def install() -> None:
    """Try the ways there are to get a browser, the smallest first; each may fail."""
    attempts = []
    if Path("/etc/debian_version").exists() and os.geteuid() == 0:
        apt = "apt-get update -qq && apt-get install -y -qq --no-install-recommends"
        attempts += [["sh", "-c", f"{apt} {name}"] for name in ("chromium-headless-shell", "chromium")]
    attempts.append([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])
    for command in attempts:
        print("Installing a browser for the tests:", command[-1] if command[0] == "sh" else " ".join(command[1:]))
        if subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0 and not problem():
            return


def main() -> int:
    """Make sure that there is a browser; 0 when there is."""
    if not problem():
        return 0
    if not os.environ.get("BROWSER_PATH"):
        install()
    reason = problem()
    if reason:
        print(f"deref: the site's tests need Chromium or Chrome and none could be started ({reason}). Install one, "
              "or name it: make test BROWSER_PATH=/path/to/chrome", file=sys.stderr)
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
