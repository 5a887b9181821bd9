"""Results that are computed again, in a process of their own: the book's tools import nothing that computes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from evidence.reading import parse_json, read_bytes
from evidence.records import Record


def wrong(root: Path, package: str, records: Iterable[Record], ids: Iterable[str] = (),
          env: Mapping[str, str] | None = None) -> dict[str, str]:
    """What does not come out again, by id.

    Args:
        root: of the project, where the command runs.
        package: whose command `recompute` is asked.
        records: to compute again.
        ids: of results that only have to have a function.
        env: of the command; None is this process's own, in which the modules are found below `root`/code.

    Raises:
        ValueError: the command failed.
    """
    given = {**os.environ, "PYTHONPATH": str(root / "code")} if env is None else dict(env)
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder, "records.json"), Path(folder, "faults.json")
        asked.write_text(json.dumps({"records": [one.to_json() for one in records], "ids": list(ids)}), "utf-8")
        command = [sys.executable, "-m", package, "recompute", "--records", str(asked), "--faults", str(found)]
        ran = subprocess.run(command, cwd=root, env=given, text=True, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, errors="replace")
        if ran.returncode:
            raise ValueError(f"expected python -m {package} recompute to compute results again, got exit status "
                             f"{ran.returncode}: {ran.stdout.strip()}")
        return parse_json(read_bytes(found))
