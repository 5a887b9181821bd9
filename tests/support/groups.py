"""Groups of tests: what is marked `xdist_group` runs in one process, and shares what that process has seen."""

import pytest
from _pytest.nodeid import NodeId


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """Name the groups in the ids of tests, where pytest-xdist 3.8.0 looks for them: it writes them into an attribute
    that pytest 9.2.0 no longer reads, and then every process visits every page."""
    yield
    for item in items:
        if "_nodeid" in vars(item):
            item._id = NodeId.parse(item._nodeid)
