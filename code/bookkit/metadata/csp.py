"""A Content-Security-Policy in every page: nothing from other hosts, and no inline script but those of the templates.

Static files have no headers, so the policy is a meta tag, which the page's head begins with. The theme writes a few
inline scripts. Each page names by hash those that its templates and extensions hand to the writer, and not what is
found in the written page: a script that came with a title or a text of the book stays without leave.
Styles may be inline: the theme's icons and drawings set them, and a style runs nothing.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jinja2
from docutils import nodes
from sphinx.application import Sphinx

from bookkit.parts import site_pages
from bookkit.results.domain import WEB
from evidence.files import write_file

_START = '<meta http-equiv="Content-Security-Policy"'
# Workers, in which pages train, are scripts of the site.
_POLICY = ("default-src 'self'; script-src {}; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
           "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'")
# A page of one number has no style of its own, and a worker is a script of the site.
_LIGHT = "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HEAD = re.compile(r"<meta charset=[^>]*>|<head>", re.IGNORECASE)
_END = "\0"  # keeps the last line end of a template


def tag(scripts: Iterable[str] = ()) -> str:
    """The meta tag of a page's policy.

    Args:
        scripts: the bodies of the inline scripts that may run.
    """
    found = {base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in scripts}
    sources = " ".join(["'self'", *(f"'sha256-{one}'" for one in sorted(found))])
    return f'{_START} content="{_POLICY.format(sources)}">'


def protect(page: str, light: bool = False) -> str:
    """A page that no template of the theme wrote, with a policy that lets no inline script run.

    A redirection has no head: there the policy comes first.

    Args:
        page: HTML.
        light: whether it has no inline style either.
    """
    place = _HEAD.search(page)
    start = place.end() if place else 0
    policy = f'{_START} content="{_LIGHT}">' if light else tag()
    return f"{page[:start]}\n{policy}{page[start:]}"


class Templates:
    """The inline scripts that stand in the templates of a theme, by the name of the template."""

    def __init__(self, folders: Iterable[str], environment: jinja2.Environment):
        self.scripts: dict[str, list[jinja2.Template]] = {}
        for path in sorted(path for folder in folders for path in Path(folder).rglob("*.html")):
            for body in _INLINE.findall(path.read_text("utf-8")):
                self.scripts.setdefault(path.name, []).append(environment.from_string(body + _END))

    def written(self, templates: Iterable[str], context: dict[str, Any]) -> Iterator[str]:
        """The bodies as a page of these templates has them."""
        for name in templates:
            for script in self.scripts.get(name, ()):
                yield script.render(context).removesuffix(_END)


def _start(app: Sphinx) -> None:
    builder: Any = app.builder
    if builder.name in WEB:
        builder.bookkit_scripts = Templates(builder.templates.pathchain, builder.templates.environment)


def _begin(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Let a page begin with its policy, once all extensions have said which scripts it has."""
    builder: Any = app.builder
    if builder.name not in WEB:
        return
    handed = [body for script in context["script_files"] if (body := getattr(script, "attributes", {}).get("body"))]
    own = builder.bookkit_scripts.written(("layout.html", template), context)
    context["metatags"] = "\n".join([tag([*handed, *own]), context.get("metatags", "")])


def _finish(app: Sphinx, exception: Exception | None) -> None:
    """Protect the pages that templates of the theme did not write."""
    if exception is not None or app.builder.name not in WEB:
        return
    for name in site_pages.names(Path(app.outdir)):
        path = Path(app.outdir, name)
        if _START not in site_pages.beginning(path, 2000):  # pages that this build did not write have it
            write_file(path, protect(path.read_text("utf-8")).encode())


def setup(app: Sphinx) -> None:
    """Protect pages as they are written, and before metadata measure them."""
    app.add_js_file("print.js", loading_method="defer")
    app.connect("builder-inited", _start)
    app.connect("html-page-context", _begin, priority=990)
    app.connect("build-finished", _finish, priority=850)
