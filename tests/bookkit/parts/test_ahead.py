"""Work that another process does: it is done there, and where it fails nobody but who waits says so."""

import os
import sys

import pytest

from bookkit.parts import ahead
from evidence.cores import usable_cores

pytestmark = pytest.mark.skipif(sys.platform != "linux" or usable_cores() < 2, reason="no process is forked here")


class Application:
    """Anything that work can be begun for."""


def test_another_process_does_it_until_somebody_waits(tmp_path):
    app, told = Application(), tmp_path / "told"
    ahead.begin(app, lambda: told.write_text(str(os.getpid())))
    ahead.end(app)
    assert int(told.read_text()) != os.getpid()
    told.unlink()
    ahead.end(app)  # nothing is left to wait for
    assert not told.exists()


def test_work_that_fails_says_nothing_and_leaves_what_it_did(tmp_path, capfd):
    def work():
        (tmp_path / "half").write_text("")
        raise OSError("the disk is full")

    app = Application()
    ahead.begin(app, work)
    ahead.end(app)
    assert (tmp_path / "half").exists() and capfd.readouterr() == ("", "")
