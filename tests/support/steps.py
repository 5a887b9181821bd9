"""Counts what the project's own code does in a process: the lines that it runs, and the calls of each function.

Seconds depend on the machine and on what else it does; steps do not, and they grow as the work does.
As a program it runs Jupyter Book: steps.py FILE ARGUMENT ... leaves the counts of one command in a file.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any


class Steps:
    """Counts while it is entered.

    Args:
        packages: folders whose code is counted; the name of a function begins below the folder that holds its package.
    """

    def __init__(self, packages: Sequence[Path]):
        self.lines = 0
        self.calls: Counter[str] = Counter()
        self._packages = [package.resolve() for package in packages]
        self._names: dict[CodeType, str] = {}

    def __enter__(self) -> "Steps":
        sys.settrace(self._call)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)

    def write(self, path: Path) -> None:
        """Leave the counts in a file."""
        path.write_text(json.dumps({"lines": self.lines, "calls": self.calls}), "utf-8")

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        name = self._name(frame.f_code)
        if not name:
            return None
        self.calls[name] += 1
        return self._line

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.lines += event == "line"
        return self._line

    def _name(self, code: CodeType) -> str:
        """The function's module and name, such as `bookkit.pages.refresh.digest`; empty for other people's code."""
        if code not in self._names:
            path = Path(code.co_filename)
            path = path.resolve() if path.is_absolute() else path
            package = next((one for one in self._packages if path.is_relative_to(one)), None)
            module = ".".join(path.relative_to(package.parent).with_suffix("").parts) if package else ""
            self._names[code] = f"{module}.{code.co_qualname}" if module else ""
        return self._names[code]


def main(out: str, arguments: list[str]) -> int:
    """Run `jupyter-book` with these arguments, counted."""
    from jupyter_book.cli.main import main as jupyter_book

    import bookkit
    import evidence

    with Steps([Path(one.__file__).parent for one in (bookkit, evidence)]) as steps:
        try:
            jupyter_book(arguments, standalone_mode=False)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        finally:
            steps.write(Path(out))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
