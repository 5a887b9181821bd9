"""Takes a picture of the site's pages, narrow and wide, light and dark, for people to look at: shots.py [PAGE ...]."""

import shutil
import sys

from browser import open_browser
from pages import LOOKS, ROOT, SITE, opened, sample
from serve import serving

SHOTS = ROOT / "_build" / "shots"


def main(names: list[str]) -> int:
    """Photograph the pages that are named, or every written one and three of each generated kind."""
    if not (SITE / "index.html").exists():
        print("deref: expected a built book in _build/html, found none; build it with: make book", file=sys.stderr)
        return 1
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    with serving(SITE) as address, open_browser() as browser:
        for name in names or sample():
            for width, scheme in LOOKS:
                with opened(browser, address, name, width, scheme) as (page, _):
                    stem = name.removesuffix(".html").replace("/", ".")
                    page.screenshot(path=SHOTS / f"{stem}-{width}-{scheme}.png", full_page=True)
    print(f"{len(list(SHOTS.iterdir()))} pictures are in {SHOTS.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
