"""Prints the built book into one PDF, through the browser: pdf.py [FILE].

The pages are put behind each other in one document, in the order of the contents, their links led to where the linked
page now stands; the browser sets the maths and prints it with the book's print style.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Page

from browser import open_browser
from evidence.paths import from_outside
from pages import ROOT, SITE
from serve import serving

FOOTER = '<p style="font-size:8pt;width:100%;text-align:center"><span class="pageNumber"></span></p>'
# Runs in one of the pages: fetch them all, and append what stands in their articles.
ASSEMBLE = """async (names) => {
  const here = new URL(document.querySelector("html").dataset.content_root || "./", location.href);
  const slug = (name) => name.replace(/[^a-z0-9]+/gi, "-");
  const main = document.querySelector("article");
  const pages = [];
  for (const name of names) {
    const address = new URL(`${name}.html`, here);
    const reply = await fetch(address);
    if (!reply.ok) throw new Error(`${reply.status} for ${address}`);
    pages.push([name, address, new DOMParser().parseFromString(await reply.text(), "text/html")]);
  }
  document.title = pages[0][2].title;
  main.replaceChildren();
  const places = new Map(pages.map(([name, address]) => [address.pathname, slug(name)]));
  for (const [name, address, page] of pages) {
    const title = page.querySelector("article h1").cloneNode(true);
    title.querySelector(".headerlink")?.remove();
    page.printedTitle = title.textContent;
    const part = document.createElement("section");
    part.id = slug(name);
    part.className = "printed-page";
    part.append(...page.querySelector("article").childNodes);
    // Drawings refer to their own parts, and have names of their own throughout the book.
    for (const e of part.querySelectorAll("[id]:not(svg, svg *)")) e.id = `${slug(name)}--${e.id}`;
    for (const e of part.querySelectorAll("[aria-describedby], .explorable-stage")) {
      if (e.matches(".explorable-stage")) e.remove(); else e.removeAttribute("aria-describedby");
    }
    for (const e of part.querySelectorAll("a[href]")) {
      const to = new URL(e.getAttribute("href"), address);
      const place = to.origin === location.origin && places.get(to.pathname);
      if (place) e.setAttribute("href", to.hash ? `#${place}--${to.hash.slice(1)}` : `#${place}`);
      else if (to.origin === location.origin) e.removeAttribute("href");
    }
    for (const e of part.querySelectorAll("[src]")) e.src = new URL(e.getAttribute("src"), address);
    main.append(part);
  }
  const contents = document.createElement("nav");
  contents.className = "printed-page printed-contents";
  contents.append(Object.assign(document.createElement("h1"), {textContent: "Contents"}));
  for (const [name, , page] of pages) {
    const line = document.createElement("p");
    const within = name.split("/").length > 2 && !name.endsWith("/index");
    line.className = within ? "printed-section" : "printed-chapter";
    const link = Object.assign(document.createElement("a"), {href: `#${slug(name)}`, textContent: page.printedTitle});
    line.append(link);
    contents.append(line);
  }
  main.firstElementChild.after(contents);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
}"""


def order(toc: Path) -> list[str]:
    """The pages of the book, as its table of contents lists them, but the generated ones."""
    found: list[str] = []

    def visit(node: object) -> None:
        if isinstance(node, list):
            for child in node:
                visit(child)
        elif isinstance(node, dict):
            found.extend(value for key, value in node.items() if key in ("root", "file"))
            for key in ("parts", "chapters", "sections"):
                visit(node.get(key, []))

    visit(yaml.safe_load(toc.read_text("utf8")))
    return found


@contextlib.contextmanager
def assembled(browser: Browser, address: str, names: list[str]) -> Iterator[Page]:
    """Open pages of a served site as one document, with a list of contents behind the first of them.

    Raises:
        playwright.sync_api.Error: a page is missing.
    """
    page = browser.new_page(color_scheme="light", reduced_motion="reduce")
    try:
        page.goto(f"{address}/{names[0]}.html", wait_until="load")
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        page.evaluate(ASSEMBLE, names)
        yield page
    finally:
        page.close()


def write(browser: Browser, address: str, names: list[str], target: Path) -> None:
    """Print pages of a served site into one file.

    Raises:
        playwright.sync_api.Error: a page is missing, or the browser cannot print.
    """
    with assembled(browser, address, names) as page:
        page.pdf(path=target, format="A4", outline=True, tagged=True, display_header_footer=True,
                 margin=dict.fromkeys(("top", "bottom", "left", "right"), "20mm"),
                 header_template="<span></span>", footer_template=FOOTER)


def printed(argv: list[str], usual: str, write: Callable[[Browser, str, list[str], Path], None]) -> int:
    """Write the built book into one file, and say so.

    Args:
        argv: the arguments of a command: the file, or nothing.
        usual: the file's name below `_build`, unless it is named.
        write: makes the file, given a browser, the address of the served site and the names of its pages.
    """
    if not (SITE / "index.html").exists():
        print("deref: expected a built book in _build/html, found none; build it with: make book", file=sys.stderr)
        return 1
    names = order(ROOT / "_toc.yml")
    target = from_outside(argv[0]) if argv else ROOT / "_build" / usual
    target.parent.mkdir(parents=True, exist_ok=True)
    with serving(SITE) as address, open_browser() as browser:
        write(browser, address, names, target)
    print(f"{len(names)} pages of the site are in {target}")
    return 0


def main(argv: list[str]) -> int:
    """Write the book's PDF."""
    return printed(argv, "deref.pdf", write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
