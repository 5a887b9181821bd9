"""Results that are computed again, in processes of their own: the book's tools import nothing that computes."""

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections import ChainMap
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evidence import exact
from evidence.cores import usable_cores
from evidence.reading import parse_json, read_bytes
from evidence.records import Record
from evidence.records.record import EXACT


def wrong(root: Path, package: str, records: Iterable[Record], ids: Iterable[str] = (),
          env: Mapping[str, str] | None = None) -> dict[str, str]:
    """What does not come out again, by id.

    Args:
        root: of the project, where the command runs.
        package: whose command `recompute` is asked.
        records: to compute again.
        ids: of results that only have to have a function.
        env: of the command; None is this process's own, in which the modules are found below `root`/code, with the
            settings of exact processes where a record is of an exact build.

    Raises:
        ValueError: the command failed.
    """
    asked = list(records)
    settings = exact.environment() if any(EXACT in one.build for one in asked) else {}
    given = {**os.environ, **settings, "PYTHONPATH": str(root / "code")} if env is None else dict(env)
    parts = _dealt(asked, usable_cores())
    names = [list(ids), *([] for _ in parts[1:])]  # which take no time: the first process is asked for all of them
    with ThreadPoolExecutor(len(parts)) as threads:
        return dict(ChainMap(*threads.map(functools.partial(_asked, root, package, given), parts, names)))


def _dealt(records: list[Record], hands: int) -> list[list[Record]]:
    """At least one part. Records of one module stay together: they rest on the same runs and probes, kept once."""
    modules = list(dict.fromkeys(one.module for one in records))
    return [[one for one in records if one.module in modules[hand::hands]]
            for hand in range(min(hands, len(modules)) or 1)]


def _asked(root: Path, package: str, env: dict[str, str], records: list[Record], ids: list[str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder, "records.json"), Path(folder, "faults.json")
        asked.write_text(json.dumps({"records": [one.to_json() for one in records], "ids": ids}), "utf-8")
        command = [sys.executable, "-m", package, "recompute", "--records", str(asked), "--faults", str(found)]
        ran = subprocess.run(command, cwd=root, env=env, text=True, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, errors="replace")
        if ran.returncode:
            raise ValueError(f"expected python -m {package} recompute to compute results again, got exit status "
                             f"{ran.returncode}: {ran.stdout.strip()}")
        return parse_json(read_bytes(found))
