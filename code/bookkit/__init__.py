"""The Sphinx side of the book: chapters that never go stale, results that can be cited, claims that are judged.

One noun a module; each registers its own events, roles and pages in its `setup(app)`. Nothing here imports torch: the
build itself stays light, and everything that computes runs in a kernel or in the training command.
"""

from importlib import import_module

from sphinx.application import Sphinx

from bookkit import kinds
from bookkit.results.kind import register

NOUNS = (
    "parts.garbage",
    # how chapters run
    "execution.one_build", "execution.stamp", "execution.edited", "execution.train", "execution.rerun",
    "execution.execute", "execution.executed_notebooks", "execution.released_notebooks",
    # results, claims, and the pages that show them
    "results.domain", "authoring.roles", "parts.identifiers", "parts.fold", "authoring.claims", "authoring.ledger",
    "authoring.passages",
    "checks.listed", "pages.index", "checks.check", "pages.numbering", "pages.refresh", "results.catalogue",
    "pages.pages", "pages.versions", "pages.maths", "pages.search", "pages.exports", "pages.released", "pages.assets",
    "pages.bundle", "pages.markup",
    "metadata.metadata", "pages.whole_pages", "pages.redirects", "pages.candidate_sums", "pages.site_state",
    # what readers look up and take along
    "authoring.terms", "authoring.works", "authoring.story", "authoring.api", "authoring.changes",
    "authoring.stray_cells", "pages.notebooks", "metadata.csp",
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every kind of output and every noun with Sphinx.

    Args:
        app: the application that loads this extension.

    Returns:
        What Sphinx asks of an extension: that parallel reading and writing are safe.
    """
    for kind in kinds.modules():
        register(kind.KIND)
        if hasattr(kind, "setup"):
            kind.setup(app)
    for noun in NOUNS:
        import_module(f"{__name__}.{noun}").setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
