"""The type checker, held to a number: the errors that each package still has are counted, and may only become fewer."""

import argparse
import json
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT = ROOT / "scripts" / "type_errors.json"


def errors() -> list[dict]:
    """What the checker finds, as GitLab's reports have it.

    Raises:
        SystemExit: the checker is not installed, or does not run.
    """
    checker = Path(sysconfig.get_path("scripts")) / "ty"
    if not checker.exists():
        raise SystemExit("deref: expected the type checker beside this Python, found none; install it with: make env")
    ran = subprocess.run([checker, "check", "--exit-zero", "--no-progress", "--output-format", "gitlab"], cwd=ROOT,
                         capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"deref: the type checker failed: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


def package(error: dict) -> str:
    """The package that an error is in."""
    return error["location"]["path"].split("/")[1]


def compare(found: Counter[str], left: dict[str, int]) -> list[str]:
    """What to say of packages whose errors are not as many as the file says; empty where all is as it should be."""
    said = []
    for name in sorted(left.keys() | found.keys()):
        now, before = found[name], left.get(name, 0)
        if now > before:
            said.append(f"deref: expected at most {before} type errors in {name}, found {now}; "
                        f"the lines are listed by: ty check code/{name}")
        elif now < before:
            said.append(f"deref: {name} has {now} type errors now, and the file allows {before}; "
                        f"write the new number with: .venv/bin/python scripts/typecheck.py --write")
    return said


def main(arguments: list[str] | None = None) -> int:
    """Compare the errors with the committed numbers, or write lower ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the numbers, where none of them is higher")
    write = parser.parse_args(arguments).write
    found, left = Counter(package(one) for one in errors()), json.loads(LEFT.read_text("utf-8"))
    said = compare(found, left)
    if write and not any(found[name] > left.get(name, 0) for name in found):
        LEFT.write_text(json.dumps({name: found[name] for name in sorted(left)}, indent=2) + "\n", "utf-8")
        said = []
    print("\n".join(said) or f"type errors left: {', '.join(f'{name} {found[name]}' for name in sorted(left))}",
          file=sys.stderr if said else sys.stdout)
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
