"""Execution: stale chapters run several at a time, each in a kernel of its own, before Sphinx reads them.

MyST-NB would run chapters one after the other while it reads, in whichever kernel the machine calls `python3`, and
would publish a page whose cell failed. Here the chapters without cached outputs run first, BOOK_JOBS at a time, in the
interpreter that builds the book, one thread each; their outputs go into the cache, where MyST-NB finds them. A failing
cell fails the build; chapters that did run keep their outputs.
"""

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError, ExtensionError
from sphinx.util import logging
from sphinx.util.console import strip_colors

from bookkit.execution import chapter, executed_notebooks, rerun, sealed_cache, stamp, streams, train
from bookkit.execution.chapter import Chapter
from bookkit.parts import page_text
from bookkit.results.domain import domain_of
from evidence.cores import usable_cores
from evidence.results.keys import ABSENT, PROGRESS

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
STARTUP_S = 300  # a kernel may have to wait for a busy machine; only a broken one takes this long

log = logging.getLogger(__name__)


class ThisInterpreter(KernelSpecManager):
    """Finds one kernel whatever the name: the interpreter that builds the book, where its packages are."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(**get_kernel_dict(extra_arguments=["--log-level=ERROR"]))


class Client(NotebookClient):
    """Runs one chapter, and tells the terminal how far it is."""

    def __init__(self, chapter: Chapter, sockets: str):
        config = chapter.config
        super().__init__(
            chapter.notebook,
            timeout=config.execution_timeout if config.execution_timeout > 0 else None,
            allow_errors=config.execution_allow_errors,
            startup_timeout=STARTUP_S,
            record_timing=False,  # timings would go into the metadata, and so into the cache's key
            coalesce_streams=False,  # see `streams`
            resources={"metadata": {"path": str(chapter.path.parent)}},
            on_cell_execute=self._start,
            on_cell_executed=_join,
        )
        self.chapter = chapter
        self.sockets = sockets
        self.index: int | None = None

    def create_kernel_manager(self) -> AsyncKernelManager:
        # Files, as a free port that is chosen now may be another process's by the time that the kernel binds it.
        self.km = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisInterpreter(), transport="ipc",
                                     connection_file=os.path.join(self.sockets, "kernel.json"))
        return self.km

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        data = msg["content"].get("data")
        if isinstance(data, dict) and PROGRESS in data:
            self._say(data[PROGRESS]["text"])
            return None  # for the terminal alone: never an output of the cell
        return super().process_message(msg, cell, cell_index)

    def _start(self, cell: NotebookNode, cell_index: int) -> None:
        self.index = cell_index
        self._say(cell.source.strip().split("\n")[0][:60])

    def _say(self, text: str) -> None:
        number, total = self.chapter.number(self.index), len(self.chapter.code_cells)
        log.info("%s [%d/%d] %s", self.chapter.docname, number, total, text)


def _join(cell: NotebookNode, **_: Any) -> None:
    cell.outputs = streams.joined(cell.outputs)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Where a chapter stopped, and why."""

    chapter: Chapter
    index: int | None
    error: Exception

    def __str__(self) -> str:
        if self.index is None:
            return f"{self.chapter.path}: its kernel did not start: {self.error}"
        cell = f"cell {self.chapter.number(self.index)} of {len(self.chapter.code_cells)}"
        if not isinstance(self.error, CellExecutionError):
            return f"{self.chapter.place(self.index)}: {cell}: {self.error}"
        trace = strip_colors(self.error.traceback)
        frames = re.findall(r"Cell In\[\d+\], line (\d+)", trace)
        place = self.chapter.place(self.index, int(frames[0]) if frames else 1)
        return f"{place}: {cell} raised {self.error.ename}: {self.error.evalue}\n{trace.rstrip()}"


def jobs() -> int:
    """How many chapters run at a time: BOOK_JOBS, or one for each core this process may use.

    Raises:
        ConfigError: BOOK_JOBS is not a positive whole number.
    """
    given = os.environ.get("BOOK_JOBS") or str(usable_cores())
    if not given.isdecimal() or int(given) < 1:
        raise ConfigError(f"expected BOOK_JOBS to be a positive whole number, got {given!r}")
    return int(given)


def kernel_environment(app: Sphinx) -> dict[str, str]:
    """The environment of kernels, and of whatever is to compute the numbers that they do."""
    return {**train.environment(app), **ONE_THREAD, "PYTHONHASHSEED": "0"}


def execute(stale: list[Chapter], env: dict[str, str], at_once: int) -> list[Failure]:
    """Run chapters, several at a time, and keep the outputs of those that succeed.

    Args:
        stale: the chapters; their notebooks are filled in place.
        env: the environment of their kernels.
        at_once: how many run at a time.

    Returns:
        The failures, in the order of the chapters.
    """
    running: dict[str, Any] = {}

    async def main() -> list[Failure]:
        running.update(loop=asyncio.get_running_loop(), task=asyncio.current_task())
        slots = asyncio.Semaphore(at_once)
        return [failed for failed in await asyncio.gather(*(_run(one, env, slots) for one in stale)) if failed]

    # A thread of its own, because on the main thread every client takes over the handling of interrupts, and all but
    # the last would go on when the reader presses Ctrl-C.
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(asyncio.run, main())
        try:
            return future.result()
        except KeyboardInterrupt:
            running["loop"].call_soon_threadsafe(running["task"].cancel)
            raise


def _short() -> str | None:
    """A folder for sockets, whose whole names may have 103 characters: /tmp where that for temporary files is long."""
    return "/tmp" if len(os.fsencode(tempfile.gettempdir())) > 75 else None


async def _run(chapter: Chapter, env: dict[str, str], slots: asyncio.Semaphore) -> Failure | None:
    async with slots:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="k", dir=_short()) as sockets:
            client = Client(chapter, sockets)
            try:
                await client.async_execute(env=env)
            except Exception as error:  # a cell's, a dead kernel's or a time-out: all end this chapter alone
                log.info("failed %s", chapter.docname)
                return Failure(chapter=chapter, index=client.index, error=error)
        seconds = time.perf_counter() - started
        sealed_cache.put(chapter, seconds)
        log.info("executed %s in %.1f s", chapter.docname, seconds)
        return None


def _is_stale(one: Chapter, asked: Collection[str]) -> bool:
    """Whether a chapter must run: somebody asks for it, it never did as it is now, or it lacked something that may be
    there by now.
    """
    found = None if one.docname in asked else sealed_cache.find(one)
    return found is None or any(output.get("metadata", {}).get(ABSENT, {}).get("again", False)
                                for cell in found.cells if cell.cell_type == "code" for output in cell.outputs)


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    if app.config.bookkit_release:
        return []
    return [name for name, page in domain_of(env).pages.items() if page.again]


def _before_read(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    if app.config.bookkit_release:
        return
    texts = {name: page_text.read(Path(env.doc2path(name))) for name in docnames}
    read = [chapter.parse(app, name, stamp.stamped(app, name, text)) for name, text in texts.items()]
    chapters = [one for one in read if one is not None]
    for cache in {one.config.execution_cache_path for one in chapters}:
        sealed_cache.check(Path(cache))
    asked = rerun.asked(app)
    if stale := [one for one in chapters if _is_stale(one, asked)]:
        at_once = jobs()
        log.info("%d stale chapter(s), %d at a time: %s", len(stale), at_once, " ".join(one.docname for one in stale))
        train.train(app, train.experiments(app, {one.docname: texts[one.docname] for one in stale}))
        failures = execute(stale, kernel_environment(app), at_once)
        if failures:
            count = f"{len(failures)} of {len(stale)} chapter(s) failed"
            raise ExtensionError("\n\n".join([count, *map(str, failures)]))
    executed_notebooks.keep(app, docnames, chapters)


def setup(app: Sphinx) -> None:
    """Run stale chapters before Sphinx reads them."""
    app.connect("env-get-outdated", _outdated)
    app.connect("env-before-read-docs", _before_read)
