"""The story on its pages: `{story}` lists a chapter's, and each section says where it stands and what comes next.

A side trip says at its head what it does, where it starts from and where the story goes on. A page of the spine ends
with the next one, and with the side trips that start from it. The theme's links to the page before and after follow
the spine too.
"""

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookkit.authoring.claims import uri
from bookkit.parts import page_text
from bookkit.parts.story import BRIEF, SETTING, WORDS, Story, brief, story_of, word_count, wrong
from bookkit.prose.word_count import minutes, words
from bookkit.results.domain import WEB


class StoryList(nodes.General, nodes.Element):
    """Where a chapter's story is to be listed."""


class StoryDirective(SphinxDirective):
    """The sections of the chapter whose page this is, and its side trips."""

    def run(self) -> list[nodes.Node]:
        if self.env.docname not in (chapters := getattr(self.config, SETTING)):
            raise self.error(f"expected {{story}} on the page of a chapter that {SETTING} names "
                             f"({', '.join(chapters)}), got it on {self.env.docname}")
        return [StoryList()]


class FillStory(SphinxPostTransform):
    """Write what the table of contents and the other pages say."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        name, story = self.env.docname, story_of(self.env)
        for node in list(self.document.findall(StoryList)):
            node.replace_self(self._listed(story, name))
        top = next(iter(self.document.findall(nodes.section)), None)
        if self.app.builder.name not in WEB or top is None:
            return
        if story.home(name):
            top.insert(1, nodes.container("", self._head(story, name), classes=["story-side"]))
        elif name in story.sides and (foot := list(self._foot(story, name))):
            top += nodes.container("", *foot, classes=["story-next"])

    def _head(self, story: Story, name: str) -> nodes.paragraph:
        home = story.home(name)
        line = nodes.paragraph("", "", nodes.strong("", "Side trip"), nodes.Text(" from "), self._link(home),
                               nodes.Text(f". It {brief(self.env, name)}."))
        if after := story.after(home):
            line += [nodes.Text(" The story goes on at "), self._link(after), nodes.Text(".")]
        return line

    def _foot(self, story: Story, name: str) -> list[nodes.Element]:
        blocks: list[nodes.Element] = []
        if after := story.after(name):
            told = brief(self.env, after)
            blocks.append(nodes.paragraph("", "", nodes.strong("", "Next in the story"), nodes.Text(": "),
                                          self._link(after), nodes.Text(f", which {told}." if told else ".")))
        if rooms := story.sides[name]:
            blocks += [nodes.paragraph("", "", nodes.strong("", "Side trips from here"), nodes.Text(":")),
                       self._several(rooms)]
        return blocks

    def _listed(self, story: Story, chapter: str) -> list[nodes.Element]:
        spine = story.spine[chapter]
        whole = [name for pages in story.spine.values() for name in pages]
        took, all_of = (minutes(word_count(self.env, *names)) for names in (spine, whole))
        rest = minutes(word_count(self.env, *(room for page in spine for room in story.sides[page])))
        listed = nodes.enumerated_list(enumtype="arabic", suffix=".", classes=["story-spine"])
        listed += [nodes.list_item("", self._told(name)) for name in spine]
        said = f"The story of this chapter takes {_long(took)} to read"
        said += f", that of the whole book {_long(all_of)}." if all_of != took else "."
        blocks: list[nodes.Element] = [nodes.paragraph("", said), listed]
        rooms = nodes.bullet_list(classes=["story-sides"])
        rooms += [nodes.list_item("", nodes.paragraph("", "", nodes.Text("From "), self._link(page), nodes.Text(":")),
                                  self._several(story.sides[page])) for page in spine if story.sides[page]]
        if len(rooms):
            blocks += [nodes.paragraph("", "", nodes.strong("", "Side trips"), nodes.Text(
                f" answer what the story leaves open. Each is linked where it matters; all of them take "
                f"{_long(rest)} more.")), rooms]
        return blocks

    def _several(self, names: tuple[str, ...]) -> nodes.bullet_list:
        return nodes.bullet_list("", *(nodes.list_item("", self._told(name)) for name in names))

    def _told(self, name: str) -> nodes.paragraph:
        took = minutes(word_count(self.env, name))
        return nodes.paragraph("", "", self._link(name), nodes.Text(f" {brief(self.env, name)}. "),
                               nodes.inline("", f"{took} min", classes=["story-minutes"]))

    def _link(self, name: str) -> nodes.reference:
        return nodes.reference("", self.env.titles[name].astext(), internal=True, refuri=uri(self.app, name))


def _long(took: int) -> str:
    """A time to read, as one says it."""
    hours, rest = divmod(round(took / 5) * 5 if took > 10 else took, 60)
    said = [f"{hours} hour{'s' * (hours > 1)}"] * (hours > 0) + [f"{rest} minute{'s' * (rest > 1)}"] * (rest > 0)
    return "about " + " and ".join(said)


def shown(env: BuildEnvironment, name: str) -> list[Any]:
    """What a page shows of the story, so that it is written again when that changes."""
    story = story_of(env)
    home = story.home(name)
    if name in story.chapters:
        told = story.sections
    elif home or name in story.sides:
        told = (name, home, story.after(home or name), *story.sides.get(name, ()))
    else:
        told = ()
    return [[one, brief(env, one), minutes(word_count(env, one))] for one in told if one]


def _read(app: Sphinx, doctree: nodes.document) -> None:
    """Note how long a page is, and what it does: MyST-NB keeps the front matter of pages with cells to itself."""
    env = app.env
    text = page_text.read(Path(env.doc2path(env.docname)))
    env.metadata[env.docname][WORDS] = words(text)
    if found := page_text.FRONT_MATTER.match(text):
        try:
            told = yaml.safe_load(found["yaml"])
        except yaml.YAMLError:  # MyST says where it is malformed
            return
        env.metadata[env.docname][BRIEF] = told.get(BRIEF, "") if isinstance(told, dict) else ""


def _check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    if faults := list(wrong(env)):
        raise ConfigError("\n".join([f"the story has {len(faults)} fault(s):", *faults]))
    return []


def _neighbours(app: Sphinx, pagename: str, template: str, context: dict[str, Any],
                doctree: nodes.document | None) -> None:
    """Let the theme's links lead along the spine, and back to it."""
    env, story = app.env, story_of(app.env)
    home, told = story.home(pagename), story.told
    if not home and pagename not in told:
        return
    builder: Any = app.builder  # of web pages
    before, after = home or story.before(pagename), story.after(home or pagename)
    if not after:  # the story is over: what the table of contents has behind its last page
        after = builder.relations[story.sections[-1]][2]
    for key, name in (("prev", before), ("next", after)):
        if name:
            context[key] = {"link": builder.get_relative_uri(pagename, name),
                            "title": builder.render_partial(env.titles[name])["title"]}
        elif key == "next":
            context[key] = None


def setup(app: Sphinx) -> None:
    """Register the directive, and what it and the pages of the story become."""
    app.add_config_value(SETTING, [], "env", list)
    app.add_node(StoryList)
    app.add_directive("story", StoryDirective)
    app.add_post_transform(FillStory)
    app.connect("doctree-read", _read)
    app.connect("env-updated", _check, priority=150)
    app.connect("html-page-context", _neighbours)
