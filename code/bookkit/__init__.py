"""The Sphinx side of the book: chapters that never go stale, results that can be cited, claims that are judged.

One noun a module; each registers its own events, roles and pages in its `setup(app)`. Nothing here imports torch: the
build itself stays light, and everything that computes runs in a kernel or in the training command.
"""

from importlib import import_module

from sphinx.application import Sphinx

NOUNS = (
    # how chapters run
    "fresh", "train", "execute", "executed", "frozen",
    # results, claims, and the pages that show them
    "domain", "roles", "identifiers", "fold", "exhibits", "explorables", "claims", "passages", "index", "check",
    "refresh", "catalogue", "pages", "search", "exports", "assets", "markup", "metadata",
    # what readers look up and take along
    "terms", "api", "changes", "replicated", "notebooks", "csp",
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every noun with Sphinx.

    Args:
        app: the application that loads this extension.

    Returns:
        What Sphinx asks of an extension: that parallel reading and writing are safe.
    """
    for noun in NOUNS:
        import_module(f"{__name__}.{noun}").setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
