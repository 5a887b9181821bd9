"""What git says about the folder that this project is in; nothing where there is no git or no repository."""

import subprocess
from pathlib import Path


def git(root: Path, *arguments: str) -> str | None:
    """What a command of git writes, without white space around it; None where it cannot answer."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def commit(root: Path) -> tuple[str | None, bool | None]:
    """The commit that is checked out, and whether nothing was changed since; None outside a repository."""
    found = git(root, "rev-parse", "HEAD")
    return (found, not git(root, "status", "--porcelain")) if found else (None, None)
