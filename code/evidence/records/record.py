"""The record of one result: what travels from an executed cell to a page, a file and a citation.

A record is data and nothing else, so that pages can be written, and a stranger's download read, without torch.
Its hash is computed from its content whenever it is asked for: a `Record` cannot carry a wrong one, and reading a file
whose hash does not match its content is refused.

Records of releases 0.1.0 and 0.2.0 have an older form: they list configurations, addresses and the seeds of all runs
side by side, and name no function. They are read, and written again as they were, and their hash is that of their own
form, which leaves out what they are called and how they are written (see `evidence.records.content`).
"""

import dataclasses
import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence.numbers import is_int, is_number
from evidence.reading import parse_json, read_bytes
from evidence.records.content import FORM, form_of, sha256_of, together
from evidence.records.format import apply

VERSIONS = ("python", "torch", "numpy", "deref")
BUILD = ("commit", "clean", "hardware", "threads", "wall_s")
EXACT = "exact"
"""Further key of the build of an exact record: its "settings" and "weights", see `evidence.results.provenance`."""

ID = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def check_id(text: Any) -> str:
    """Return an id unchanged if it is lower case and dotted, such as "flip.large-32.addressed".

    Raises:
        ValueError: anything else.
    """
    if not isinstance(text, str) or not ID.fullmatch(text):
        raise ValueError(f"expected an id of lower-case letters, digits, dots and hyphens, got {text!r}")
    return text


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunUsed:
    """A trained run that a result was computed from.

    Args:
        address: in the run store.
        config: its full configuration, as `evidence.config.to_json` writes it.
        seeds: of its ensemble, in order; None in a record of the older form, which does not say.

    Raises:
        ValueError: a field that is not as described above.
    """

    address: str
    config: dict[str, Any]
    seeds: tuple[int, ...] | None

    def __post_init__(self) -> None:
        if not isinstance(self.address, str):
            raise ValueError(f"expected the address of a run to be text, got {self.address!r}")
        if not isinstance(self.config, dict) or "type" not in self.config:
            raise ValueError(f'expected the configuration of a run to be an object with a "type", got {self.config!r}')
        if self.seeds is not None and not (isinstance(self.seeds, tuple) and all(map(is_int, self.seeds))):
            raise ValueError(f"expected the seeds of a run to be integers, got {self.seeds!r}")

    @classmethod
    def from_json(cls, data: Any) -> "RunUsed":
        """Read one entry of `runs` in a record's JSON.

        Raises:
            ValueError: other fields, or malformed ones.
        """
        if not isinstance(data, Mapping) or set(data) != {"address", "config", "seeds"}:
            raise ValueError(f"expected a run to be an object with address, config and seeds, got {data!r}")
        seeds = data["seeds"]
        return cls(address=data["address"], config=data["config"],
                   seeds=tuple(seeds) if isinstance(seeds, list) else seeds)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """One executed number with everything needed to cite it and to compute it again.

    Args:
        id: lower case and dotted, stable for ever.
        title: what the number is, in one phrase.
        value: an int or a finite float.
        ci: the two ends of the 95% interval, low before high, or None where the method gives none.
        method: how value and interval were computed.
        unit: shown after the number; empty for percentages and plain counts.
        format: Python format specification for the value and the ends of the interval, such as ".1%" or "d".
        n: how many units of inference the estimate rests on; None where nothing was sampled.
        n_of: what those units are, in the plural ("seeds").
        runs: the trained runs, in the order in which the function first asked for them.
        module: the module that defines the function which computed it; None in the older form.
        function: the qualified name of that function in its module; None in the older form.
        code: fingerprint of the code that the result's function can reach.
        versions: of python, torch, numpy and deref.
        build: commit, whether the tree was clean, hardware, threads, wall_s, and for what was computed exactly also
            "exact"; the only field that is not part of the hash.
        pooled: in the older form the seeds of all runs together, sorted; else None.

    Raises:
        ValueError: a field that is not as described above; the message names the id and the field.
    """

    id: str
    title: str
    value: int | float
    ci: tuple[int | float, int | float] | None
    method: str
    unit: str
    format: str
    n: int | None
    n_of: str
    runs: tuple[RunUsed, ...]
    code: str
    versions: dict[str, str]
    build: dict[str, Any]
    module: str | None = None
    function: str | None = None
    pooled: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        check_id(self.id)
        for name in ("title", "method", "unit", "format", "n_of", "code"):
            self._expect(isinstance(getattr(self, name), str), name, "text")
        self._expect(self.title.strip(), "title", "a phrase")
        self._expect(is_number(self.value), "value", "a finite number")
        if self.ci is not None:
            self._expect(isinstance(self.ci, tuple) and len(self.ci) == 2 and all(map(is_number, self.ci))
                         and self.ci[0] <= self.ci[1], "ci", "two finite numbers, low before high, or nothing")
        self._expect(self.n is None or (is_int(self.n) and self.n >= 0), "n", "a count or nothing")
        self._expect(isinstance(self.runs, tuple) and all(isinstance(run, RunUsed) for run in self.runs), "runs", "runs")
        self._expect(self.pooled is None or (isinstance(self.pooled, tuple) and all(map(is_int, self.pooled))), "pooled",
                     "integers")
        for name in ("module", "function"):
            named = getattr(self, name)
            self._expect(named is None if self.older else isinstance(named, str) and named, name,
                         "no name in a record of the older form" if self.older else "a name")
        self._expect(all((run.seeds is None) == self.older for run in self.runs), "runs",
                     "without seeds of their own" if self.older else "runs with their seeds")
        self._expect(FINGERPRINT.fullmatch(self.code), "code", "64 hexadecimal digits")
        self._expect(isinstance(self.versions, dict) and set(self.versions) == set(VERSIONS)
                     and all(isinstance(v, str) for v in self.versions.values()), "versions",
                     f"the versions of {', '.join(VERSIONS)}")
        self._expect(isinstance(self.build, dict) and set(self.build) - {EXACT} == set(BUILD), "build",
                     f"an object with {', '.join(BUILD)}")
        try:
            for number in (self.value, *(self.ci or ())):
                apply(self.format, number)
        except ValueError as error:
            raise ValueError(f"result {self.id!r}: {error}") from None

    def _expect(self, holds: Any, field: str, what: str) -> None:
        if not holds:
            raise ValueError(f"result {self.id!r}: expected {field!r} to be {what}, got {getattr(self, field)!r}")

    @property
    def older(self) -> bool:
        """Whether it has the form of releases 0.1.0 and 0.2.0."""
        return self.pooled is not None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of all runs, each once, sorted."""
        return self.pooled if self.pooled is not None else together(run.seeds or () for run in self.runs)

    @property
    def configs(self) -> tuple[dict[str, Any], ...]:
        """The configurations of the runs."""
        return tuple(run.config for run in self.runs)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the runs in the run store."""
        return tuple(run.address for run in self.runs)

    @functools.cached_property
    def sha256(self) -> str:
        """Hash of what the result is (not of where it was built), as hexadecimal digits."""
        if self.older:
            return sha256_of({**vars(self), "seeds": self.seeds, "configs": self.configs})
        return sha256_of({**vars(self), "form": FORM, "runs": tuple(map(vars, self.runs))})

    def to_json(self) -> dict[str, Any]:
        """The record as JSON-able data, hash included; lists are new, so editing them leaves the record alone."""
        data = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        data["runs"] = list(map(vars, self.runs))
        pooled = data.pop("pooled")
        if pooled is not None:
            data |= {"seeds": pooled, "configs": self.configs, "runs": self.addresses}
            del data["module"], data["function"]
        else:
            data["form"] = FORM
        return {**json.loads(json.dumps(data, allow_nan=False)), "sha256": self.sha256}

    def dumps(self) -> str:
        """The text of a record file: the same bytes for the same record."""
        return json.dumps(self.to_json(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, data: Any) -> "Record":
        """Read what `to_json` wrote.

        Raises:
            ValueError: fields that are missing, unknown or malformed, or a hash that is not that of the content.
        """
        if not isinstance(data, Mapping):
            raise ValueError(f"expected a record to be a JSON object, got {type(data).__name__}")
        older = form_of(data) == 1 and "module" not in data
        expected = {f.name for f in dataclasses.fields(cls)} - {"pooled"} | {"form", "sha256"}
        if older:
            expected = expected - {"form", "module", "function"} | {"seeds", "configs"}
        if set(data) != expected:
            missing, unknown = sorted(expected - set(data)), sorted(set(data) - expected)
            raise ValueError(f"record {data.get('id')!r}: " + "; ".join(
                [f"expected also the fields {missing}"] * bool(missing)
                + [f"got the unknown fields {unknown}"] * bool(unknown)))
        # JSON has lists for tuples; the lists inside configurations stay as they are.
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
                                  if k not in ("form", "sha256")}
        if not older:
            if not isinstance(data["runs"], (list, tuple)):
                raise ValueError(f"record {data['id']!r}: expected a list of runs, got {data['runs']!r}")
            fields["runs"] = tuple(map(RunUsed.from_json, data["runs"]))
        record = cls(**(_of_older(fields) if older else fields))
        try:
            sealed = record.sha256 == data["sha256"]
        except RecursionError:
            raise ValueError(f"record {record.id!r}: expected configurations, got data that is nested too deeply"
                             ) from None
        if not sealed:
            raise ValueError(f"record {record.id!r}: expected its content to have the hash {data['sha256']}, "
                             f"got {record.sha256}: the record was changed after it was published")
        return record

    @classmethod
    def read(cls, path: str | Path) -> "Record":
        """Read a record file.

        Raises:
            ValueError: the file is not JSON, or not a valid record.
            OSError: it is no regular file, or cannot be read.
        """
        try:
            data = parse_json(read_bytes(Path(path)))
        except ValueError as error:
            raise ValueError(f"expected {path} to hold a record as JSON: {error}") from None
        return cls.from_json(data)


def _of_older(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a record in the older form as today's."""
    runs, configs, seeds = (fields[name] for name in ("runs", "configs", "seeds"))
    if not isinstance(runs, tuple) or not isinstance(configs, tuple) or len(runs) != len(configs):
        raise ValueError(f"record {fields['id']!r}: expected a configuration for each address, got {configs!r} for "
                         f"{runs!r}")
    made = (RunUsed(address=address, config=config, seeds=None) for address, config in zip(runs, configs, strict=True))
    kept = {name: value for name, value in fields.items() if name not in ("configs", "seeds")}
    return kept | {"runs": tuple(made), "pooled": seeds}
