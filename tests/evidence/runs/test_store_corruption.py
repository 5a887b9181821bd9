"""What the store does with files that are not what it wrote, and with a disk that refuses."""

import json
import os
import resource
import shutil
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from quadratic import Quadratic

from evidence.runs import Store, StoreError, StoreWarning
from evidence.runs.entry import CHECKSUMS, Damaged, Entry, files_of, read

CONFIG = Quadratic()
SEEDS = (0, 1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs", device="cpu", checkpoint_every_s=0)


def again(store):
    """The same store, as another process sees it."""
    return Store(store.root, device="cpu", checkpoint_every_s=0)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-7])


def alter(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def contents(root):
    """Every file below a directory but the locks, which hold nothing."""
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and path.parent.name != "locks"}


@pytest.mark.parametrize(("damage", "reason"), [
    (lambda path: truncate(path / "weights.safetensors"), "weights.safetensors does not have its checksum"),
    (lambda path: alter(path / "weights.safetensors"), "weights.safetensors does not have its checksum"),
    (lambda path: truncate(path / "run.json"), "run.json does not have its checksum"),
    (lambda path: alter(path / "history.json"), "history.json does not have its checksum"),
    (lambda path: (path / "history.json").write_bytes(b""), "history.json does not have its checksum"),
    (lambda path: (path / "weights.safetensors").unlink(), "weights.safetensors is missing"),
    (lambda path: (path / CHECKSUMS).unlink(), "checksums.json is missing"),
    (lambda path: truncate(path / CHECKSUMS), "checksums.json is not JSON"),
    (lambda path: (path / CHECKSUMS).write_text("{}"), "checksums.json does not list run.json"),
    (lambda path: (path / CHECKSUMS).write_bytes(b"\xff\xfe"), "checksums.json is not JSON"),
    (lambda path: [child.unlink() for child in path.iterdir()], "checksums.json is missing"),
    (lambda path: (shutil.rmtree(path), path.write_text("a file")), "checksums.json is missing"),
    (lambda path: (shutil.rmtree(path), path.symlink_to("nowhere")), "checksums.json is missing"),
    (lambda path: pipe(path / "weights.safetensors"), "weights.safetensors is no regular file"),
    (lambda path: pipe(path / CHECKSUMS), "checksums.json is no regular file"),
    (lambda path: pipe(path / "run.json"), "run.json is no regular file"),
    (lambda path: (shutil.rmtree(path), os.mkfifo(path)), "checksums.json is missing"),
    (lambda path: ((path / "history.json").unlink(), (path / "history.json").symlink_to("/dev/zero")),
     "history.json is no regular file"),
    (lambda path: (path / CHECKSUMS).write_text("[" * 100_000), "checksums.json is not JSON"),
    (lambda path: (path / CHECKSUMS).write_text("9" * 5000), "checksums.json is not JSON"),
])
def test_damage_is_reported_set_aside_and_trained_again(store, damage, reason):
    first = store.run(CONFIG, SEEDS)
    damage(first.path)
    reports = []
    with pytest.warns(StoreWarning, match=f"the run {first.address[:12]} is damaged: {reason}.* trained again"):
        second = again(store).run(CONFIG, SEEDS, progress=reports.append)
    assert len(reports) == CONFIG.steps
    assert second is not first
    assert torch.equal(second.model.x, first.model.x)
    assert [path.name for path in (store.root / "aside").iterdir()] == [f"{first.address}.1"]
    assert again(store).has(CONFIG, SEEDS)


def rewritten(path, **changes):
    """Rewrite an entry with other facts, and checksums that fit them."""
    entry = read(path)
    facts = {"about": entry.about, "history": entry.history, "weights": entry.weights, **changes}
    for name, data in files_of(Entry(**facts)).items():
        (path / name).write_bytes(data)


def test_an_entry_of_another_run_is_foreign(store):
    mine, other = store.run(CONFIG, SEEDS), store.run(CONFIG, (5,))
    shutil.rmtree(mine.path)
    shutil.copytree(other.path, mine.path)
    with pytest.warns(StoreWarning, match="run.json describes another run"):
        assert again(store).run(CONFIG, SEEDS).seeds == SEEDS


@pytest.mark.parametrize(("other", "reason"), [
    (lambda about: {"about": {**about, "config": {**about["config"], "lr": 0.5}}}, "run.json describes another run"),
    (lambda about: {"about": {**about, "format": 99}}, "run.json is not in format 1"),
    (lambda about: {"about": {key: value for key, value in about.items() if key != "wall_s"}}, "run.json lacks wall_s"),
    (lambda about: {"weights": b"no tensors at all"}, "weights.safetensors is no safetensors file"),
    (lambda about: {"history": {"loss": []}}, "do not fit the configuration"),
])
def test_what_fits_its_checksums_and_not_the_run_is_damage(store, other, reason):
    path = store.run(CONFIG, SEEDS).path
    rewritten(path, **other(read(path).about))
    with pytest.warns(StoreWarning, match=reason):
        again(store).run(CONFIG, SEEDS)


def test_pieces_set_aside_keep_each_other_company(store):
    for _ in range(2):
        truncate(store.run(CONFIG, SEEDS).path / "history.json")
        store = again(store)
        with pytest.warns(StoreWarning):
            run = store.run(CONFIG, SEEDS)
    assert sorted(path.name for path in (store.root / "aside").iterdir()) == [
        f"{run.address}.1", f"{run.address}.2"]


def test_reading_never_runs_code(store):
    run = store.run(CONFIG, SEEDS)
    # A pickle that would raise if anything unpickled it.
    (run.path / "weights.safetensors").write_bytes(b"cbuiltins\nexec\n(S'raise SystemExit'\ntR.")
    with pytest.raises(Damaged):
        read(run.path)


class Stop(Exception):
    pass


def interrupted(store, after):
    """Train a run until some step, and stop as if the process had died there."""
    def progress(report):
        if report.step == after:
            raise Stop

    with pytest.raises(Stop):
        store.run(CONFIG, SEEDS, progress=progress)
    return store.checkpoint_path(store.address(CONFIG, SEEDS))


def restated(path, change, tensor=lambda x: x):
    """Rewrite a checkpoint with something else about itself and in its tensors, and the checksum that fits."""
    from safetensors import safe_open
    from safetensors.torch import load, save

    from evidence.runs.checkpoint import _checksum

    with safe_open(path, framework="pt") as file:
        about = change(file.metadata()["about"])
    tensors = {name: tensor(one) if one.is_floating_point() else one for name, one in load(path.read_bytes()).items()}
    path.write_bytes(save(tensors, {"about": about, "sha256": _checksum(about, tensors)}))


def changed(**fields):
    """Other facts in a checkpoint."""
    return lambda path: restated(path, lambda about: json.dumps({**json.loads(about), **fields}))


@pytest.mark.parametrize("damage", [
    truncate, alter, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"\x00" * 100),
    lambda path: (path.unlink(), os.mkfifo(path)), lambda path: (path.unlink(), path.symlink_to("nowhere")),
    lambda path: (path.unlink(), path.mkdir()), lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    lambda path: restated(path, lambda about: "no JSON"), lambda path: restated(path, lambda about: "[" * 100_000),
    lambda path: restated(path, lambda about: "7"), lambda path: restated(path, lambda about: "{}"),
    changed(state=None), changed(state=[]), changed(state={}), changed(state={"history": 7}),
    changed(state={"history": ["a"]}), changed(state={"history": [2**70, "x"]}), changed(wall_s="a while"),
    changed(wall_s=None), changed(wall_s=-1), changed(address=7),
    lambda path: restated(path, lambda about: about, torch.Tensor.half),
    lambda path: restated(path, lambda about: about, lambda x: x * torch.nan)])
def test_a_damaged_checkpoint_is_set_aside_and_training_starts_anew(store, tmp_path, damage):
    path = interrupted(store, after=12)
    damage(path)
    reports = []
    with pytest.warns(StoreWarning, match=r"the checkpoint of the run .* is damaged: .* started anew"):
        run = again(store).run(CONFIG, SEEDS, progress=reports.append)
    assert [report.step for report in reports] == list(range(1, CONFIG.steps + 1))
    assert [aside.name for aside in (store.root / "aside").iterdir()] == [f"{path.name}.1"]
    assert torch.equal(run.model.x, Store(tmp_path / "fresh", device="cpu").run(CONFIG, SEEDS).model.x)


def test_a_checkpoint_of_another_run_is_foreign(store):
    path = interrupted(store, after=12)
    other = store.checkpoint_path(store.address(CONFIG, (7,)))
    path.rename(other)
    with pytest.warns(StoreWarning, match="it belongs to another run"):
        again(store).run(CONFIG, (7,))


def test_a_store_below_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "runs", device="cpu")
    with pytest.raises(StoreError, match=r"^the run store at .*file/runs cannot be used: Not a directory; .*$"):
        store.run(CONFIG, SEEDS, progress=lambda report: pytest.fail("it trained first"))


@pytest.mark.parametrize("name", ["locks", "work", "checkpoints", "aside", "deref-store.json"])
def test_a_file_in_the_way_is_named_and_no_other_store_advised(store, name):
    if name == "aside":
        alter(store.run(CONFIG, SEEDS).path / "run.json")
    store.root.mkdir(exist_ok=True)
    (store.root / name).mkdir() if name.endswith("json") else (store.root / name).write_text("mine")
    with pytest.raises(StoreError, match=rf"^the run store at \S+ cannot be used: [^;]+; {store.root / name} is in the "
                                         "way: move it elsewhere$"):
        again(store).run(CONFIG, SEEDS)
    assert (store.root / name).is_dir() or (store.root / name).read_text() == "mine"


@contextmanager
def mounted(path, options):
    """A small file system of its own, where this process may mount one."""
    path.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a file system takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_a_full_disk_is_one_clear_error_and_leaves_the_store_as_it_was(tmp_path):
    with mounted(tmp_path / "disk", "size=200k"):
        store = Store(tmp_path / "disk" / "runs", device="cpu", checkpoint_every_s=0)
        kept = store.run(CONFIG, SEEDS)
        before = contents(store.root)
        with pytest.raises(StoreError, match=r"^the run store at \S+ cannot be used: No space left on device; free"):
            store.run(Quadratic(size=100_000, steps=3), SEEDS)
        assert contents(store.root) == before
        assert again(store).run(CONFIG, SEEDS).address == kept.address


def test_a_full_disk_at_the_end_keeps_the_last_checkpoint(tmp_path):
    with mounted(tmp_path / "disk", "size=200k"):
        filler = tmp_path / "disk" / "filler"
        store = Store(tmp_path / "disk" / "runs", device="cpu", checkpoint_every_s=0)

        def fill(report):
            if report.step == CONFIG.steps and not filler.exists():
                with pytest.raises(OSError), filler.open("wb", buffering=0) as file:
                    while True:
                        file.write(b"x" * 512)

        with pytest.raises(StoreError, match="No space left on device"):
            store.run(CONFIG, SEEDS, progress=fill)
        filler.unlink()
        steps = []
        run = again(store).run(CONFIG, SEEDS, progress=lambda report: steps.append(report.step))
        assert steps == [CONFIG.steps]
        assert torch.equal(run.model.x, Store(tmp_path / "fresh", device="cpu").run(CONFIG, SEEDS).model.x)


def test_a_read_only_store_gives_its_runs_and_refuses_others(tmp_path):
    with mounted(tmp_path / "disk", "size=1m"):
        store = Store(tmp_path / "disk" / "runs", device="cpu")
        kept = store.run(CONFIG, SEEDS)
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "disk")], check=True)
        assert again(store).run(CONFIG, SEEDS).address == kept.address
        with pytest.raises(StoreError, match=r"Read-only file system; make it writable, or set DEREF_STORE"):
            store.run(CONFIG, (9,))


def test_a_limit_on_file_sizes_is_one_clear_error_and_leaves_the_store_as_it_was(store):
    store.run(CONFIG, SEEDS)
    before = contents(store.root)
    script = textwrap.dedent("""
        import sys
        from evidence.runs import Store, StoreError
        from quadratic import Quadratic
        try:
            Store(sys.argv[1], device="cpu", checkpoint_every_s=0).run(Quadratic(size=10_000, steps=3), (0,))
        except StoreError as error:
            print(error)
        """)
    said = subprocess.run([sys.executable, "-c", script, str(store.root)], capture_output=True, text=True,
                          cwd=Path(__file__).parents[2] / "support", timeout=120,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert said.stdout.count("\n") == 1, said.stderr
    assert "cannot be used: File too large; raise the limit on the size of files" in said.stdout
    assert contents(store.root) == before
