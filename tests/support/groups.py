"""Groups of tests: those marked `xdist_group` run in one process, and so do those that share what is dear to make."""

import pytest
from _pytest.nodeid import NodeId

DEAR = {"tmp_path_factory", "make_shared_book", "browser"}
"""What a fixture of a module asks for that makes a book, a site or a store, or opens a browser."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """Name the groups in the ids of tests, where pytest-xdist 3.8.0 looks for them: it writes them into an attribute
    that pytest 9.2.0 no longer reads, and then every process makes everything."""
    for item in items:
        if not item.get_closest_marker("xdist_group") and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    # Of groups as large, those that begin with long tests come first, so that no process is left with one at the end.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    yield
    for item in items:
        if "_nodeid" in vars(item):
            item._id = NodeId.parse(item._nodeid)


def _shares(item):
    """Whether a test needs a fixture of its module that is dear to make."""
    return any(made[-1].scope == "module" and name != "make_shared_book" and DEAR & {name, *made[-1].argnames}
               for name, made in item._fixtureinfo.name2fixturedefs.items())
