"""Pre-training: the runs that stale chapters need, trained before any of them starts, by one command.

Chapters then load their runs from the store instead of training in a kernel, where two of them would wait for each
other, one core each. The command schedules the runs over all cores and shows its own progress.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from bookkit.execution import stamp
from bookkit.parts import switches
from evidence import exact, location, parents, vendor
from evidence.files import StoreError

log = logging.getLogger(__name__)


def experiments(app: Sphinx, texts: Mapping[str, str]) -> tuple[str, ...]:
    """The modules of sections in the import closures of some pages.

    Args:
        app: the application.
        texts: the sources of the pages, by name.

    Returns:
        Sorted dotted names, the packages that hold the sections among them.
    """
    package = f"{app.config.bookkit_package}.sections."
    return tuple(sorted({name for page, text in texts.items() for name in stamp.modules(app, page, text)
                         if name.startswith(package)}))


def train(app: Sphinx, modules: tuple[str, ...]) -> None:
    """Train what some modules of experiments declare, unless the store has it.

    Args:
        app: the application.
        modules: dotted names; with none, nothing is started.

    Raises:
        ExtensionError: the command failed.
    """
    if not modules:
        return
    command = ["-m", app.config.bookkit_package, "train", "--module", *modules]
    log.info("training what the chapters need: python %s", " ".join(command))
    status = _run([sys.executable, *command], environment(app), str(app.srcdir))
    if status:
        raise ExtensionError(f"training failed with exit status {status}, see its messages above; no chapter was "
                             f"executed. The command was: python {' '.join(command)}")


def environment(app: Sphinx) -> dict[str, str]:
    """The environment of processes that run the book's code: they import exactly the modules that were stamped.

    Raises:
        ExtensionError: the build is to be exact, and this machine cannot; or DEREF_STORE is no path.
    """
    if exactly := switches.exactly():
        try:
            exact.check_machine()
        except exact.Inexact as error:
            raise ExtensionError(str(error)) from None
    inherited = os.environ.get("PYTHONPATH")
    root = str(stamp.code_root(app).resolve())
    try:
        named = location.environment()  # chapters and training work in folders of their own
    except StoreError as error:
        raise ExtensionError(str(error)) from None
    return {**os.environ, **named, **(exact.environment() if exactly else vendor.environment()),
            "PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root])}


def _run(command: list[str], env: dict[str, str], cwd: str) -> int:
    env = {**env, **parents.named()}  # it ends with this build, though the build be killed
    if sys.stderr.isatty():  # a terminal is handed over whole, for progress bars
        return subprocess.run(command, env=env, cwd=cwd, check=False).returncode
    with subprocess.Popen(command, env=env, cwd=cwd, text=True, encoding="utf-8", errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout:  # elsewhere, lines keep their order among the build's own
            log.info("%s", line.rstrip())
    return process.returncode


def setup(app: Sphinx) -> None:
    """Register the package whose experiments are trained."""
    app.add_config_value("bookkit_package", "deref", "env")
