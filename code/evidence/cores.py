"""How many processes can work at a time."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def usable_cores(cgroups: Path = CGROUPS, own: Path = OWN) -> int:
    """The cores that this process may use: no more than the machine has, than it is bound to, and than the quota of
    processor time of its container, and of every group around it, makes up, to the nearest whole one.

    Args:
        cgroups: where Linux shows the limits of groups of processes; elsewhere there is no such directory.
        own: the file that says which groups this process is in.

    Returns:
        Their number, at least 1.
    """
    try:
        bound = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # macOS and Windows do not bind processes to cores
        bound = os.cpu_count() or 1
    return max(1, min([bound, *(math.floor(quota + 0.5) for quota in _quotas(cgroups, own))]))


def _quotas(cgroups: Path, own: Path) -> Iterator[float]:
    """The processor time that each group around this process has a second, where it is limited."""
    for controllers, group in _groups(own):
        if controllers is None:  # version 2: one hierarchy, and one file
            roots, names = [cgroups, cgroups / "unified"], ("cpu.max",)
        elif "cpu" in controllers.split(","):
            roots, names = [cgroups / controllers, cgroups / "cpu"], ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        else:
            continue
        for root in roots:
            # A container sees its own group at the root, and perhaps by the name that it has outside, too.
            inside = root / group
            for folder in {root, *([inside, *inside.parents[: len(Path(group).parts)]] if group else [])}:
                quota = _quota(" ".join(_text(folder / name) for name in names))
                if quota is not None:
                    yield quota


def _groups(own: Path) -> Iterator[tuple[str | None, str]]:
    """The groups of this process: controllers (None in version 2), and the path of the group in their hierarchy."""
    for line in _text(own).splitlines() or ["0::/", "1:cpu:/"]:
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        path = group.strip().strip("/")
        yield None if number == "0" and not controllers else controllers, "" if ".." in path.split("/") else path


def _quota(text: str) -> float | None:
    """The quota in cores that "quota period" in microseconds makes; None for "max period", -1 and what is neither."""
    parts = text.split()
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts) or "0" in parts:
        return None
    return int(parts[0]) / int(parts[1])


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
