"""Faults in files that others hand us: records, replications, weights of a language model, and paths."""

import copy
import json
import os
import struct
from pathlib import Path

from campaign import kind
from made_up import record
from quadratic import Quadratic

from deref.lm.gguf_file import read_file
from evidence.config import to_json
from evidence.cores import usable_cores
from evidence.paths import from_outside
from evidence.records import Record
from evidence.records.content import FORM, HASHED, sha256_of
from evidence.records.format import apply
from evidence.records.replication import Replication
from evidence.results.replay import LIMIT, growth

ODD = {"null": None, "true": True, "text": "text", "7": 7, "-1": -1, "0.5": 0.5, "1e308": 1e308, "2^70": 2**70,
       "10^400": 10**400, "[]": [], "{}": {}, "[[]]": [[]], "[null]": [None], "[text]": ["a"], "[type]": [{"type": 7}],
       "NUL": "\0", "markup": "<script>alert(1)</script>", "surrogate": "\ud800", "long": "é" * 10_000}
WHOLE = record("toy.a", 0.5).to_json()


@kind("fields of records", "a record with an odd field is refused by a ValueError, or is whole", {
    f"{name}: {odd}": (name, odd) for name in WHOLE for odd in (*ODD, "missing")})
def field(folder, name, odd):
    data = copy.deepcopy(WHOLE)
    if odd == "missing":
        del data[name]
    else:
        data[name] = ODD[odd]
    try:
        if name not in ("form", "sha256") and set(HASHED[FORM]) <= set(data):
            data["sha256"] = sha256_of(data)
        found = Record.from_json(data)
        (folder / "record.json").write_bytes(found.dumps().encode())
    except ValueError:
        return
    assert Record.read(folder / "record.json") == found


FILES = {"empty": b"", "NUL": b"\0", "deep": b"[" * 100_000, "deep objects": b'{"a":' * 100_000, "digits": b"9" * 5000,
         "NaN": b"NaN", "not UTF-8": b"\xff", "null": b"null", "two": b"{} {}", "mark": b"\xef\xbb\xbf{}"}


@kind("files of records", "a file that is no record or no replication is refused at once", {
    f"{what}: {name}": (what, name) for what in ("record", "replication")
    for name in (*FILES, "pipe", "endless", "folder", "link to itself")})
def file(folder, what, name):
    path = folder / "file.json"
    if name in FILES:
        path.write_bytes(FILES[name])
    else:
        {"pipe": lambda: os.mkfifo(path), "endless": lambda: path.symlink_to("/dev/zero"), "folder": path.mkdir,
         "link to itself": lambda: path.symlink_to("file.json")}[name]()
    try:
        (Record if what == "record" else Replication).read(path)
    except (ValueError, OSError):
        return
    raise AssertionError("it was read")


@kind("formats", "a format that nobody reads is refused at once", {
    spec: (spec,) for spec in (".1000000000f", "1000000000", "0>999999999", ".999999999%", ",.123456789f", "٩٩٩٩٩٩d",
                               "9" * 5000, "{}", "!r", "s", "\0", "c", "n" * 1000)})
def odd_format(folder, spec):
    for number in (0.5, 10**400, -1, 1e308):
        try:
            assert len(apply(spec, number)) < 1000
        except ValueError:
            continue


NOW = to_json(Quadratic())


@kind("work", "a record that asks for more work than anybody waits for is known by its numbers", {
    f"{key}: {size}": (key, size) for key in ("steps", "size", "seeds", "new")
    for size in (10**7, 10**15, 10**400, 1e15)})
def work(folder, key, size):
    assert growth({**NOW, key: size}, NOW) > LIMIT
    assert growth({**NOW, "inner": {"type": "x", key: [1, size]}}, NOW) > LIMIT


def text(word: bytes) -> bytes:
    return struct.pack("<Q", len(word)) + word


HEADER = b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + text(b"tokens") + struct.pack("<IIQ", 9, 8, 2) + 2 * text(b"ab") \
    + text(b"size") + struct.pack("<II", 4, 7) + text(b"w") + struct.pack("<IQIQ", 1, 4, 0, 0) + b"\0" * 64


@kind("weights of a language model", "a header that cannot be true is refused at once", {
    **{f"cut off at byte {end}": (HEADER[:end],) for end in range(0, len(HEADER), 3)},
    **{f"2^{bits} at byte {at}": (HEADER[:at] + struct.pack("<Q", 2**bits) + HEADER[at + 8:],)
       for at in range(8, len(HEADER) - 64, 4) for bits in (20, 40, 63)}})
def header(folder, data):
    (folder / "model.gguf").write_bytes(data)
    try:
        read_file(folder / "model.gguf")
    except ValueError:
        return
    raise AssertionError("it was read")


@kind("quotas", "odd limits of processor time leave at least one core and no error", {
    f"{name}: {text!r:.30}": (name, text) for name in ("cpu.max", "cpu/cpu.cfs_quota_us", "own")
    for text in ("", "max", "max 100000", "-1", "0", "0 0", "1 1000000", "100000", "a b", "9" * 30, "\0", "1e5 100000",
                 "200000 100000 300000", "0::/../..\n", "0::/\n", "::::\n", "1:cpu:/a/b/c\n")})
def quota(folder, name, text):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    if name.startswith("cpu/"):
        (folder / "cpu/cpu.cfs_period_us").write_text("100000")
    assert usable_cores(folder, folder / "own") >= 1


@kind("paths", "a path from outside is absolute, or refused", {
    repr(text): (text,) for text in ("", "~", "~/a", "a/~/b", ".", "..", "/", "//a", "a\0b", "~nobody-of-this-name",
                                     "é", "a b", "a\nb", "~root/a", "\udcff")})
def path(folder, text):
    try:
        found = from_outside(text)
    except ValueError:
        return
    assert found.is_absolute() and from_outside(str(found)) == found and Path(found) == found
    assert not json.dumps(str(found)).startswith('"~')
