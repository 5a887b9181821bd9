"""Configurations as data: frozen dataclasses that go to JSON and back without running any code.

A configuration names everything a run depends on, so it is hashed, stored beside the weights, printed on result pages
and read back from files that strangers hand us. Reading therefore only ever builds classes that registered themselves
here; a JSON file cannot name a module to import.
"""

import dataclasses
import difflib
import json
from typing import Any, dataclass_transform

_REGISTRY: dict[str, type] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def config(cls: type) -> type:
    """Make a class a frozen, keyword-only dataclass that JSON can name.

    Args:
        cls: the class; its field values must be JSON scalars, tuples of them, or other configurations.

    Returns:
        The dataclass, registered under its class name.

    Raises:
        ValueError: another class already registered that name.
    """
    made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
    known = _REGISTRY.setdefault(made.__name__, made)
    if (known.__module__, known.__qualname__) != (made.__module__, made.__qualname__):
        raise ValueError(f"expected one configuration class a name, got two called {made.__name__!r}: "
                         f"in {known.__module__} and in {made.__module__}")
    _REGISTRY[made.__name__] = made
    return made


def is_config(value: Any) -> bool:
    """Whether a value is an instance of a registered configuration class."""
    return type(value) is _REGISTRY.get(type(value).__name__)


def to_json(value: Any) -> Any:
    """Turn a configuration into JSON-able data; the class name is kept under "type".

    Raises:
        ValueError: a field holds something that is not a configuration, scalar, tuple or None.
    """
    if is_config(value):
        fields = {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise ValueError(f"expected a configuration, a scalar, a tuple or None, got {type(value).__name__}: {value!r}")


def from_json(data: Any) -> Any:
    """Build the configuration that `to_json` wrote.

    The module that defines the class must have been imported: data cannot cause an import.

    Raises:
        ValueError: an unknown type, or fields that the class does not have or that are missing.
    """
    if isinstance(data, list):
        return tuple(from_json(v) for v in data)
    if not isinstance(data, dict):
        return data
    if "type" not in data:
        raise ValueError(f'expected an object with a "type", got the keys {sorted(data)}')
    name = data["type"]
    if name not in _REGISTRY:
        near = difflib.get_close_matches(str(name), _REGISTRY, n=3)
        raise ValueError(f"expected a known configuration type, got {name!r}"
                         + (f"; the nearest are {', '.join(near)}" if near else ""))
    cls = _REGISTRY[name]
    given = {k: from_json(v) for k, v in data.items() if k != "type"}
    expected = {f.name for f in dataclasses.fields(cls)}
    if set(given) - expected:
        raise ValueError(f"expected {name} to have the fields {sorted(expected)}, "
                         f"got also {sorted(set(given) - expected)}")
    try:
        return cls(**given)
    except TypeError as error:
        raise ValueError(f"expected every field of {name}: {error}") from None


def canonical(value: Any) -> str:
    """One string for one configuration: sorted JSON without spaces, fit for hashing."""
    return json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def modules_of(value: Any) -> tuple[str, ...]:
    """The modules that define the classes of a configuration and of everything in it, sorted."""
    found: set[str] = set()

    def visit(v: Any) -> None:
        if is_config(v):
            found.add(type(v).__module__)
            for f in dataclasses.fields(v):
                visit(getattr(v, f.name))
        elif isinstance(v, (list, tuple)):
            for item in v:
                visit(item)

    visit(value)
    return tuple(sorted(found))
