"""A package with a lazy front door."""

_EXPORTS = {"halve": "mini.numbers", "say": "mini.words"}


def __getattr__(name):
    from importlib import import_module

    if name not in _EXPORTS:
        raise AttributeError(name)
    return getattr(import_module(_EXPORTS[name]), name)
