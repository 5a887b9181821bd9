"""The page that stands at an address whose content has moved: it leads on, by script, by itself, or by a link."""

import json
from collections.abc import Mapping
from html import escape

from bookkit.metadata import csp

MARK = '<meta name="generator" content="bookkit redirect">'
"""What only these pages contain: they are no pages of the book, and no list of pages has them."""


def page(title: str, target: str, canonical: str, script: str, icon: str, moved: Mapping[str, str]) -> str:
    """The HTML of such a page.

    Args:
        title: of the page that it leads to.
        target: its address from this page.
        canonical: its address, absolute where the site's is known.
        script: the address of redirect.js from this page.
        icon: the address of the site's icon from this page; empty if there is none.
        moved: addresses from this page of what is neither here nor there any more, by anchor.
    """
    shown = f'<link rel="icon" href="{escape(icon)}">\n' if icon else ""
    anchors = json.dumps(dict(moved), sort_keys=True).replace("<", "\\u003c")
    return csp.protect(f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Moved: {escape(title)}</title>
<link rel="canonical" href="{escape(canonical)}">
{shown}<noscript><meta http-equiv="refresh" content="0; url={escape(target)}"></noscript>
<script type="application/json" id="moved-anchors">{anchors}</script>
<script src="{escape(script)}" defer></script>
</head>
<body><main><h1>This page has moved</h1>
<p>It is now <a href="{escape(target)}" data-moved-to>{escape(title)}</a>.</p></main></body>
</html>
""")
