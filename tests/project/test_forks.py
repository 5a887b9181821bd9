"""What stands in for an interpreter in tests does to a script what an interpreter does, and shares its fate."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import forked_python
import pytest

from evidence import exact

PATIENCE_S = 60
WAITS = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)"
CATCHES = "import signal, time\ntry:\n    print('ready', flush=True)\n    time.sleep(600)\n" \
    "except KeyboardInterrupt:\n    print('interrupted')"
LOADED = "import sys\nprint('torch' in sys.modules)"
KERNELS = "import torch\nprint(torch.backends.cpu.get_cpu_capability())"


@pytest.fixture
def started(forks):
    """A function that starts the stand-in with some code; its environment is that of the test, and more."""
    running = []

    def start(code, **env):
        env = {**os.environ, forked_python.ADDRESS: forks.address, **env}
        running.append(subprocess.Popen([forks.python, "-c", code], env=env, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_streams_arguments_and_status_are_the_script_s(started):
    process = started("import sys\nprint(sys.stdin.read().upper())\nsys.exit(3)")
    assert process.communicate("said") == ("SAID\n", None)
    assert process.returncode == 3


def test_the_script_finds_what_it_would_find_in_an_interpreter(started):
    said, _ = started("import os, sys\nprint(os.getppid(), sys.prefix, os.environ['OWN'])", OWN="mine").communicate()
    assert said.split() == [str(os.getpid()), sys.prefix, "mine"]


def test_a_signal_reaches_the_script_which_may_catch_it(started):
    process = started(CATCHES)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=PATIENCE_S)[0] == "interrupted\n"
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_ends_the_stand_in_ends_the_script(started, number):
    process = started(WAITS)
    script = Path("/proc", process.stdout.readline().strip())
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == -number
    deadline = time.monotonic() + PATIENCE_S
    while script.exists():
        assert time.monotonic() < deadline, "the script outlived its stand-in"
        time.sleep(0.02)


def test_libraries_are_there_before_they_are_imported_in_an_exact_process_under_its_settings(started):
    assert started(LOADED).communicate()[0] == "True\n"
    # a fresh process, or a fork of one with these settings where another test has begun that; AVX-512 comes of others
    assert started(KERNELS, **exact.environment()).communicate()[0] == "AVX2\n"
