"""Files at the root of the site: the way in, the list of pages for search engines, the citation file."""

import shutil
from html import escape
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from bookkit.metadata import csp
from bookkit.parts import site_file
from bookkit.parts.addresses import address
from evidence.files import write_file

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def write_entrance(site: Path, front: str, title: str, base: str, icon: str) -> None:
    """Write index.html, which leads to the front page; a reader whose browser follows no redirect gets a link.

    Args:
        site: the built site.
        front: file name of the front page from the root of the site.
        title: of the book.
        base: address of the site with its last slash, or empty.
        icon: file name of the site's icon from its root; without one browsers would ask for a file that is not there.
    """
    canonical = f'<link rel="canonical" href="{escape(address(base, front))}">\n' if base else ""
    shown = f'<link rel="icon" href="{escape(icon)}">\n' if icon else ""
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
{canonical}{shown}<meta http-equiv="refresh" content="0; url={escape(quote(front))}">
</head>
<body><main><h1>{escape(title)}</h1><p><a href="{escape(quote(front))}">Read the book</a></p></main></body>
</html>
"""
    write_file(site / "index.html", csp.protect(page).encode())


def write_sitemap(site: Path, pages: list[str], base: str) -> None:
    """Write sitemap.xml, whose addresses must be absolute; without an address of the site there can be none.

    Args:
        site: the built site.
        pages: file names of pages from the root of the site.
        base: address of the site with its last slash, or empty.
    """
    path = site / "sitemap.xml"
    if not base:
        path.unlink(missing_ok=True)
        return
    ElementTree.register_namespace("", SITEMAP)
    root = ElementTree.Element(f"{{{SITEMAP}}}urlset")
    for page in sorted(pages):
        entry = ElementTree.SubElement(root, f"{{{SITEMAP}}}url")
        ElementTree.SubElement(entry, f"{{{SITEMAP}}}loc").text = address(base, page)
    ElementTree.indent(root)
    site_file.put(path, ElementTree.tostring(root, "utf-8", xml_declaration=True) + b"\n")


def copy_citation(source: Path, site: Path) -> None:
    """Put CITATION.cff where the site can offer it for download."""
    shutil.copyfile(source / "CITATION.cff", site / "CITATION.cff")
