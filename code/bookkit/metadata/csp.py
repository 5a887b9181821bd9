"""A Content-Security-Policy in every page: nothing from other hosts, and no inline script but those of this build.

Static files have no headers, so the policy is a meta tag. The theme writes a few inline scripts; each page names theirs
by hash, which is only known once the page is written, so the tag is added at the end of the build. Styles may be
inline: the theme's icons, MathJax and drawings set them, and a style runs nothing.
"""

import base64
import hashlib
import re
from pathlib import Path

from sphinx.application import Sphinx

from bookkit.results.domain import WEB

_START = '<meta http-equiv="Content-Security-Policy"'
_POLICY = ("default-src 'self'; script-src {}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
           "object-src 'none'; base-uri 'none'; form-action 'self'")
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)([^>]*)>(.*?)</script>", re.DOTALL)
_DATA = re.compile(r'type="application/(?:ld\+)?json"')  # blocks of data, which nothing runs
_HEAD = re.compile(r"<meta charset=[^>]*>|<head>", re.IGNORECASE)
# The theme's only inline handler, which a policy cannot name: a script listens instead.
_PRINT = ('onclick="window.print()"', "data-print")


def policy(page: str) -> str:
    """The policy that a page needs.

    Args:
        page: its HTML.

    Returns:
        The content of the tag, with the hash of each inline script of the page, sorted.
    """
    found = {base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
             for given, body in _INLINE.findall(page) if not _DATA.search(given)}
    return _POLICY.format(" ".join(["'self'", *(f"'sha256-{one}'" for one in sorted(found))]))


def protect(page: str) -> str:
    """A page with its policy before anything that the policy speaks of.

    The redirection that Sphinx leaves in books without an entrance has no head: there the policy comes first.
    """
    page = page.replace(*_PRINT)
    place = _HEAD.search(page)
    start = place.end() if place else 0
    return f'{page[:start]}\n{_START} content="{policy(page)}">{page[start:]}'


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name not in WEB:
        return
    light = Path(app.outdir, "results", "v")  # pages of releases, which have their policy and are written once
    for path in sorted(Path(app.outdir).rglob("*.html")):
        if path.is_relative_to(light):
            continue
        page = path.read_text("utf-8")
        if path.relative_to(app.outdir).parts[0].startswith("_") or _START in page[:2000]:
            continue  # files of themes; and pages that this build did not write
        path.write_text(protect(page), "utf-8")


def setup(app: Sphinx) -> None:
    """Protect pages when all are written, those too that metadata add at the very end."""
    app.add_js_file("print.js", loading_method="defer")
    app.connect("build-finished", _finish, priority=950)
