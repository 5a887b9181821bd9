"""Faults in a store of runs: damaged and wrong files, processes that die, folders of somebody else."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import torch
from campaign import NEIGHBOURS, kind
from quadratic import Quadratic
from safetensors.torch import load, save

from evidence.runs import Store, StoreError
from evidence.runs.checkpoint import _checksum
from evidence.runs.entry import CHECKSUMS, FILES, Damaged
from evidence.runs.inbox import Inbox, packed
from evidence.runs.inventory import items, prune

CONFIG, SEEDS = Quadratic(steps=6), (0, 1)
HEX = "0123456789abcdef" * 4
JUNK = {
    "empty": b"", "a NUL": b"\0", "garbage": bytes(range(256)), "deep JSON": b"[" * 100_000, "digits": b"9" * 5000,
    "null": b"null", "list": b"[]", "object": b"{}", "text": b'"text"', "NaN": b"NaN", "not UTF-8": b"\xff\xfe",
}


def reached(path: Path, how: str) -> None:
    """Put something that is no file in a file's place."""
    path.unlink()
    {"pipe": lambda: os.mkfifo(path), "folder": path.mkdir, "link to nowhere": lambda: path.symlink_to("nowhere"),
     "link to itself": lambda: path.symlink_to(path.name), "endless": lambda: path.symlink_to("/dev/zero"),
     "missing": lambda: None}[how]()


def flipped(path: Path, part: float) -> None:
    """Flip a bit."""
    data = bytearray(path.read_bytes())
    data[int(part * (len(data) - 1))] ^= 1
    path.write_bytes(data)


def cut(path: Path, part: float) -> None:
    """Cut a file off."""
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])


WAYS = {
    **{f"bit flipped at {part / 8:.0%}": (flipped, part / 8) for part in range(9)},
    **{f"cut off at {part / 6:.0%}": (cut, part / 6) for part in range(6)},
    **{name: (lambda path, data: path.write_bytes(data), data) for name, data in JUNK.items()},
    **{how: (reached, how) for how in ("pipe", "folder", "link to nowhere", "link to itself", "endless", "missing")},
}


@cache
def expected() -> torch.Tensor:
    """What training makes where nothing goes wrong."""
    trainer = CONFIG.trainer(SEEDS)
    trainer.step_many(CONFIG.steps)
    return trainer.model.x.detach()


def holds(root: Path) -> None:
    """Make sure that a store gives the right run, and keeps it."""
    for _ in range(2):
        run = Store(root, device="cpu", checkpoint_every_s=0).run(CONFIG, SEEDS)
        assert torch.equal(run.model.x, expected())
        assert len(run.history) == CONFIG.steps


@kind("damaged entries", "a run whose files are damaged is set aside, and trained again to the same weights",
      {f"{name}: {way}": (name, *WAYS[way]) for name in (*FILES, CHECKSUMS) for way in WAYS})
def damaged_entry(folder, name, change, how):
    run = Store(folder, device="cpu").run(CONFIG, SEEDS)
    change(run.path / name, how)
    holds(folder)


@kind("damaged checkpoints", "a checkpoint that is damaged is set aside, and training starts anew", {
    way: WAYS[way] for way in WAYS})
def damaged_checkpoint(folder, change, how):
    store = interrupted(folder)
    change(store.checkpoint_path(store.address(CONFIG, SEEDS)), how)
    holds(folder)


class Stop(Exception):
    """The end of a process, as far as a store can see."""


def interrupted(folder: Path) -> Store:
    """A store with a checkpoint of a training that was interrupted."""
    def stop(report):
        if report.step == 4:
            raise Stop

    store = Store(folder, device="cpu", checkpoint_every_s=0)
    try:
        store.run(CONFIG, SEEDS, progress=stop)
    except Stop:
        return store
    raise AssertionError("it was not interrupted")


ODD = {"null": None, "true": True, "text": "text", "minus one": -1, "half": 0.5, "2^70": 2**70, "empty list": [],
       "empty object": {}, "nested": [[[]]], "object": {"a": 1}}


@kind("odd checkpoints", "a checkpoint with right checksums and odd content is set aside", {
    f"{key}: {name}": (key, odd) for key in ("state", "wall_s", "address", "history") for name, odd in ODD.items()
    if (key, name) not in (("wall_s", "half"), ("history", "empty list"))})
def odd_checkpoint(folder, key, odd):
    from safetensors import safe_open

    store = interrupted(folder)
    path = store.checkpoint_path(store.address(CONFIG, SEEDS))
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["about"])
    (about["state"] if key == "history" else about)[key] = odd
    tensors = load(path.read_bytes())
    path.write_bytes(save(tensors, {"about": json.dumps(about), "sha256": _checksum(json.dumps(about), tensors)}))
    holds(folder)
    assert len(list((folder / "aside").iterdir())) == 1


def resummed(path: Path) -> None:
    """Make the checksums fit the files."""
    sums = {name: hashlib.sha256((path / name).read_bytes()).hexdigest() for name in FILES}
    (path / CHECKSUMS).write_text(json.dumps(sums))


FACTS = ("wall_s", "created", "hardware", "versions", "device", "threads", "code", "seeds", "config", "format", "torch")


@kind("odd facts", "a run with right checksums and odd facts is set aside", {
    f"{key}: {name}": (key, odd) for key in FACTS for name, odd in ODD.items()
    if (key, name) not in (("wall_s", "half"), ("hardware", "text"))})
def odd_facts(folder, key, odd):
    path = Store(folder, device="cpu").run(CONFIG, SEEDS).path
    about = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**about, key: odd}))
    resummed(path)
    holds(folder)
    assert len(list((folder / "aside").iterdir())) == 1


TYPES = ("float16", "bfloat16", "float64", "int8", "int64", "bool", "uint8", "complex64")


@kind("odd weights", "weights with right checksums that no training leaves behind are set aside", {
    **{name: (lambda x, name=name: x.to(getattr(torch, name)),) for name in TYPES},
    **{f"{value} at {place}": (lambda x, value=value, place=place: x.view(-1).index_fill(
        0, torch.tensor(place), float(value)).view(x.shape),) for value in ("nan", "inf", "-inf") for place in (0, 5)},
    "another shape": (lambda x: x[:1],), "transposed": (lambda x: x.T.contiguous(),), "empty": (lambda x: x[:, :0],)})
def odd_weights(folder, change):
    path = Store(folder, device="cpu").run(CONFIG, SEEDS).path
    tensors = load((path / "weights.safetensors").read_bytes())
    (path / "weights.safetensors").write_bytes(save({name: change(tensor) for name, tensor in tensors.items()}))
    resummed(path)
    holds(folder)
    assert len(list((folder / "aside").iterdir())) == 1


@kind("odd curves", "curves with right checksums that no training leaves behind are set aside", {
    name: (text,) for name, text in {
        **{one: data for one, data in JUNK.items() if one not in ("list", "empty", "a NUL", "garbage", "not UTF-8")},
        "NaN inside": b"[NaN]", "infinite": b"[1e999]", "text inside": b'["0.5"]', "2^70": b"[1180591620717411303424]",
        "null inside": b"[null]", "true inside": b"[true]", "two documents": b"[] []"}.items()})
def odd_curves(folder, data):
    path = Store(folder, device="cpu").run(CONFIG, SEEDS).path
    (path / "history.json").write_bytes(data)
    resummed(path)
    holds(folder)
    assert len(list((folder / "aside").iterdir())) == 1


@kind("arrivals", "what arrives is a run, or refused with the store as it was", {
    **{f"{name}: {way}": (name, data) for name in (*FILES, CHECKSUMS) for way, data in
       {**JUNK, "str": "text", "None": None, "bytearray": bytearray(b"{}")}.items()},
    "another name": ("../../elsewhere", b"x")})
def arrival(folder, name, data):
    there, here = Store(folder / "there", device="cpu"), Inbox(folder / "here", device="cpu")
    address = there.run(CONFIG, SEEDS).address
    try:
        here.receive(address, {**packed(there.root, address), name: data})
    except Damaged:
        assert not items(here.root)
    else:
        raise AssertionError("it was taken in")


NAMES = ("work/thesis.tex", "work/sub/data.json", "checkpoints/game.sav", f"checkpoints/{HEX}", "aside/notes.txt",
         f"aside/{HEX}.1/keep.txt", f"work/{HEX}/chapter.tex", f"{HEX}/photo.jpg", HEX, "x" * 64, "locks/door.lock",
         f"work/{HEX}/sub/any.txt", f"{HEX[::-1]}/run.json/inside", "run.json", "weights/mine.gguf", f"{HEX.upper()}/a",
         f"aside/{HEX}.1/weights.safetensors/inside", f"checkpoints/{HEX}.safetensors/inside")


@kind("somebody's folder", "nothing is deleted that a store did not write", {
    f"{name}{', a store too' * store}{', linked' * link}": (name, store, link)
    for name in NAMES for store in (False, True) for link in (False, True)})
def somebodys_folder(folder, name, store, link):
    root = folder / "home"
    kept = root / name
    if link:
        (folder / "elsewhere").mkdir()
        (folder / "elsewhere" / "file").write_text("mine")
        kept.parent.mkdir(parents=True)
        kept.symlink_to(folder / "elsewhere")
    else:
        kept.parent.mkdir(parents=True)
        kept.write_text("mine")
    if store:
        Store(root, device="cpu").run(CONFIG, SEEDS)
    try:
        gone = prune(root, ())
        assert store and len(gone) == 1
    except StoreError:
        assert not store
    assert (kept / "file" if link else kept).read_text() == "mine"


@kind("in the way", "what stands in the way of a store is named in one line, and stays", {
    f"{name}: {what}": (name, what) for name in ("", "locks", "work", "checkpoints", f"locks/{HEX}", "deref-store.json")
    for what in ("file", "link to nowhere", "pipe", "folder")})
def in_the_way(folder, name, what):
    store = Store(folder / "runs", device="cpu", checkpoint_every_s=0)
    path = store.root / name.replace(HEX, f"{store.address(CONFIG, SEEDS)}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    {"file": lambda: path.write_text(""), "link to nowhere": lambda: path.symlink_to("/nowhere/at/all"),
     "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[what]()
    try:
        run = store.run(CONFIG, SEEDS)
    except StoreError as error:
        assert "\n" not in str(error) and str(store.root) in str(error)
        assert os.path.lexists(path)
    else:
        assert torch.equal(run.model.x, expected())


KILLED = """
import sys
from quadratic import Quadratic
from evidence.runs import Store
print("begun", flush=True)
Store(sys.argv[1], device="cpu", checkpoint_every_s=0).run(Quadratic(steps=400), (0, 1))
"""


@kind("kills", "a training that is killed at any time goes on to the same weights", {
    f"after {0.02 * number:.2f} s": (0.02 * number, number % 3) for number in range(30)}, patience_s=300)
def killed(folder, seconds, times):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, NEIGHBOURS))}
    for _ in range(1 + times):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], env=env, stdout=subprocess.PIPE)
        process.stdout.readline()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    config = Quadratic(steps=400)
    run, trainer = Store(folder, device="cpu").run(config, SEEDS), config.trainer(SEEDS)
    trainer.step_many(400)
    assert torch.equal(run.model.x, trainer.model.x)
    assert run.history == trainer.history


RACING = """
import sys
from pathlib import Path
from quadratic import Quadratic
from evidence.runs import Store
from evidence.runs.inventory import prune
for number in range(40):
    if sys.argv[2] == "prune":
        prune(Path(sys.argv[1]), ())
    else:
        Store(sys.argv[1], device="cpu", checkpoint_every_s=0).run(Quadratic(steps=2), (number % 4,))
"""


@kind("races", "processes that train and prune in one store at once raise nothing", {
    " and ".join(roles) + f", {number}": (roles,) for number in range(3) for roles in (
        ("prune", "prune"), ("prune", "prune", "train"), ("train", "train"), ("prune", "train", "train"))},
      patience_s=300)
def race(folder, roles):
    Store(folder, device="cpu").run(CONFIG, SEEDS)
    for number in range(100):
        path = folder / "aside" / f"{number:064x}.1"
        path.mkdir(parents=True)
        (path / "run.json").write_text("x")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, NEIGHBOURS))}
    racing = [subprocess.Popen([sys.executable, "-c", RACING, str(folder), role], env=env, text=True,
                               stderr=subprocess.PIPE) for role in roles]
    assert [one.communicate()[1] for one in racing] == [""] * len(roles)
    holds(folder)


@kind("full disks", "what cannot be written leaves everything as it was", {
    f"the {number}th flush: {name}": (number, name) for number in range(8) for name in ("store", "record")})
def full_disk(folder, number, name):
    from evidence import files

    flushes, real = [number], os.fsync

    def flush(descriptor):
        flushes[0] -= 1
        if flushes[0] < 0:
            raise OSError(28, "No space left on device")
        real(descriptor)

    files.os.fsync = flush
    try:
        if name == "record":
            (folder / "record.json").write_text("old")
            files.write_file(folder / "record.json", b"new")
        else:
            Store(folder, device="cpu", checkpoint_every_s=0).run(CONFIG, SEEDS)
    except (StoreError, OSError) as error:
        assert "No space left" in str(error)
    finally:
        files.os.fsync = real
    if name == "record":
        # The last flush is of the folder's names, when the new record is there already.
        assert (folder / "record.json").read_text() == ("new" if number > 0 else "old")
        assert len(list(folder.iterdir())) == 1
    else:
        holds(folder)


@kind("copies", "a run under another's name is not believed", {
    f"seeds {seeds}, {steps} steps": (seeds, steps) for seeds in ((0, 2), (1, 0), (0,), (0, 1, 2)) for steps in (6, 7)})
def copied(folder, seeds, steps):
    store = Store(folder, device="cpu")
    other = store.run(Quadratic(steps=steps), seeds)
    shutil.copytree(other.path, folder / store.address(CONFIG, SEEDS))
    holds(folder)


