"""Counts what the project's own code does in a process: the lines that it runs, and the calls of each function.

Seconds depend on the machine and on what else it does; steps do not, and they grow as the work does.
As a program it runs Jupyter Book: steps.py FILE ARGUMENT ... leaves the counts of one command in a file.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
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
        self._modules: dict[str, str] = {}

    def __enter__(self) -> "Steps":
        sys.settrace(self._call)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)

    def write(self, path: Path) -> None:
        """Leave the counts in a file."""
        path.write_text(json.dumps({"lines": self.lines, "calls": self.calls}), "utf-8")

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        path = code.co_filename  # whose hash is kept with it, while that of code is made anew at every look
        if path not in self._modules:
            self._modules[path] = self._module(path)
        if not self._modules[path]:
            return None
        self.calls[f"{self._modules[path]}.{code.co_qualname}"] += 1
        return self._line

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.lines += event == "line"
        return self._line

    def _module(self, name: str) -> str:
        """The module of a file of ours, such as `bookkit.pages.refresh`; empty for other people's code."""
        path = Path(name)
        path = path.resolve() if path.is_absolute() else path
        package = next((one for one in self._packages if path.is_relative_to(one)), None)
        return ".".join(path.relative_to(package.parent).with_suffix("").parts) if package else ""


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
