"""Roles for prose: numbers that come from results, and words that the lint leaves alone.

{r}`id` is a value, {rci}`id` a value with its interval, {ci}`id` the interval, {rn}`id` what the estimate rests on.
{others}`id` is what replications with other seeds found.
{seeds}`id` is a share of units in words, "8 of 10 seeds", and {Seeds}`id` the same where a sentence begins.
{checked}`words|condition` is the words, and what this build found beside them where the condition does not hold.
They work on every page, since they are filled in when all pages have been read.
"""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import ReferenceRole, SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator

from bookkit.parts import tooltip
from bookkit.parts.addresses import address
from bookkit.parts.entries import PARTS, SHARES, slug
from bookkit.parts.nodes import CheckedMark, QuotedMark, ResultMark, TypedBlock, TypedMark
from bookkit.prose import conditions
from bookkit.prose.prose import lineage
from bookkit.results.catalogue import Catalogue, catalogue
from bookkit.results.domain import WEB, page_of
from evidence.records import Record, provenance_text, value_ci_text


class ResultRole(SphinxRole):
    """A part of a result."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        rid, part = self.text.strip(), self.name
        if part in SHARES and self.rawtext.lstrip(":{").startswith("S"):
            part = "Seeds"  # names of roles reach them in lower case
        mark = ResultMark(self.rawtext, rid, rid=rid, part=part, cell=False)
        self.set_source_info(mark)
        return [mark], []


class CheckedRole(SphinxRole):
    """{checked}`words|condition`: words that are right while results are as the condition says."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        checked, wrong = conditions.read(self.text)
        text = checked.words if checked else self.text
        mark = CheckedMark(self.rawtext, text, checked=checked, wrong=wrong, written=f"`{self.text}`")
        self.set_source_info(mark)
        return [mark], []


class TypedRole(ReferenceRole):
    """{typed}`text <reason>`: text that is right to type. Without text, the whole paragraph is."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        text, reason = self.text.strip(), ""
        if text.endswith(">") and "<" in text:
            text, _, reason = text[:-1].rpartition("<")
        return [TypedMark(self.rawtext, text.strip(), reason=reason.strip())], []


class QuotedRole(SphinxRole):
    """{quoted}`words of a source`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [QuotedMark(self.rawtext, self.text)], []


class TypedDirective(SphinxDirective):
    """A table or some paragraphs that are right to type; the argument is the reason."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        block = TypedBlock(reason=self.arguments[0].strip())
        self.set_source_info(block)
        self.state.nested_parse(self.content, self.content_offset, block)
        return [block]


class ResultLink(nodes.Inline, nodes.TextElement):
    """A cited number on a web page: a link to its record, with a tooltip that says where it comes from."""


class FillResults(SphinxPostTransform):
    """Put the numbers of this build where the roles stand."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        marks, checks = list(self.document.findall(ResultMark)), list(self.document.findall(CheckedMark))
        if not (marks or checks):
            return
        found, builder = catalogue(self.env), self.app.builder
        for mark in checks:
            mark.replace_self(_checked(builder, mark, found))
        first = True  # the page says once what brackets mean
        for number, mark in enumerate(marks):
            record, text = found.records.get(mark["rid"]), found.text(mark["rid"], mark["part"], first)
            first &= not (mark["part"] == "rci" and record and record.ci)
            mark.replace_self(_link(builder, self.env.docname, mark, record, text, number))


def _checked(builder: Builder, mark: CheckedMark, found: Catalogue) -> nodes.Node:
    ids = mark["ids"] if builder.name in WEB else []
    note = found.note(mark["checked"]) if mark["checked"] else ""  # a mark of a heading has none
    words = nodes.inline("", mark.astext(), ids=ids, classes=["checked-fails" if note else "checked"])
    if note:
        words += [nodes.Text(" "), nodes.inline("", note, classes=["checked-note"])]
    return words


def _link(builder: Builder, docname: str, mark: ResultMark, record: Record | None, text: str,
          number: int) -> nodes.Node:
    # anchors are unique on a page, not in a book that is written as one page
    ids = mark["ids"] if builder.name in WEB else []
    if record is None:
        # in a table the row says what it is, and a row may have many
        narrow = any(isinstance(one, nodes.entry) for one in lineage(mark))
        return nodes.emphasis(text, text.strip("()") if narrow else f"{mark['rid']} {text}", ids=ids)
    uri = result_uri(builder, docname, record.id)
    if not uri:
        return nodes.inline(text, text)
    if builder.format != "html":
        return nodes.reference(text, text, refuri=uri)
    return ResultLink(text, text, refuri=uri, ids=ids, record=record, tip=f"tip-{slug(record.id)}-{number}")


def result_uri(builder: Builder, docname: str, rid: str) -> str:
    """The address of a result's page as seen from another page; empty where a format has no such pages."""
    if builder.name in WEB:
        return builder.get_relative_uri(docname, page_of(rid))
    base = builder.config.html_baseurl
    return address(base, f"{page_of(rid)}.html") if base else ""


def _visit_link(self: HTML5Translator, node: ResultLink) -> None:
    ids = f' id="{node["ids"][0]}"' if node["ids"] else ""
    self.body.append(tooltip.link(node["refuri"], node["tip"], "result", attributes=ids))


def _depart_link(self: HTML5Translator, node: ResultLink) -> None:
    record = node["record"]
    self.body.append(tooltip.said(node["tip"], f"<b>{escape(record.title)}</b> {escape(value_ci_text(record))}. "
                                               f"{escape(record.method)}. "
                                               f"<small>{escape(provenance_text(record))}</small>"))


def _visit_inline(self: nodes.NodeVisitor, node: nodes.Element) -> None:
    """Show the text of a mark that only the lint reads, or that is in a menu's copy of a heading."""


_SHOW: dict[str, Any] = dict.fromkeys(("html", "latex", "text", "man", "texinfo"), (_visit_inline, _visit_inline))


def setup(app: Sphinx) -> None:
    """Register the roles, and how their nodes are written."""
    for part in PARTS:
        app.add_role(part, ResultRole())
    app.add_role("checked", CheckedRole())
    app.add_role("typed", TypedRole())
    app.add_role("quoted", QuotedRole())
    app.add_directive("typed", TypedDirective)
    for mark in (ResultMark, CheckedMark, TypedMark, QuotedMark, TypedBlock):
        app.add_node(mark, **_SHOW)
    app.add_node(ResultLink, html=(_visit_link, _depart_link))
    app.add_post_transform(FillResults)
