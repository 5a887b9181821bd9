"""Finished runs that arrive from elsewhere are taken in whole, or not at all."""

import hashlib

import pytest
from quadratic import Quadratic

from evidence.runs import Store, StoreWarning
from evidence.runs.entry import CHECKSUMS, FILES, Damaged
from evidence.runs.inbox import Inbox, packed
from evidence.runs.marker import MARKER

CONFIG, SEEDS = Quadratic(steps=5), (1, 2)


@pytest.fixture
def sent(tmp_path):
    """The address and the files of a run that another store trained."""
    there = Store(tmp_path / "there", device="cpu")
    address = there.run(CONFIG, SEEDS).address
    return address, packed(there.root, address)


@pytest.fixture
def inbox(tmp_path):
    return Inbox(tmp_path / "here", device="cpu")


def held(store):
    """Every file of a store but the locks and the marker, by its path."""
    return {str(path.relative_to(store.root)): path.read_bytes() for path in store.root.rglob("*")
            if path.is_file() and path.parent.name != "locks" and path.name != MARKER}


def test_a_run_that_arrives_is_the_run_that_was_sent(inbox, sent):
    address, files = sent
    entry = inbox.receive(address, files)
    assert entry.about["seeds"] == [1, 2]
    assert held(inbox) == {f"{address}/{name}": data for name, data in files.items()}
    assert set(files) == {*FILES, CHECKSUMS}
    assert inbox.run(CONFIG, SEEDS).address == address == inbox.address(CONFIG, SEEDS)


def truncated(files):
    return {**files, "weights.safetensors": files["weights.safetensors"][:-1]}


def altered(files):
    return {**files, "history.json": files["history.json"].replace(b"[", b"[0,", 1)}


def incomplete(files):
    return {name: data for name, data in files.items() if name != "history.json"}


def surplus(files):
    return {**files, "../../elsewhere": b"x"}


@pytest.mark.parametrize(("damage", "reason"), [
    (truncated, "weights.safetensors does not have its checksum"),
    (altered, "history.json does not have its checksum"),
    (incomplete, "expected the files run.json, weights.safetensors, history.json, checksums.json, got checksums.json,"),
    (surplus, r"got \.\./\.\./elsewhere,"),
])
def test_what_is_damaged_on_the_way_is_refused(inbox, sent, tmp_path, damage, reason):
    address, files = sent
    with pytest.raises(Damaged, match=reason):
        inbox.receive(address, damage(files))
    assert held(Store(tmp_path, device="cpu")).keys() == {f"there/{address}/{name}" for name in files}


@pytest.mark.parametrize("sent_instead", [
    "text", None, 7, [], {name: "text" for name in (*FILES, CHECKSUMS)}, {1: b"x"}, {"run.json": b"x", 2: b"y"},
    {name: None for name in (*FILES, CHECKSUMS)}, {name: bytearray(b"x") for name in (*FILES, CHECKSUMS)},
    {name: b"[" * 100_000 for name in (*FILES, CHECKSUMS)}])
def test_what_is_no_files_is_refused(inbox, sent, sent_instead):
    with pytest.raises(Damaged):
        inbox.receive(sent[0], sent_instead)
    assert held(inbox) == {}


@pytest.mark.parametrize("address", ["", "../../elsewhere", "0" * 63, "G" * 64, None, 7, b"0" * 64])
def test_what_is_no_address_is_refused(inbox, sent, address):
    with pytest.raises(Damaged, match="expected the address of a run"):
        inbox.receive(address, sent[1])
    assert not inbox.root.exists()


def test_another_run_than_the_one_that_was_asked_for_is_refused(inbox, sent):
    with pytest.raises(Damaged, match=r"run\.json describes another run"):
        inbox.receive("0" * 64, sent[1])
    assert held(inbox) == {}


def test_a_run_that_is_there_by_now_stays_as_it_is(inbox, sent):
    address, files = sent
    inbox.run(CONFIG, SEEDS)
    before = held(inbox)
    about = files["run.json"].replace(b'"hardware": "', b'"hardware": "another ')
    sums = files[CHECKSUMS].replace(hashlib.sha256(files["run.json"]).hexdigest().encode(),
                                    hashlib.sha256(about).hexdigest().encode())
    inbox.receive(address, {**files, "run.json": about, CHECKSUMS: sums})
    assert held(inbox) == before


def test_a_damaged_run_in_its_place_is_set_aside_and_the_checkpoint_goes(inbox, sent):
    address, files = sent
    inbox.receive(address, files)
    (inbox.root / address / "history.json").write_bytes(b"[")
    checkpoint = inbox.checkpoint_path(address)
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"of a training that was interrupted here")
    with pytest.warns(StoreWarning, match="is damaged: history.json .* replaced by the one that arrived"):
        inbox.receive(address, files)
    kept = held(inbox)
    assert kept.pop(f"aside/{address}.1/history.json") == b"["
    assert {name: data for name, data in kept.items() if not name.startswith("aside/")} == {
        f"{address}/{name}": data for name, data in files.items()}


def test_only_intact_runs_are_packed(sent, tmp_path):
    address, _ = sent
    (tmp_path / "there" / address / "history.json").write_bytes(b"[")
    with pytest.raises(Damaged, match=r"history\.json does not have its checksum"):
        packed(tmp_path / "there", address)
    with pytest.raises(Damaged, match=r"checksums\.json is missing"):
        packed(tmp_path / "there", "0" * 64)
