"""A replication: what one more run of the whole book found, with other seeds or on another machine, without models.

Files come from whoever made one, so reading is strict: what is not as described here is refused with one line that says
what was expected and where. Ids that this book does not know are no error: the file may be of another version.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evidence import compressed
from evidence.numbers import is_int, is_number
from evidence.reading import check_regular
from evidence.records.content import canonical, rounded, rounded_ends
from evidence.records.record import FINGERPRINT, ID, VERSIONS, Record

FORMAT = 1
LIMIT = 4_000_000
"""Bytes that a file may have, before it is compressed; one of this book has a twentieth."""
MANY, LONG, LARGE = 20_000, 4_000, 1e300
MACHINE = ("processor", "cores", "device", "system")
VERDICT = ("verdict", "conditions", "criterion")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
_SHORT = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,60}")


@dataclass(frozen=True, kw_only=True)
class Value:
    """A result as a replication found it.

    Args:
        value: the number.
        ci: the two ends of its 95% interval, or None.
        n: units of inference, or None where nothing was sampled.
        recipe: what was run for it, apart from the seeds (see `recipe_of`).
    """

    value: int | float
    ci: tuple[int | float, int | float] | None
    n: int | None
    recipe: str

    @classmethod
    def of(cls, record: Record) -> "Value":
        """What of a record a replication keeps; twelve significant digits."""
        return cls(value=rounded(record.value), ci=rounded_ends(record.ci), n=record.n, recipe=recipe_of(record))

    def as_record(self, record: Record) -> Record | None:
        """This value in place of a record's, or None where the two are not the same thing to measure.

        Args:
            record: of the same id, from the build that asks.
        """
        if self.recipe != recipe_of(record):
            return None
        try:
            return replace(record, value=self.value, ci=self.ci, n=self.n)
        except ValueError:  # a number that the record's format cannot write
            return None


@dataclass(frozen=True, kw_only=True)
class Replication:
    """The values and verdicts of one more run.

    Args:
        offset: what was added to every seed; 0 in a build on another machine.
        exact: whether it was computed with settings that give the same bits on every processor.
        created: when, UTC, ISO 8601.
        machine: processor (or GPU) that trained, its cores (None if unknown), class of device, operating system.
        versions: of python, torch, numpy and deref.
        code: one fingerprint for the code of all results.
        values: of results, by id.
        verdicts: on claims, by id, as judged then: verdict, conditions, and a hash of the criterion.
        not_run: results, or whole modules of results, that the machine could not have, with the reason.
        failed: results whose function ended with an error, with the error.
    """

    offset: int
    exact: bool
    created: str
    machine: dict[str, Any]
    versions: dict[str, str]
    code: str
    values: dict[str, Value]
    verdicts: dict[str, dict[str, str]]
    not_run: dict[str, str]
    failed: dict[str, str]

    @property
    def name(self) -> str:
        """The name of its file, without suffix: version, processor, offset."""
        kind = "-exact" if self.exact else ""
        return f"{self.versions['deref']}-{slug_of(self.machine['processor'])}-{self.offset}{kind}"

    def dumps(self) -> str:
        """The text of its file: a line for each value, so that two files can be compared."""
        data: dict[str, Any] = {"format": FORMAT, **asdict(self)}
        lines = []
        for key, held in data.items():
            if key in ("values", "verdicts", "not_run", "failed"):
                rows = [f"  {_compact(name)}: {_compact(one)}" for name, one in sorted(held.items())]
                text = "{\n" + ",\n".join(rows) + "\n }" if rows else "{}"
            else:
                text = _compact(held)
            lines.append(f" {_compact(key)}: {text}")
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all; it is compressed if its name ends in .xz."""
        compressed.write(path, self.dumps().encode())

    @classmethod
    def read(cls, path: str | Path) -> "Replication":
        """Read a file, which is compressed if its name ends in .xz.

        Raises:
            ValueError: it is too large, not JSON, or not a replication; one line says what was expected.
            OSError: it cannot be read.
        """
        path = Path(path)
        check_regular(path)
        try:
            with compressed.opened(path) as file:
                data = file.read(LIMIT + 1)  # and no more, whatever a small file would become
            return cls.loads(data)
        except compressed.DAMAGED as error:
            raise ValueError(f"{path.name}: expected a file compressed by xz, got: {error}") from None
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from None

    @classmethod
    def loads(cls, data: bytes) -> "Replication":
        """Read the content of a file.

        Raises:
            ValueError: as for `read`.
        """
        _expect(len(data) <= LIMIT, "the file", f"at most {LIMIT:,} bytes", f"{len(data):,} or more")
        try:
            found = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant)
        except RecursionError:
            raise ValueError("expected a replication as JSON, got one nested without end") from None
        except ValueError as error:
            raise ValueError(f"expected a replication as JSON: {error}") from None
        return cls.from_json(found)

    @classmethod
    def from_json(cls, data: Any) -> "Replication":
        """Read what `dumps` wrote, once it is parsed.

        Raises:
            ValueError: anything that is not as described above.
        """
        _fields(data, "the file", ("format", *cls.__dataclass_fields__))
        _expect(data["format"] == FORMAT and is_int(data["format"]), "format", f"{FORMAT}", data["format"])
        _expect(is_int(data["offset"]) and 0 <= data["offset"] < 2**31, "offset", "a whole number of at least 0",
                data["offset"])
        _expect(isinstance(data["exact"], bool), "exact", "true or false", data["exact"])
        _expect(isinstance(data["created"], str) and _DATE.fullmatch(data["created"]), "created",
                "a time such as 2026-01-31T12:00:00+00:00", data["created"])
        _fields(data["machine"], "machine", MACHINE)
        for key in ("processor", "system"):
            _text(data["machine"][key], f"machine.{key}", 200)
        cores, device = data["machine"]["cores"], data["machine"]["device"]
        _expect(cores is None or (is_int(cores) and 1 <= cores < 10**6), "machine.cores", "a count or null", cores)
        _expect(device in ("cpu", "cuda"), "machine.device", "cpu or cuda", device)
        _fields(data["versions"], "versions", VERSIONS)
        for key, version in data["versions"].items():
            _expect(isinstance(version, str) and _VERSION.fullmatch(version), f"versions.{key}", "a version", version)
        _expect(isinstance(data["code"], str) and FINGERPRINT.fullmatch(data["code"]), "code",
                "64 hexadecimal digits", data["code"])
        values = _table(data["values"], "values", ID, _value)
        _expect(values, "values", "results, at least one", "none")
        return cls(values=values, verdicts=_table(data["verdicts"], "verdicts", ID, _verdict),
                   not_run=_table(data["not_run"], "not_run", _NAME, _reason),
                   failed=_table(data["failed"], "failed", _NAME, _reason),
                   **{key: data[key] for key in ("offset", "exact", "created", "machine", "versions", "code")})


def recipe_of(record: Record) -> str:
    """What a result's runs were, apart from which seeds: configurations and how many seeds, as sixteen digits.

    Two records of one recipe measure the same thing, and equally well.
    """
    return short_hash(canonical({"configs": record.configs, "seeds": len(record.seeds)}))


def short_hash(text: str) -> str:
    """Sixteen hexadecimal digits of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def slug_of(processor: str) -> str:
    """A processor's name as a part of a file name: "Intel(R) Xeon(R) Processor @ 2.80GHz" is intel-xeon-2-80ghz."""
    plain = re.sub(r"\((?:r|tm)\)|\b(?:cpu|processor|with)\b", " ", processor.lower())
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "unknown"


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _expect(holds: Any, where: str, what: str, got: Any) -> None:
    if not holds:
        raise ValueError(f"expected {where} to be {what}, got {str(got)[:80]!r}")


def _fields(data: Any, where: str, names: tuple[str, ...]) -> None:
    _expect(isinstance(data, Mapping), where, "an object", type(data).__name__)
    _expect(set(data) == set(names), where, f"an object with {', '.join(names)}",
            ", ".join(sorted(set(data) ^ set(names))) + " missing or unknown")


def _text(data: Any, where: str, most: int, empty: bool = False) -> str:
    _expect(isinstance(data, str) and (empty or data.strip()) and len(data) <= most and data.isprintable(), where,
            f"one line of text, at most {most} characters", data)
    return data


def _number(data: Any, where: str) -> int | float:
    _expect(is_number(data) and -LARGE <= data <= LARGE, where, "a finite number", data)
    return data


def _table(data: Any, where: str, name: re.Pattern[str], read: Callable[[Any, str], Any]) -> dict[str, Any]:
    _expect(isinstance(data, Mapping) and len(data) <= MANY, where, f"an object of at most {MANY:,} names",
            len(data) if isinstance(data, Mapping) else type(data).__name__)
    for key in data:
        _expect(len(key) <= 200 and name.fullmatch(key), f"a name in {where}", "an id", key)
    return {key: read(one, f"{where}.{key}") for key, one in data.items()}


def _value(data: Any, where: str) -> Value:
    _fields(data, where, tuple(Value.__dataclass_fields__))
    value, ci, n = _number(data["value"], f"{where}.value"), data["ci"], data["n"]
    if ci is not None:
        _expect(isinstance(ci, list) and len(ci) == 2, f"{where}.ci", "two numbers or null", ci)
        ci = _number(ci[0], f"{where}.ci"), _number(ci[1], f"{where}.ci")
        _expect(ci[0] <= ci[1], f"{where}.ci", "low before high", list(ci))
    _expect(n is None or (is_int(n) and 1 <= n < 10**9), f"{where}.n", "a count or null", n)
    _expect(isinstance(data["recipe"], str) and _SHORT.fullmatch(data["recipe"]), f"{where}.recipe",
            "16 hexadecimal digits", data["recipe"])
    return Value(value=value, ci=ci, n=n, recipe=data["recipe"])


def _verdict(data: Any, where: str) -> dict[str, str]:
    _fields(data, where, VERDICT)
    _text(data["verdict"], f"{where}.verdict", 40)
    _text(data["conditions"], f"{where}.conditions", LONG, empty=True)
    _expect(isinstance(data["criterion"], str) and _SHORT.fullmatch(data["criterion"]), f"{where}.criterion",
            "16 hexadecimal digits", data["criterion"])
    return dict(data)


def _reason(data: Any, where: str) -> str:
    return _text(data, where, LONG)

