"""The style sheets of themes as one, without rules that nothing matches, and their icons without those that none shows.

A theme has rules for all that a page may ever have, in a dozen files of which each is a request before anything is
painted. At the end of a build those that the configuration names become one file. The pages, which are written before,
name that one already, by the checksum that it had after the last build; where it has another, they are corrected.
"""

import hashlib
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.builders import Builder

from bookkit.pages.icon_font import letters, subset
from bookkit.pages.style_rules import rules, trimmed
from bookkit.parts import site_file, site_pages
from bookkit.parts.during import During
from bookkit.parts.kept_work import seen, unless_same
from bookkit.results.domain import WEB

NAME = "bookkit-theme.css"
"""Below the site's static files."""
_FONT = (".woff2", ".ttf")
_GIVEN = re.compile(r"""\b(?:class|id)=(?:"([^"]*)"|'([^']*)')""")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_SHEET = re.compile(r"""<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]*/)?_static/([^"?]+)""")
_ADDRESS = re.compile(r"""url\((["']?)(?!data:|https?:|/|#)([^)"']+)\1\)""")


_VERSIONED = re.compile(rf"""(?<=_static/{re.escape(NAME)})(\?v=[0-9a-f]+)?(?=")""")


_copied = During[list[str]](list)
"""Not empty once a build writes pages, for which it copies all sheets: the version of the last build's sheet."""


def _begin(app: Sphinx, builder: Builder) -> None:
    _copied(app).append(_version(Path(app.outdir, "_static", NAME)))


def _load(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    version = "".join(_copied(app))
    context["bundled"] = lambda lines: bundled(lines, app.config.bookkit_bundle, version)


def bundled(lines: str, patterns: list[str], version: str) -> Markup:
    """The head of a page that loads one sheet in place of those of the bundle.

    Args:
        lines: HTML, an element a line.
        patterns: which sheets are in the bundle, by name below the static files.
        version: of that sheet, as `?v=` and a checksum; "" if it is not there yet.
    """
    found, placed = [], False
    for line in lines.splitlines():
        sheet = _SHEET.search(line)
        if sheet and any(fnmatch(sheet[2], pattern) for pattern in patterns):
            line = "" if placed else f'<link rel="stylesheet" href="{sheet[1] or ""}_static/{NAME}{version}" />'
            placed = True
        found.append(line)
    return Markup("\n".join(found))


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name not in WEB:
        return
    static = Path(app.outdir, "_static")
    sheets = [path for pattern in app.config.bookkit_bundle for path in sorted(static.glob(pattern))]
    if sheets and _copied(app):  # or else the last build's is there, and only some extensions copied theirs
        _write(app, static, sheets)
        if (version := _version(static / NAME)) != "".join(_copied(app)):
            _correct(Path(app.outdir), version)
    for path in sheets:
        path.unlink()


def _write(app: Sphinx, static: Path, sheets: list[Path]) -> None:
    used = {*app.config.bookkit_made_names, *_given(Path(app.outdir)), *_words(static)}
    whole = "".join(trimmed(_moved(path.read_text("utf-8"), path.relative_to(static).parent.as_posix()), used)
                    for path in sheets)
    others = [path.read_text("utf-8") for path in static.rglob("*.css") if path not in (static / NAME, *sheets)]
    wanted = set().union(*map(letters, [whole, *others]))
    faced = "".join(_face(app, static, head, body, wanted) if head == "@font-face" and body else _written(head, body)
                    for head, body in rules(whole))
    site_file.put(static / NAME, f'@charset "UTF-8";\n{faced}\n'.encode())


def _version(sheet: Path) -> str:
    """What follows a sheet's name in an address, so that browsers keep no earlier one; "" for one that is not there."""
    return f"?v={hashlib.sha256(sheet.read_bytes()).hexdigest()[:8]}" if sheet.exists() else ""


def _correct(site: Path, version: str) -> None:
    """Have all pages name the sheet by its version."""
    for name in site_pages.names(site):
        text = (site / name).read_text("utf-8")
        site_file.put(site / name, _VERSIONED.sub(version, text).encode())


def _given(site: Path) -> Iterator[str]:
    """Classes and ids of the pages that load the sheet; those of results have one of their own."""
    for text in ((site / name).read_text("utf-8") for name in site_pages.names(site)):
        if NAME in text:
            for one in _GIVEN.finditer(text):
                yield from (one[1] or one[2] or "").split()


def _words(static: Path) -> Iterator[str]:
    """Words of all scripts, which may give them to elements as classes."""
    for path in static.rglob("*.js"):
        yield from _WORD.findall(path.read_text("utf-8"))


def _moved(css: str, folder: str) -> str:
    """A sheet with addresses from the static files on, instead of from its own folder."""
    return _ADDRESS.sub(lambda one: f"url({posixpath.normpath(posixpath.join(folder, one[2]))})", css)


def _face(app: Sphinx, static: Path, head: str, body: str, wanted: set[str]) -> str:
    """The rule that names a font, which is written with a few of its letters; empty for one that is left out."""
    stems = {posixpath.splitext(one[2])[0] for one in _ADDRESS.finditer(body)}
    for stem in stems:
        whole, few = (static / f"{stem}{ending}" for ending in (".ttf", ".woff"))
        if whole.exists():
            depends = [seen([whole]), sorted(wanted)]
            unless_same(app, f"font {stem}", depends, [few], partial(_cut, whole, few, wanted))
        for ending in _FONT:
            (static / f"{stem}{ending}").unlink(missing_ok=True)
    there = [f"{stem}.woff" for stem in sorted(stems) if (static / f"{stem}.woff").exists()]
    kept = [one for one in body.split(";") if one and not one.startswith("src:")]
    sources = ",".join(f'url({name}) format("woff")' for name in there)
    return _written(head, ";".join([*kept, f"src:{sources}"])) if there else ""


def _cut(whole: Path, few: Path, wanted: set[str]) -> None:
    site_file.put(few, subset(whole.read_bytes(), wanted))


def _written(head: str, body: str | None) -> str:
    return f"{head};" if body is None else f"{head}{{{body}}}"


def setup(app: Sphinx) -> None:
    """Name the sheets of the bundle, and write it once all pages and scripts are there."""
    app.add_config_value("bookkit_bundle", [], "html", list)
    # classes that scripts put together from pieces
    app.add_config_value("bookkit_made_names", [], "html", list)
    app.connect("builder-inited", _copied.start)
    app.connect("write-started", _begin)
    app.connect("html-page-context", _load)
    app.connect("build-finished", _finish, priority=600)  # behind what is left out, and what extensions copy late
