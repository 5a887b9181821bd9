"""Software Heritage identifiers of a folder of files: the hashes that git gives the same content."""

import hashlib
from collections.abc import Mapping
from typing import Any

_FILE, _FOLDER = b"100644", b"40000"


def of_files(files: Mapping[str, bytes]) -> str:
    """The identifier of a folder.

    Args:
        files: content by path from the folder, with slashes; none is executable.

    Returns:
        Such as "swh:1:dir:" and 40 hexadecimal digits.
    """
    tree: dict[str, Any] = {}
    for path, content in files.items():
        *folders, name = path.split("/")
        inside = tree
        for folder in folders:
            inside = inside.setdefault(folder, {})
        inside[name] = content
    return f"swh:1:dir:{_tree(tree).hex()}"


def of_content(content: bytes) -> str:
    """The identifier of a file by what is in it."""
    return f"swh:1:cnt:{_hashed(b'blob', content).hex()}"


def _tree(tree: Mapping[str, Any]) -> bytes:
    entries = []
    for name, inside in tree.items():
        folder = isinstance(inside, Mapping)
        found = _tree(inside) if folder else _hashed(b"blob", inside)
        # git sorts folders as if their names ended in a slash
        mode = _FOLDER if folder else _FILE
        entries.append((name.encode() + b"/" * folder, mode + b" " + name.encode() + b"\0" + found))
    return _hashed(b"tree", b"".join(entry for _, entry in sorted(entries)))


def _hashed(kind: bytes, content: bytes) -> bytes:
    return hashlib.sha1(kind + b" " + str(len(content)).encode() + b"\0" + content, usedforsecurity=False).digest()
