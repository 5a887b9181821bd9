"""What a Dask worker does with one run: trains it in a process of its own, and hands back the finished files.

The process is the one that `deref train` starts on its own machine (`deref.cli.worker`), and takes one run only. That
keeps numbers equal to local ones, reads the code as it lies on the disk now and not as a long-lived Dask worker once
imported it, and can be ended when nobody wants the run any more. It trains into the worker's own store (DEREF_STORE,
else the project's), so what it finished or checkpointed outlives the Dask worker, for all workers that share the disk.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from distributed import Reschedule, Worker, get_worker

from deref.cli.pool import environment, why
from deref.cli.worker import DONE
from evidence import exact
from evidence.location import default_root
from evidence.runs.inbox import packed

TOPIC = "deref"
"""Where workers say how far they are: messages are pairs of a run's address and a line."""

EVERY_S = 0.5
LINE_LIMIT = 2**20


class NotTrained(RuntimeError):
    """A run that a worker could not or would not train; the message is for whoever asked for it."""


def key_of(address: str) -> str:
    """The name of a run among a scheduler's tasks: who sends a run that another client has sent shares its result."""
    return f"deref-{address}"


async def perform(address: str, order: dict[str, Any], exactly: bool) -> dict[str, bytes]:
    """Train a run, if the worker's store does not have it.

    A coroutine, because Dask cancels those when a worker is closed; it occupies one of the worker's threads like any
    other task.

    Args:
        address: the run.
        order: for `deref.cli.worker`.
        exactly: whether to train in an exact process (see `evidence.exact`).

    Returns:
        The files of the finished run, content by file name.

    Raises:
        NotTrained: the run's process refused or failed.
        Reschedule: nobody wants the run any more.
    """
    worker = get_worker()
    worker.log_event(TOPIC, (address, f"training on {worker.address}"))
    with tempfile.TemporaryFile() as errors:
        env = {**environment(order["threads"]), **(exact.environment() if exactly else {})}
        status = await _trained(worker, address, order, env, errors)
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
    if status != 0:
        raise NotTrained(f"{why(status, said)} (on {worker.address})")
    if said:
        worker.log_event(TOPIC, (address, said))
    return await asyncio.to_thread(packed, Path(default_root()), address)


async def _trained(worker: Worker, address: str, order: dict[str, Any], env: dict[str, str],
                   errors: IO[bytes]) -> int:
    """The exit status of a run's process, whose lines are passed on while it works; 0 if it is done."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deref.cli.worker", env=env, limit=LINE_LIMIT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors, start_new_session=True)
    assert process.stdin and process.stdout  # pipes, as was asked for
    try:
        process.stdin.write(f"{json.dumps(order)}\n".encode())  # left open: its end would end the process
        while True:
            try:
                async with asyncio.timeout(EVERY_S):
                    line = (await process.stdout.readline()).decode("utf-8", "replace")
            except TimeoutError:
                pass
            else:
                if not line:
                    return await process.wait()
                if line.rstrip() == DONE:
                    return 0
                worker.log_event(TOPIC, (address, line))
            if worker.state.tasks[key_of(address)].state == "cancelled":
                raise Reschedule
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
