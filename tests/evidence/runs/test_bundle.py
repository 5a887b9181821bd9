"""Runs in one file: what was packed is what arrives, and whatever else a file holds is refused and leaves nothing."""

import hashlib
import io
import json
import os
import shutil
import stat
import struct
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from quadratic import Quadratic

from evidence.files import StoreError
from evidence.results.replay import Replay
from evidence.results.shifted import Shifted
from evidence.runs import Store
from evidence.runs.bundle import CONTENTS, LARGEST, MODE, NAMES, BadBundle, Bundle
from evidence.runs.entry import CHECKSUMS, Damaged
from evidence.runs.inbox import Inbox, packed
from evidence.runs.packing import pack, take_in

SEEDS = ((1,), (2, 3))
often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refuse(report):
    raise AssertionError("it was trained again")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Store(tmp_path_factory.mktemp("there"), device="cpu")
    for seeds in SEEDS:
        made.run(Quadratic(steps=5), seeds)
    return made


@pytest.fixture(scope="module")
def addresses(store):
    return [store.address(Quadratic(steps=5), seeds) for seeds in SEEDS]


@pytest.fixture(scope="module")
def good(store, addresses, tmp_path_factory):
    """The bytes of a bundle of two runs."""
    path = tmp_path_factory.mktemp("packed") / "runs.zip"
    pack(path, store.root, addresses, "a test")
    return path.read_bytes()


@pytest.fixture
def inbox(tmp_path):
    return Inbox(tmp_path / "here" / "runs", device="cpu")


def members(data):
    """What a bundle's members hold, by name, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path, files, **more):
    """Write an archive of (name, content) as a bundle is written, but for attributes of its members."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files:
            info = zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))
            info.filename, info.create_system, info.external_attr = name, 3, MODE
            for key, value in more.items():
                setattr(info, key, value)
            with pytest.warns(UserWarning) if name in archive.namelist() else nullcontext():
                archive.writestr(info, content)
    return path


def held(root):
    """Every file of a store but the locks and the marker, by its path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and path.parent.name != "locks" and path.parent != root}


def check_refused(path, inbox, reason="."):
    with pytest.raises(BadBundle, match=reason) as caught, Bundle(path) as bundle:
        take_in(bundle, inbox)
    assert str(caught.value).startswith("expected a bundle of runs, got ") and "\n" not in str(caught.value)
    assert not inbox.root.exists() or held(inbox.root) == {}


def test_the_same_runs_make_the_same_bytes(store, addresses, good, tmp_path):
    shutil.copytree(store.root, tmp_path / "copy")
    sha256 = pack(tmp_path / "again.zip", tmp_path / "copy", [*reversed(addresses), *addresses], "a test")
    assert (tmp_path / "again.zip").read_bytes() == good
    assert sha256 == hashlib.sha256(good).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.zip", "copy"]


def test_what_was_packed_arrives_and_is_trained_by_nobody(store, addresses, good, inbox, tmp_path):
    (tmp_path / "runs.zip").write_bytes(good)
    told = []
    with Bundle(tmp_path / "runs.zip") as bundle:
        assert bundle.of == "a test"
        assert take_in(bundle, inbox, lambda *numbers: told.append(numbers)) == (2, 0)
    assert told == [(1, 2), (2, 2)]
    assert held(inbox.root) == {f"{one}/{name}": data for one in addresses
                                for name, data in packed(store.root, one).items()}
    for seeds in SEEDS:
        inbox.run(Quadratic(steps=5), seeds, progress=refuse)


def test_a_run_that_is_there_is_not_touched(good, addresses, inbox, tmp_path):
    (tmp_path / "runs.zip").write_bytes(good)
    inbox.run(Quadratic(steps=5), SEEDS[0])
    before = {path: path.stat().st_ino for path in (inbox.root / addresses[0]).iterdir()}
    with Bundle(tmp_path / "runs.zip") as bundle:
        assert take_in(bundle, inbox) == (1, 1)
        assert take_in(bundle, inbox) == (0, 2)
    assert {path: path.stat().st_ino for path in (inbox.root / addresses[0]).iterdir()} == before


def test_only_intact_runs_are_packed_and_a_failure_leaves_the_file_that_was_there(store, addresses, tmp_path):
    (tmp_path / "runs.zip").write_bytes(b"before")
    with pytest.raises(Damaged, match=r"checksums\.json is missing"):
        pack(tmp_path / "runs.zip", store.root, [*addresses, "f" * 64], "a test")
    with pytest.raises(ValueError, match="expected between 1 and 16,000 runs for a bundle, got 0"):
        pack(tmp_path / "runs.zip", store.root, [], "a test")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"runs.zip": b"before"}


@often
@given(data=st.data())
def test_altered_bytes_are_refused_or_change_nothing(good, addresses, store, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("altered")
    start = data.draw(st.integers(0, len(good)), label="start")
    length = data.draw(st.sampled_from([0, 1, 1, 4, 64, len(good)]), label="length")
    put = data.draw(st.binary(max_size=8) | st.sampled_from([good[:200], good]), label="put")
    (folder / "runs.zip").write_bytes(good[:start] + put + good[start + length:])
    inbox = Inbox(folder / "runs", device="cpu")
    try:
        with Bundle(folder / "runs.zip") as bundle:
            take_in(bundle, inbox)
    except BadBundle as error:
        assert "\n" not in str(error)
        assert not inbox.root.exists() or held(inbox.root) == {}
    else:  # such as another day in a header that nobody reads
        assert held(inbox.root) == {f"{one}/{name}": content for one in addresses
                                    for name, content in packed(store.root, one).items()}
    assert {path.name for path in folder.iterdir()} <= {"runs.zip", "runs"}


FOREIGN = st.one_of(
    st.sampled_from(["../evil", "/tmp/evil", "a/../../evil", "..", "", "C:\\evil", "run.json", f"{'0' * 64}/evil",
                     f"{'0' * 64}/../run.json", f"{'0' * 64}/run.json\0.txt", f"{'G' * 64}/run.json", f"{'0' * 64}/",
                     f"./{'0' * 64}/run.json", f"{'0' * 64}//run.json", f"{'0' * 64}\\run.json", "deref-runs.json/x",
                     f"{'0' * 64}\n/run.json", "aside/x", "locks/x", "deref-store.json"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80))


@often
@given(name=FOREIGN, place=st.integers(0, 9))
def test_names_that_no_bundle_has_are_refused(good, name, place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("named")
    files = list(members(good).items())
    files.insert(place, (name, b"evil"))
    zipped(folder / "runs.zip", files)
    check_refused(folder / "runs.zip", Inbox(folder / "runs", device="cpu"))
    assert {path.name for path in folder.iterdir()} <= {"runs.zip", "runs"}


@pytest.mark.parametrize("which", range(9))
def test_a_file_that_is_there_twice_or_is_missing_is_refused(good, inbox, tmp_path, which):
    files = list(members(good).items())
    check_refused(zipped(tmp_path / "runs.zip", [*files, files[which]]), inbox, "twice")
    lacking = files[which][0]
    check_refused(zipped(tmp_path / "runs.zip", files[:which] + files[which + 1:]), inbox, f"it lacks {lacking}")


@pytest.mark.parametrize(("attributes", "reason"), [
    ({"external_attr": (stat.S_IFLNK | 0o777) << 16}, "as a plain file, got a link"),
    ({"external_attr": (stat.S_IFIFO | 0o644) << 16}, "as a plain file, got the mode 10644"),
    ({"external_attr": (stat.S_IFREG | 0o4755) << 16}, "as a plain file, got the mode"),
    ({"compress_type": zipfile.ZIP_DEFLATED}, "stored as it is, got it compressed"),
    ({"compress_type": zipfile.ZIP_LZMA}, "stored as it is, got it compressed"),
    ({"extra": b"\1\0\4\0long"}, "does not lie where the file before it ends"),
])
def test_links_compression_and_hidden_bytes_are_refused(good, inbox, tmp_path, attributes, reason):
    check_refused(zipped(tmp_path / "runs.zip", members(good).items(), **attributes), inbox, reason)


def test_a_file_that_unfolds_is_refused_before_it_is_read(good, inbox, tmp_path):
    files = {**members(good)}
    first = next(iter(files))
    files[first] = b"0" * 10_000_000
    path = zipped(tmp_path / "runs.zip", files.items(), compress_type=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    check_refused(path, inbox, "got it compressed")


@pytest.mark.parametrize("size", [2**22 + 1, 2**31])
def test_declared_sizes_are_believed_by_nobody(good, inbox, tmp_path, size):
    row = good.rindex(b"PK\1\2")  # of the contents; its sizes are 20 bytes in
    last = good[:row + 20] + struct.pack("<LL", size, size) + good[row + 28:]
    (tmp_path / "runs.zip").write_bytes(last)
    check_refused(tmp_path / "runs.zip", inbox, "bytes")
    row = good.index(b"PK\1\2")
    (tmp_path / "runs.zip").write_bytes(good[:row + 20] + struct.pack("<LL", size, size) + good[row + 28:])
    check_refused(tmp_path / "runs.zip", inbox, rf"expected at most {LARGEST['run.json']:,} bytes in \S+/run\.json")


def test_a_table_of_more_files_than_a_bundle_has_is_not_read(good, inbox, tmp_path):
    for count, reason in ((10, "another number of files"), (65_535, "at most 16,000 runs")):
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, *struct.unpack("<LL", good[-10:-2]), 0)
        (tmp_path / "runs.zip").write_bytes(good[:-22] + end)
        check_refused(tmp_path / "runs.zip", inbox, reason)
    many = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 2**20, len(good) - 22, 0)
    (tmp_path / "runs.zip").write_bytes(b"\0" * 2**20 + good[:-22] + many)
    check_refused(tmp_path / "runs.zip", inbox, "at most 16,000 runs, got a table of 9 files")


def rehashed(files, address, name, content):
    """Change a file of a run, and every checksum that covers it."""
    files = {**files, f"{address}/{name}": content}
    sums = {one: hashlib.sha256(files[f"{address}/{one}"]).hexdigest() for one in NAMES if one != CHECKSUMS}
    files[f"{address}/{CHECKSUMS}"] = (json.dumps(sums, indent=1, sort_keys=True) + "\n").encode()
    contents = json.loads(files[CONTENTS])
    contents["runs"][address] = hashlib.sha256(files[f"{address}/{CHECKSUMS}"]).hexdigest()
    return {**files, CONTENTS: json.dumps(contents).encode()}


@pytest.mark.parametrize(("name", "change", "reason"), [
    ("run.json", lambda data: data.replace(b'"steps": 5', b'"steps": 6'), "run.json describes another run"),
    ("run.json", lambda data: b"[" * 100_000, "run.json is not JSON"),
    ("history.json", lambda data: b"[NaN]", "history.json is not JSON"),
    ("history.json", lambda data: b'["x"]', "which is no finite number"),
    ("weights.safetensors", lambda data: data[:-1], "is no safetensors file"),
    ("weights.safetensors", lambda data: data[:-4] + struct.pack("<f", float("nan")), "not finite"),
])
def test_right_checksums_do_not_make_a_run(good, addresses, inbox, tmp_path, name, change, reason):
    files = members(good)
    last = sorted(addresses)[1]  # the first one is good, and is not taken in either
    made = rehashed(files, last, name, change(files[f"{last}/{name}"]))
    check_refused(zipped(tmp_path / "runs.zip", made.items()), inbox, reason)


def test_wrong_checksums_are_refused(good, addresses, inbox, tmp_path):
    files, last = members(good), sorted(addresses)[1]
    altered = {**files, f"{last}/history.json": b"[1]"}
    check_refused(zipped(tmp_path / "runs.zip", altered.items()), inbox, "history.json does not have its checksum")
    altered = {**files, f"{last}/{CHECKSUMS}": files[f"{last}/{CHECKSUMS}"] + b" "}
    check_refused(zipped(tmp_path / "runs.zip", altered.items()), inbox, "checksums.json does not have its checksum")


@pytest.mark.parametrize("contents", [
    b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"format": 2, "kind": "deref trained runs", "of": "", "runs": {}}',
    b'{"format": 1, "kind": "deref trained runs", "of": "", "runs": {}}',
    b'{"format": 1, "kind": "deref trained runs", "of": 7, "runs": {}}',
    b'{"format": 1, "kind": "deref trained runs", "of": "", "runs": []}',
    b'{"format": 1, "kind": "deref trained runs", "of": "\\u001b[2J", "runs": {}}',
    b'{"format": 1, "kind": "deref trained runs", "of": "", "runs": {"a": 7}}'])
def test_contents_that_say_nothing_are_refused(good, inbox, tmp_path, contents):
    zipped(tmp_path / "runs.zip", {**members(good), CONTENTS: contents}.items())
    check_refused(tmp_path / "runs.zip", inbox, "deref-runs.json")


def test_what_is_no_file_is_refused(inbox, tmp_path):
    for make, path in ((os.mkfifo, tmp_path / "pipe"), (Path.mkdir, tmp_path / "folder")):
        make(path)
        check_refused(path, inbox, "it is no regular file")
    (tmp_path / "empty").touch()
    check_refused(tmp_path / "empty", inbox, "it is no zip archive")
    with pytest.raises(FileNotFoundError):
        Bundle(tmp_path / "nothing")


def test_a_store_on_a_bundle_reads_it_trains_nothing_and_writes_nothing(good, addresses, tmp_path):
    (tmp_path / "runs.zip").write_bytes(good)
    with Bundle(tmp_path / "runs.zip") as bundle:
        store = Store(tmp_path / "here", device="cpu", bundle=bundle)
        run = store.run(Quadratic(steps=5), SEEDS[0], progress=refuse)
        assert (run.address, run.path) == (addresses[0], tmp_path / "runs.zip")
        assert Shifted(store, 0).run(Quadratic(steps=5), SEEDS[1], progress=refuse).address == addresses[1]
        assert Replay(store, None).bundle is bundle
        assert (store.has(Quadratic(steps=5), SEEDS[0]), store.has(Quadratic(steps=6), SEEDS[0])) == (True, False)
        with pytest.raises(StoreError, match=r"expected the run \w{12} in runs\.zip, which has runs of a test"):
            store.run(Quadratic(steps=6), SEEDS[0])
    assert not (tmp_path / "here").exists()
