"""A store in its former place, under `_build`, is moved to its place: whole, once, and never while somebody trains."""

import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from quadratic import Quadratic

from evidence import location
from evidence.runs import Store, former
from evidence.runs.marker import MARKER

MEMORY = Path("/dev/shm")


def refuse(report):
    raise AssertionError("it was trained again")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A project's folder, which the environment's DEREF_STORE says nothing of."""
    monkeypatch.delenv("DEREF_STORE", raising=False)
    monkeypatch.setattr(location, "project", lambda: tmp_path)
    (tmp_path / "_build" / "html").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def old(project):
    return Store(project / "_build" / "runs", device="cpu")


def trained(store, *seeds):
    return [store.run(Quadratic(steps=5), (seed,)) for seed in seeds]


def files(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def check_moved(project, *seeds):
    """Everything is in the new place, which is the one that everybody takes."""
    assert not (project / "_build" / "runs").exists()
    assert location.default_root() == project / ".runs"
    for seed in seeds:
        Store(device="cpu").run(Quadratic(steps=5), (seed,), progress=refuse)


def test_a_store_is_moved_whole_and_is_the_store_all_the_while(project, old):
    trained(old, 1, 2)
    before = files(old.root)
    assert location.default_root() == old.root
    assert "_build/runs" in (said := former.move()) and f"{project / '.runs'}, which" in said
    check_moved(project, 1, 2)
    assert files(project / ".runs").keys() >= before.keys()
    assert former.move() == ""
    assert [path.name for path in (project / "_build").iterdir()] == ["html"]


def test_without_a_store_there_the_place_is_the_new_one(project):
    assert former.move() == ""
    assert location.default_root() == project / ".runs"
    assert not (project / ".runs").exists()


def test_a_folder_of_somebody_else_is_left_alone(project):
    (project / "_build" / "runs").mkdir()
    (project / "_build" / "runs" / "notes.txt").write_text("mine")
    assert former.move() == ""
    assert files(project) == {"_build/runs/notes.txt": b"mine"}


def test_a_store_that_the_environment_names_stays(project, old, monkeypatch):
    trained(old, 1)
    monkeypatch.setenv("DEREF_STORE", str(old.root))
    assert former.move() == ""
    assert location.default_root() == old.root and not (project / ".runs").exists()


def test_a_store_without_a_marker_is_known_by_its_runs(project, old):
    trained(old, 1)
    (old.root / MARKER).unlink()
    assert former.move()
    check_moved(project, 1)


def test_while_a_run_is_trained_the_store_stays_where_it_is(project, old):
    trained(old, 1)
    with old._locked("a" * 64):
        assert "another process trains there" in former.move()
        assert location.default_root() == old.root and not (project / ".runs").exists()
    assert former.move()
    check_moved(project, 1)


def test_what_an_earlier_version_wrote_to_the_former_place_afterwards_follows(project, old):
    trained(old, 1)
    former.move()
    both, late = trained(old, 1, 2)  # by a process that does not know of the move
    checkpoint = old.checkpoint_path("c" * 64)
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"unfinished")
    (old.root / "aside").mkdir()
    (old.root / "aside" / f"{'d' * 64}.1").write_bytes(b"damaged")
    new = project / ".runs"
    kept = files(new / both.address)
    assert location.default_root() == new
    assert former.move()
    check_moved(project, 1, 2)
    assert files(new / both.address) == kept
    assert (new / "checkpoints" / checkpoint.name).read_bytes() == b"unfinished"
    assert (new / "aside" / f"{'d' * 64}.1").read_bytes() == b"damaged"
    assert (new / late.address).is_dir()


def test_a_damaged_run_in_the_new_place_gives_way_and_foreign_files_stay(project, old):
    (run,) = trained(old, 1)
    shutil.copytree(old.root, project / ".runs")
    (project / ".runs" / run.address / "history.json").write_bytes(b"[")
    (old.root / "notes.txt").write_text("mine")
    assert former.move()
    assert files(project / "_build") == {"runs/notes.txt": b"mine"}
    assert (project / ".runs" / "aside" / f"{run.address}.1" / "history.json").read_bytes() == b"["
    Store(device="cpu").run(Quadratic(steps=5), (1,), progress=refuse)
    assert former.move() == ""


def test_a_link_to_a_store_elsewhere_is_moved_as_a_link(project, old):
    trained(old, 1)
    shutil.move(old.root, project / "elsewhere")
    old.root.symlink_to("../elsewhere")
    assert former.move()
    check_moved(project, 1)
    assert (project / ".runs").readlink() == project / "elsewhere"


@pytest.fixture
def other_disk(project):
    """`_build` is on another file system than the project."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == project.stat().st_dev:
        pytest.skip("there is one file system here")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        shutil.rmtree(project / "_build")
        (project / "_build").symlink_to(folder)
        yield Path(folder)


def test_onto_another_disk_it_is_copied_and_then_emptied(project, old, other_disk):
    trained(old, 1, 2)
    (old.root / "weights").mkdir()
    (old.root / "weights" / "model.gguf").write_bytes(b"weights")
    assert former.move()
    check_moved(project, 1, 2)
    assert (project / ".runs" / "weights" / "model.gguf").read_bytes() == b"weights"
    assert list(other_disk.iterdir()) == [] and not (project / former.COPIED).exists()


def test_a_copy_that_was_interrupted_goes_on(project, old, other_disk):
    runs = trained(old, 1, 2)
    former._copy(old.root, project / former.COPIED)
    shutil.rmtree(project / former.COPIED / runs[0].address)
    weights = project / former.COPIED / runs[1].address / "weights.safetensors"
    weights.write_bytes(b"half")
    kept = (project / former.COPIED / runs[1].address / "history.json").stat().st_ino
    assert location.default_root() == old.root
    assert former.move()
    check_moved(project, 1, 2)
    assert (project / ".runs" / runs[1].address / "history.json").stat().st_ino == kept


def test_a_copy_that_finds_no_place_leaves_the_store_as_it_was(project, old, other_disk):
    trained(old, 1)
    before = files(old.root)
    (project / former.COPIED).write_text("in the way")
    assert "could not all be moved" in former.move()
    assert files(old.root).items() >= before.items()
    assert location.default_root() == old.root


def test_of_two_who_move_at_once_one_does_and_both_go_on(project, old):
    trained(old, 1, 2)
    said = []
    threads = [threading.Thread(target=lambda: said.append(former.move())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, said)) == [False, False, False, True]
    check_moved(project, 1, 2)


@pytest.mark.parametrize("everything", [[], ["--all"]])
def test_cleaning_leaves_the_store_alone(project, old, everything):
    trained(old, 1)
    former.move()
    before = files(project / ".runs")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "clean", ".", *everything]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (project / "_build" / "html").exists()
    assert files(project / ".runs") == before
