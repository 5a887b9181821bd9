"""What all tests share: annotations of tensors are checked, one thread, and the same examples at every run."""

import signal

import hypothesis
import jaxtyping
import pytest
import torch

# Before any test imports deref: from here on every call into its tensor code checks what its annotations promise.
TENSORS = ("construct", "lm", "model", "probes", "tasks", "train")
jaxtyping.install_import_hook([f"deref.{name}" for name in TENSORS], "annotations.check")

torch.set_num_threads(1)

# A shell's background jobs, continuous integration among them, may ignore Ctrl-C, and what they start inherits that.
# The programs that tests interrupt must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure, so there is no deadline; nor are examples that happen to be drawn today.
hypothesis.settings.register_profile("deref", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("deref")


@pytest.fixture
def unchecked():
    """Turn the checks of annotations off, to meet the errors that users get, who do not have them."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
