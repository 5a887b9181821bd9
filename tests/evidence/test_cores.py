"""How many cores a process may use, by its binding and by quotas of made-up groups."""

import os

import pytest

from evidence.cores import usable_cores


@pytest.fixture(autouse=True)
def eight(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)


@pytest.mark.parametrize(("own", "files", "cores"), [
    ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
    ("0::/\n", {"cpu.max": "50000 100000"}, 1),
    ("0::/\n", {"cpu.max": "5000 100000"}, 1),
    ("0::/\n", {"cpu.max": "150000 100000"}, 2),
    ("0::/\n", {"cpu.max": "110000 100000"}, 1),
    ("0::/\n", {"cpu.max": "max 100000"}, 8),
    ("0::/\n", {"cpu.max": "9900000 100000"}, 8),
    ("0::/\n", {}, 8),
    ("0::/a.slice/b.scope\n", {"a.slice/cpu.max": "300000 100000", "a.slice/b.scope/cpu.max": "max 100000"}, 3),
    ("0::/a.slice/b.scope\n", {"a.slice/cpu.max": "max 100000", "a.slice/b.scope/cpu.max": "100000 50000"}, 2),
    ("0::/outside/of/here\n", {"cpu.max": "400000 100000"}, 4),
    ("0::/../sibling\n", {"cpu.max": "400000 100000", "../sibling/cpu.max": "100000 100000"}, 4),
    ("4:memory:/x\n3:cpu,cpuacct:/docker/1\n",
     {"cpu,cpuacct/docker/1/cpu.cfs_quota_us": "250000\n", "cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000\n"}, 3),
    ("3:cpuacct,cpu:/docker/1\n", {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2),
    ("3:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
    ("3:cpuset:/\n", {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 8),
    ("3:cpu:/\n0::/u\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000", "unified/u/cpu.max":
                          "100000 100000"}, 1),
    (None, {"cpu.max": "200000 100000"}, 2),
    (None, {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
    ("0::/\n", {"cpu.max": "much of it"}, 8),
    ("0::/\n", {"cpu.max": "0 0"}, 8),
    ("0::/\n", {"cpu.max": "\xff"}, 8),
    ("nonsense", {"cpu.max": "100000 100000"}, 8),
])
def test_quotas(tmp_path, own, files, cores):
    root = tmp_path / "fs" / "cgroup"
    root.mkdir(parents=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    if own is not None:
        (tmp_path / "own").write_text(own)
    assert usable_cores(root, tmp_path / "own") == cores


@pytest.mark.parametrize("cores", [3, None])
def test_systems_that_bind_no_processes(monkeypatch, tmp_path, cores):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert usable_cores(tmp_path, tmp_path / "none") == (cores or 1)
