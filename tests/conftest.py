"""What all tests share: annotations of tensors are checked, one thread, and the same examples at every run."""

import gc
import signal

import hypothesis
import jaxtyping
import pytest
import torch
from forks import shared
from groups import pytest_collection_modifyitems  # noqa: F401 (a hook)

# What is imported and collected before the first test stays to the end, half a million objects that every search for
# garbage would go through: a third of the time of collecting, and a twentieth of the tests'.
gc.disable()

# Before any test imports deref: from here on every call into its tensor code checks what its annotations promise.
TENSORS = ("constructions", "lm", "model", "probes", "tasks", "train")
jaxtyping.install_import_hook([f"deref.{name}" for name in TENSORS], "annotations.check")

torch.set_num_threads(1)

# A shell's background jobs, continuous integration among them, may ignore Ctrl-C, and what they start inherits that.
# The programs that tests interrupt must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure, so there is no deadline; nor are examples that happen to be drawn today.
hypothesis.settings.register_profile("deref", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("deref")


def pytest_collection_finish():
    """From here on there is garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def forks():
    """A process that forks for scripts, so that each starts at once with what is slow to import."""
    return shared()


@pytest.fixture
def unchecked():
    """Turn the checks of annotations off, to meet the errors that users get, who do not have them."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def pytest_terminal_summary(terminalreporter):
    """Print what the site's tests have weighed, as limits that hold say nothing of how near they are, and on which
    processors golden hashes were compared, which differ from one machine to the next."""
    reports = [(outcome, report) for outcome in ("passed", "failed") for report in
               terminalreporter.stats.get(outcome, [])]
    weights = sorted(value for _, report in reports for name, value in report.user_properties if name == "weight")
    golden = sorted(f"{value}: {outcome}" for outcome, report in reports for name, value in report.user_properties
                    if name == "golden")
    if golden:
        terminalreporter.section("golden hashes")
        terminalreporter.write_line("\n".join(golden))
    if weights:
        terminalreporter.section("weight of pages")
        terminalreporter.write_line(f"{'page':32}{'kB compressed':>14}{'requests':>10}{'first paint':>16}")
    for page, total, requests, paint in weights:
        terminalreporter.write_line(f"{page:32}{total / 1000:>14.0f}{requests:>10}{paint:>13.0f} ms")
