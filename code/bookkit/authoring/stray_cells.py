"""Code cells that nothing would run: in a page without a header, inside another block, in an included file.

MyST-NB takes cells from the top level of executable pages alone. Others it leaves out with a warning, and the page
lacks them; here they fail the build.
"""

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from bookkit.parts.entries import Fault
from bookkit.results.domain import domain_of


class StrayCell(Directive):
    """What stands where MyST-NB found a cell that it will not run."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Note the fault; nothing stands on the page."""
        document = self.state.document
        env = document.settings.env
        text = ("Found an unexpected code cell, which nothing would run: begin the page with the header, and put no "
                "cell into another block, a list or an included file")
        here, line = Path(document["source"]), self.lineno
        if here.resolve() != Path(env.doc2path(env.docname)).resolve():
            text, line = f"{here}:{line}: {text}", None
        domain_of(env).page(env.docname).faults.append(Fault(docname=env.docname, line=line, text=text))
        return []


def setup(app: Sphinx) -> None:
    """Take the place of MyST-NB's directive for both kinds of cells."""
    for name in ("code-cell", "raw-cell"):
        app.add_directive(name, StrayCell, override=True)
