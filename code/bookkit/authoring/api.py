"""The reference of the library: `{api} deref.probes` describes the modules of a package, `{door} deref` its front door.

What the pages say stands in the source, which they depend on: an edit of a docstring writes its page again.
"""

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import bookkit
from bookkit.authoring import docstrings
from bookkit.authoring.docstrings import Module
from bookkit.parts import table

CODE = Path(bookkit.__file__).resolve().parents[1]


class ApiDirective(SphinxDirective):
    """One section for each module of a package that defines something public; the argument names the package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0].strip()
        found = (_read(self, name) for name in docstrings.modules(CODE, package))
        return [self._section(module) for module in found if module.members]

    def _section(self, module: Module) -> nodes.section:
        section = nodes.section("", ids=[nodes.make_id(module.name)])
        section += nodes.title("", "", nodes.literal("", module.name))
        lines = [" ".join(docstrings.fields(module.about)), "", f".. py:currentmodule:: {module.name}", ""]
        for member in module.members.values():
            lines += member
        # A page of MyST is Markdown; the descriptions are reStructuredText, whose plain backticks then mean code.
        rst = [".. default-role:: code", "", *lines, "", ".. default-role::"]
        text = StringList(["``````{eval-rst}", *rst, "``````"], str(module.path))
        self.state.nested_parse(text, self.content_offset, section)
        return section


class DoorDirective(SphinxDirective):
    """The table of a front door: each name, what it is, and where it is described."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package, rows = self.arguments[0].strip(), []
        self.env.note_dependency(str(CODE / package / "__init__.py"))
        for name, home in sorted(docstrings.exports(CODE, package).items()):
            module = self._home(name, home)
            said = next(line.strip() for line in module.members[name][1:] if line.strip())
            link = addnodes.pending_xref("", nodes.literal("", name), refdomain="py", reftype="obj",
                                         reftarget=f"{module.name}.{name}", refexplicit=True, refdoc=self.env.docname)
            rows.append([[nodes.paragraph("", "", link)],
                         [nodes.paragraph("", said.replace("\\", "").replace("`", ""))],
                         [nodes.paragraph("", "", nodes.literal("", module.name))]])
        return [table.build(("Name", "What it is", "Module"), rows, (22, 50, 28), ["bookkit-table"])]

    def _home(self, name: str, home: str) -> Module:
        """The module that defines a name; a package may only pass it on."""
        for candidate in dict.fromkeys([home, *docstrings.modules(CODE, home)]):
            module = _read(self, candidate)
            if name in module.members:
                return module
        raise self.error(f"expected {name!r} to be defined in {home}, found no such function, class or described value")


def _read(directive: SphinxDirective, name: str) -> Module:
    module = docstrings.read(CODE, name)
    directive.env.note_dependency(str(module.path))
    return module


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("api", ApiDirective)
    app.add_directive("door", DoorDirective)
