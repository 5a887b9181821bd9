"""A page of the site read from its file, once for everything that tests ask of all pages."""

from html.parser import HTMLParser

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src",
         "embed": "src", "object": "data"}
LOADED_LINKS = {"stylesheet", "preload", "modulepreload", "icon", "manifest", "prefetch", "preconnect", "dns-prefetch"}


class Reading(HTMLParser):
    """What a page links to, loads, and can be linked to; its policy, what stands before that, and what it forbids."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: list[str] = []
        self.loads: list[str] = []
        self.blind: list[str] = []
        self.policy = ""
        self.before: list[str] = []
        self.forbidden: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[k] for k in ("id", "name") if given.get(k)}
        if tag in ("a", "area") and given.get("href") is not None:
            self.links.append(given["href"])
        elif tag == "link" and LOADED_LINKS & set((given.get("rel") or "").split()):
            self.loads.append(given.get("href") or "")
        elif tag in LOADS and given.get(LOADS[tag]):
            self.loads.append(given[LOADS[tag]])
        named = given.get("alt") is not None or given.get("aria-label") or given.get("aria-hidden") == "true"
        if (tag == "img" or (tag == "svg" and given.get("role") == "img")) and not named:
            self.blind.append(self.get_starttag_text() or tag)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        elif not self.policy and tag not in ("html", "head") and "charset" not in given and (
                given.get("name") != "viewport"):
            self.before.append(tag)
        if any(name.startswith("on") for name in given) or str(given.get("href")).startswith("javascript:"):
            self.forbidden.append(self.get_starttag_text() or tag)
