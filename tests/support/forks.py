"""A Python that has imported what is slow to import, and forks for each script that is to run in a process of its own.

PyTorch and the libraries for statistics take seconds to import. What a script itself imports, the project's packages
among it, is imported in its fork alone, so that it meets the same modules as in a fresh interpreter. Settings that
libraries read when they are imported, such as those of exact processes, come too late: those need a fresh one.
"""

import atexit
import contextlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

SLOW = ("matplotlib.pyplot", "scipy.stats", "sklearn.linear_model", "statsmodels.stats.proportion", "torch")
OURS = ("bookkit", "deref", "evidence")


class Forks:
    """Runs what `python ARGUMENT ...` would, in forks of one process."""

    def __init__(self) -> None:
        self._server = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})

    def run(self, arguments: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path | str = ".",
            timeout: int = 300) -> subprocess.CompletedProcess[str]:
        """Run a script to its end.

        Args:
            arguments: of the interpreter: a path, or -m and a module, or -c and code; then the script's own.
            env: the environment of the process.
            cwd: its folder.
            timeout: seconds after which it ends as if it had met SIGALRM.
        """
        with tempfile.TemporaryDirectory() as folder:
            streams = [Path(folder, name) for name in ("stdout", "stderr")]
            asked = {"arguments": list(map(str, arguments)), "env": dict(env), "cwd": str(Path(cwd).resolve()),
                     "streams": list(map(str, streams)), "timeout": timeout}
            assert self._server.stdin and self._server.stdout
            self._server.stdin.write(json.dumps(asked) + "\n")
            self._server.stdin.flush()
            status = int(self._server.stdout.readline())
            return subprocess.CompletedProcess(arguments, status, *(path.read_text("utf-8") for path in streams))

    def close(self) -> None:
        """End the process that forks."""
        assert self._server.stdin and self._server.stdout
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


def _serve() -> None:
    for name in SLOW:
        __import__(name)
    assert not [name for name in sys.modules if name.partition(".")[0] in OURS]
    answers = os.dup(1)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            status = 1
            try:
                status = _run(**asked)
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        os.write(answers, f"{os.waitstatus_to_exitcode(ended)}\n".encode())


def _run(arguments: list[str], env: dict[str, str], cwd: str, streams: list[str], timeout: int) -> int:
    """Do in a fork what the interpreter does with its arguments; the exit status."""
    signal.alarm(timeout)
    for number, path in enumerate(streams, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    named = arguments[0] in ("-m", "-c")
    sys.argv = ["-c", *arguments[2:]] if arguments[0] == "-c" else arguments[1:] if named else arguments
    # The folder of this file gives way to what an interpreter puts first.
    sys.path[0] = cwd if named else str(Path(arguments[0]).parent)
    sys.path[1:1] = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    status: object = None
    try:
        if arguments[0] == "-m":
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        elif arguments[0] == "-c":
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
    with contextlib.suppress(BaseException):
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    return status if isinstance(status, int) else int(status is not None)


if __name__ == "__main__":
    _serve()
