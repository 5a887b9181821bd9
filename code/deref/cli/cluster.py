"""Runs sent to a Dask cluster: the scheduler shares them out, and this process takes in what workers finish.

Dask starts a task again elsewhere when its worker dies (up to the scheduler's `allowed-failures`). Dask's own messages
hold pickles, so whoever connects to a scheduler trusts it; what lands in the store is checked data and no pickle.
"""

import logging
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import Client, Future
from distributed.client import ClosedClientError

from deref.cli.commands import Failed, Refused
from deref.cli.cost import seconds
from deref.cli.pool import Failure, show
from deref.cli.remote import TOPIC, NotTrained, key_of, perform
from deref.cli.worker import order
from deref.experiment import Experiment
from deref.progress import board, duration
from evidence.provenance.code import read_once
from evidence.runs.entry import Damaged, Entry
from evidence.runs.inbox import Inbox
from evidence.runs.store import Store

SCHEMES = ("tcp", "tls", "ucx", "ws", "wss")
RETRIES = 2
"""How often a run that failed is tried again, perhaps on another worker, from its checkpoint if they share a disk."""


def train_all(experiments: Sequence[Experiment], store: Store, scheduler: str, device: str | None) -> list[Failure]:
    """Train runs on a cluster; one that fails does not stop the others.

    Args:
        experiments: what to train.
        store: where the finished runs go; its device and threads are those that the addresses name.
        scheduler: the address of the Dask scheduler, such as "tcp://10.0.0.1:8786".
        device: what workers are told to train on; None lets each settle it as it would by itself, and one that
            comes to another class of device than the store's refuses.

    Returns:
        The runs that failed, in the order of their ends.

    Raises:
        Refused: it is not an address.
        Failed: no scheduler answers there.
        KeyboardInterrupt: after the runs were taken back from the cluster.
        StoreError: the store cannot be written.
    """
    inbox = Inbox(store.root, device=store.device, threads=store.threads)
    longest_first = sorted(experiments, key=seconds, reverse=True)
    with read_once():
        runs = {store.address(one.config, one.seeds): one for one in longest_first}
    events: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
    futures: dict[str, Future] = {}
    failures: list[Failure] = []
    with _connected(scheduler) as client, board() as shown:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        shown.end("cluster", f"{len(runs)} {'run' if len(runs) == 1 else 'runs'} for {workers} "
                  f"{'worker' if workers == 1 else 'workers'}{'' if workers else ', waiting for the first'}")
        client.subscribe_topic(TOPIC, lambda event: events.put(tuple(event[1])))
        try:
            for address, one in runs.items():
                futures[address] = client.submit(perform, address, _order(one, store, device), store.exact,
                                                 key=key_of(address), retries=RETRIES)
                futures[address].add_done_callback(lambda _, address=address: events.put((address, None)))
            while futures:
                address, line = events.get()
                if address not in futures:  # of another client, or a last word that comes late
                    continue
                name = runs[address].name
                if line is not None:
                    show(shown, name, line)
                    continue
                try:
                    shown.end(name, described(_taken_in(inbox, address, futures.pop(address))))
                except _Lost as error:
                    failures.append(Failure(name=name, reason=str(error)))
                    shown.end(name, "failed")
        finally:
            with suppress(ClosedClientError):  # a scheduler that is gone has nothing left to call off
                client.cancel(list(futures.values()))
    return failures


class _Lost(Exception):
    """A run that did not come back; the message says why."""


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    try:
        parts = urlsplit(scheduler)
        right = parts.scheme in SCHEMES and parts.hostname and parts.port
    except ValueError:  # a port that is no number
        right = False
    if not right:
        raise Refused(f"expected the address of a Dask scheduler, such as tcp://10.0.0.1:8786, got {scheduler!r}")
    wait = dask.config.get("distributed.comm.timeouts.connect")
    try:
        client = Client(scheduler, timeout=wait, name="deref", set_as_default=False)
    except OSError as error:  # TimeoutError is one
        raise Failed(f"no Dask scheduler answers at {scheduler} (waited {wait}): start one with `dask scheduler`, "
                     f"or correct the address") from error
    logging.disable(logging.WARNING)  # Dask tells of every connection that is closed
    try:
        with client:
            yield client
    finally:
        logging.disable(logging.NOTSET)


def _order(one: Experiment, store: Store, device: str | None) -> dict[str, Any]:
    return order(one, store, device=device, expect=store.identity(one.config, one.seeds))


def _taken_in(inbox: Inbox, address: str, future: Future) -> Entry:
    """A run that has ended, as it is in the store now; raises _Lost if it failed."""
    try:
        files = future.result()
    except NotTrained as error:
        raise _Lost(str(error)) from error
    except CancelledError as error:
        raise _Lost("the cluster gave it up, because the connection to the scheduler was lost or somebody cancelled it"
                    ) from error
    except Exception as error:  # of Dask or the network: whatever it is, the other runs go on
        raise _Lost(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
    try:
        return inbox.receive(address, files)
    except Damaged as error:
        raise _Lost(f"what came back is damaged: {error}") from error


def described(entry: Entry) -> str:
    """How a run ended: how long it took, on what, and the mean accuracy over the seeds if its history has that."""
    text = f"trained in {duration(entry.about['wall_s'])} on {entry.about['hardware']}"
    curves: Any = entry.history.get("accuracy") if isinstance(entry.history, dict) else None
    last = [curve[-1] for curve in curves or () if isinstance(curve, list) and curve]
    if not last or not all(isinstance(value, float) for value in last):
        return text
    return f"{text}, accuracy {sum(last) / len(last):.1%}"
