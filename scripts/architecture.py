"""The picture in ARCHITECTURE.md: which folder of code uses which, drawn from the imports.

An arrow leads from what is used to what uses it, so results flow along the arrows, from tasks to pages. Arrows that
longer ways replace are left out.
"""

import re
import sys
from pathlib import Path

from evidence.provenance.source import CODE, imports_of, module_map

PAPER = Path(__file__).parents[1] / "ARCHITECTURE.md"
PACKAGES = {"deref": "deref: the science", "evidence": "evidence: runs, results, claims",
            "bookkit": "bookkit: the pages"}
PICTURE = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


def room(module: str) -> str:
    """The folder or the top module that a module belongs to, such as "deref.probes"."""
    return ".".join(module.split(".")[:2])


def uses() -> dict[str, set[str]]:
    """Which rooms the modules of each room import."""
    modules = module_map(CODE)
    used: dict[str, set[str]] = {room(name): set() for name in modules if "." in name and not name.endswith("__main__")}
    for name, module in modules.items():
        if room(name) not in used:
            continue  # a front door, which loads its names lazily, or a program's entry
        for imported in imports_of(module.path.read_text("utf-8"), name, module.package):
            if (other := room(imported)) in used and other != room(name):
                used[room(name)].add(other)
    return used


def between_folders(used: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same for folders alone: what a folder uses through single modules, such as `deref.experiment`, it uses."""
    def behind(name: str) -> set[str]:
        return {name} if _is_folder(name) else set().union(*map(behind, used[name]))

    return {name: set().union(*map(behind, others)) - {name} for name, others in used.items() if _is_folder(name)}


def _is_folder(name: str) -> bool:
    return (CODE / name.replace(".", "/")).is_dir()


def reduced(used: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same without what longer ways say: if a uses b and b uses c, that a uses c needs no arrow.

    Raises:
        ValueError: some rooms use each other in a circle.
    """
    def reach(name: str, behind: frozenset[str] = frozenset()) -> frozenset[str]:
        if name in behind:
            raise ValueError(f"expected imports one way, got a circle through {', '.join(sorted(behind))}")
        return frozenset().union(*({other} | reach(other, behind | {name}) for other in used[name]))

    for name in used:
        reach(name)
    return {name: {other for other in others if not any(other in reach(between) for between in others - {other})}
            for name, others in used.items()}


def picture() -> str:
    """The picture, as a block of Mermaid, the same whenever the imports are."""
    arrows = reduced(between_folders(uses()))
    lines = ["```mermaid", "flowchart LR"]
    for package, title in PACKAGES.items():
        lines.append(f'  subgraph {package}_["{title}"]')
        lines += [f"    {name}[{name.partition('.')[2]}]" for name in sorted(arrows) if room(name).startswith(package)]
        lines.append("  end")
    lines += [f"  {other} --> {name}" for name in sorted(arrows) for other in sorted(arrows[name])]
    return "\n".join([*lines, "```", ""])


def main() -> None:
    """Draw the picture anew."""
    PAPER.write_text(PICTURE.sub(lambda _: picture(), PAPER.read_text("utf-8"), count=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
