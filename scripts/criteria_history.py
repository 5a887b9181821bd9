"""Read once from git which criteria stood in past commits, and write `records/criteria.json`.

Releases up to 0.2.0 hold no hashes of criteria. This looks at the code of every commit before HEAD, asks its ledger for
the criteria, and keeps for each release, and for HEAD, the first commit in which the same criterion stood. From then on
`deref criteria` and `make release` add to the file.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from evidence.claims.standing import FILE, Stand, dumps

ROOT = Path(__file__).resolve().parent.parent
RELEASES = ("0.1.0", "0.2.0")
ASK = """
import hashlib, json
try:
    from deref.ledger import ledger
except ImportError:
    from deref.claims import ledger
print(json.dumps({one.id: hashlib.sha256(one.criterion_text.encode()).hexdigest()[:16] for one in ledger()}))
"""


def git(*arguments: str) -> str:
    """What a command of git writes."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def criteria(commit: str) -> dict[str, str]:
    """The hashes of criteria in a commit's code, by claim; none where its code cannot be imported."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit, "code"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "x"], cwd=folder, input=archive, check=True)
        done = subprocess.run([sys.executable, "-c", ASK], cwd=folder, check=False, capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(Path(folder, "code"))})
    return json.loads(done.stdout) if done.returncode == 0 else {}


def main() -> None:
    """Write the file."""
    commits = [line.split() for line in git("log", "--format=%ct %cs %H %T", "HEAD").splitlines()]
    commits.sort(key=lambda parts: int(parts[0]))
    first: dict[tuple[str, str], tuple[str, str]] = {}
    known: dict[str, dict[str, str]] = {}
    for number, (_, day, commit, _) in enumerate(commits, 1):
        tree = git("ls-tree", commit, "code")
        if not tree:
            continue
        if tree not in known:
            known[tree] = criteria(commit)
            print(f"{number} of {len(commits)}: {commit[:7]}, {len(known[tree])} claims", file=sys.stderr)
        for item in known[tree].items():
            first.setdefault(item, (commit, day))
    stood: dict[str, list[Stand]] = {}
    builds = {version: json.loads((ROOT / "records" / version / "claims.json").read_text("utf-8"))["build"]["commit"]
              for version in RELEASES}
    for version, commit in (*builds.items(), ("", "HEAD")):
        for claim, criterion in known[git("ls-tree", commit, "code")].items():
            stands = stood.setdefault(claim, [])
            if not stands or stands[-1].criterion != criterion:
                commit_of, day = first[claim, criterion]
                stands.append(Stand(criterion=criterion, commit=commit_of, date=day, release=version or None))
    (ROOT / "records" / FILE).write_text(dumps(stood), "utf-8")


if __name__ == "__main__":
    main()
