"""What is deleted: only what a store wrote, only where a store's marker is, and never through links."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from quadratic import Quadratic

from evidence.runs import Store, StoreError
from evidence.runs.inventory import items, prune
from evidence.runs.marker import MARKER

CONFIG, SEEDS = Quadratic(steps=3), (0,)
HEX = "0123456789abcdef" * 4
MINE = {
    "work/thesis.tex": "years", "work/data/raw.csv": "1", "checkpoints/game.sav": "2", "aside/letters/one.txt": "3",
    f"{'x' * 64}": "a name of 64 characters", f"{'a' * 64}/photo.jpg": "a folder of 64 digits", f"{HEX}": "a file",
    f"work/{HEX}/chapter.tex": "a folder of mine", f"aside/{HEX}.1/keep.txt": "4", f"checkpoints/{HEX}": "5",
    "locks/door.lock": "6", "run.json": "{}",
}


def home(path):
    """A folder of somebody's own, with names that a store uses as well."""
    for name, text in MINE.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


def is_whole(path):
    return all((path / name).read_text() == text for name, text in MINE.items())


def test_nothing_is_deleted_in_a_folder_that_is_no_store(tmp_path):
    root = home(tmp_path)
    with pytest.raises(StoreError, match=rf"^expected a run store at .*{MARKER}.* nothing was deleted; set"):
        prune(root, ())
    assert is_whole(root)
    assert not (root / MARKER).exists()


def test_in_a_store_that_is_also_somebody_s_folder_only_the_store_s_own_is_deleted(tmp_path):
    root = home(tmp_path)
    run = Store(root, device="cpu").run(CONFIG, SEEDS)
    (root / "checkpoints" / f"{HEX}.safetensors").write_bytes(b"of a training")
    assert {item.address for item in prune(root, ())} == {run.address, HEX}
    assert is_whole(root)
    assert not run.path.exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", "\0", '{"kind": "another"}', "[" * 100_000])
def test_a_marker_of_something_else_is_none(tmp_path, text):
    root = home(tmp_path)
    (root / MARKER).write_text(text)
    with pytest.raises(StoreError, match="nothing was deleted"):
        prune(root, ())
    assert is_whole(root)


def test_a_store_of_an_earlier_version_is_recognised_by_its_runs_and_marked(tmp_path):
    store = Store(tmp_path, device="cpu")
    kept, other = store.run(CONFIG, SEEDS), store.run(CONFIG, (1,))
    (tmp_path / MARKER).unlink()
    assert [item.address for item in prune(tmp_path, {kept.address})] == [other.address]
    assert (tmp_path / MARKER).exists()
    prune(tmp_path, ())
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / f"{HEX}.safetensors").write_bytes(b"later")
    assert [item.address for item in prune(tmp_path, ())] == [HEX]  # though there is no run any more


@pytest.mark.parametrize("part", ["", "checkpoints", "aside", "work", "run"])
def test_links_are_not_followed(tmp_path, part):
    store, elsewhere = Store(tmp_path / "runs", device="cpu"), tmp_path / "elsewhere"
    run = store.run(CONFIG, SEEDS)
    elsewhere.mkdir()
    names = {"checkpoints": f"{HEX}.safetensors", "aside": f"{HEX}.1", "work": HEX}
    if part == "run":
        run.path.rename(elsewhere / run.address)
        run.path.symlink_to(elsewhere / run.address)
        kept = elsewhere / run.address / "run.json"
    elif part:
        kept = elsewhere / names[part]
        kept.write_bytes(b"mine")
        (store.root / part).rmdir() if (store.root / part).exists() else None
        (store.root / part).symlink_to(elsewhere)
    else:
        (store.root / "aside").mkdir()
        kept = elsewhere / "mine"
        kept.write_bytes(b"mine")
        (store.root / "aside" / f"{HEX}.1").symlink_to(elsewhere)
        (store.root / "work" / HEX).symlink_to(kept)
    prune(store.root, ())
    assert kept.exists()


def test_a_store_that_is_reached_by_a_link_is_one(tmp_path):
    Store(tmp_path / "real", device="cpu").run(CONFIG, SEEDS)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert len(prune(tmp_path / "link", ())) == 1


def test_what_is_left_by_replications_and_arrivals_goes(tmp_path):
    store = Store(tmp_path, device="cpu")
    store.run(CONFIG, SEEDS)
    for name in (f"work/{HEX}/ids", f"work/{HEX}/deref.sections.ch06.depth.json", f"work/{HEX}/work/a.b.json",
                 f"work/{HEX}.k3_x/{HEX}/run.json", f"work/{HEX}.safetensors", f"aside/{HEX}.gguf.2"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    prune(tmp_path, ())
    assert items(tmp_path) == []
    assert list((tmp_path / "work").iterdir()) == list((tmp_path / "aside").iterdir()) == []


def test_prunes_at_once_raise_nothing(tmp_path):
    store, run = Store(tmp_path, device="cpu"), None
    for seed in range(3):
        run = store.run(CONFIG, (seed,))
    for number in range(300):
        address = f"{number:064x}"
        path = tmp_path / "aside" / f"{address}.1"
        path.mkdir(parents=True)
        for name in run.path.iterdir():
            (path / name.name).write_bytes(b"x" * 100)
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from evidence.runs.inventory import prune
        sys.stdin.readline()
        print(len(prune(Path(sys.argv[1]), ())))
        """)
    both = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for one in both:
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate(timeout=120) for one in both]
    assert [error for _, error in said] == ["", "", ""]
    assert sum(int(number) for number, _ in said) == 303
    assert items(tmp_path) == []


@pytest.mark.parametrize("facts", [
    '{"seeds": 3, "wall_s": 1}', '{"wall_s": "a while"}', "[" * 100_000, "7", '{"seeds": [1e999], "wall_s": NaN}', ""])
def test_entries_with_odd_facts_are_listed(tmp_path, facts):
    from deref.cli.runs import _row

    path = Store(tmp_path, device="cpu").run(CONFIG, SEEDS).path
    (path / "run.json").write_text(facts)
    for item in items(tmp_path):
        assert _row(item, {}).endswith("unreadable")


def test_pipes_among_entries_are_not_waited_for(tmp_path):
    path = Store(tmp_path, device="cpu").run(CONFIG, SEEDS).path
    for odd in (path / "run.json", tmp_path / HEX, tmp_path / MARKER):
        odd.unlink(missing_ok=True)
        os.mkfifo(odd)
    assert [item.about for item in items(tmp_path)] == [{}]
    with pytest.raises(StoreError, match="nothing was deleted"):
        prune(tmp_path, ())


def test_a_record_is_never_lost_while_another_is_written(tmp_path, monkeypatch):
    from evidence import files

    def full(descriptor):
        raise OSError(28, "No space left on device")

    path = Path(tmp_path, "sweep.json")
    path.write_text("the old record")
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_file(path, b"the new record")
    assert [one.name for one in tmp_path.iterdir()] == ["sweep.json"]
    assert path.read_text() == "the old record"
    with pytest.raises(ValueError, match="expected another directory"):
        files.write_file(path, b"the new record", tmp_path)
    assert path.read_text() == "the old record"
