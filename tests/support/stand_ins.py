"""What followers of the page "Rebuild and extend" do otherwise than it says, each with the reason; nothing else."""

from pathlib import Path

import recipes
from follower import Follower, StandIn, Trim
from small_copy import PROJECT, SmallCopy

TEXT = PROJECT / "book" / "rebuild.md"
PAGE = recipes.read(TEXT)
CROSSING, SIX = "code/deref/sections/ch06/crossing/crossing.py", "code/deref/sections/ch06/six/six.py"
SIX_CLAIMS = "code/deref/sections/ch06/six/claims.py"
DEPTH, PHASE = "code/deref/sections/ch06/depth/depth.py", "code/deref/sections/ch06/depth/phase_sweep.py"

STAND_INS = (
    StandIn("tar xzf", "cd .. && tar xzf", "whoever follows the page is in the project's folder from the beginning"),
    StandIn("/path/to/python3.13", "{folder}/path/to/python3.13", "there is no interpreter, so one is put there"),
    StandIn("https://download.pytorch.org/whl/cpu", "file://{folder}/whl/cpu", "tests use no network"),
    StandIn("DEREF_STORE=/path", "DEREF_STORE={folder}/path", "not everybody may write there"),
    StandIn("BOOK_URL=https://…", "BOOK_URL=https://book.example/deref", "an ellipsis is no address"),
    StandIn("--offset 2000", "--offset 2000 --section six --out records/replications/six.json.xz",
            "everything takes as long as a build"),
    StandIn("dask scheduler", "dask scheduler --host 127.0.0.1 --port 0 --no-dashboard",
            "the usual port may be taken, and other machines have no business here"),
    StandIn("tcp://10.0.0.1:8786", "{scheduler}", "there is no such machine; the scheduler says where it is"),
    StandIn("--nthreads", "--host 127.0.0.1 --no-dashboard --nthreads", "other machines have no business here"),
)
TRIMS = (
    Trim(SIX, "steps=400, batch=16, lr=3e-3, warmup=100", "steps=20, batch=16, lr=3e-3, warmup=2", "a while, in all"),
    Trim(SIX_CLAIMS, "expected=SUPPORTED", "expected='refuted'", "a training that learns"),
    Trim(CROSSING, "steps=600, batch=16, lr=5e-3, warmup=50", "steps=20, batch=16, lr=5e-3, warmup=2", "a minute"),
    Trim("book/ch06/crossing.md", "{r}`ladder.8.known-1`", "most", "a whole section, which publishes the number"),
    Trim("book/ch06/crossing.md", "= ladder.8.known-1`", "= 68.75%`", "a whole section, which publishes the number"),
    Trim(DEPTH, "steps=4_000, batch=6, lr=3e-3, warmup=100", "steps=20, batch=6, lr=3e-3, warmup=2", "minutes a point"),
    Trim(PHASE, "(8, 16, 24, 32), (8, 16, 32, 64, 128, 256)", "(4,), (4,)", "an hour of sizes"),
    Trim(PHASE, "(1, 2, 3, 4), (1, 2, 4), (1, 2, 4)", "(1,), (1,), (1,)", "an hour of shapes"),
)


def small_copy(path: Path, **options: list[str] | bool) -> SmallCopy:
    """A small copy of the project, in which what would take minutes is trimmed.

    Args:
        path: of the copy.
        **options: those of `SmallCopy`.
    """
    made = SmallCopy(path, **options)
    for trim in TRIMS:
        if (path / trim.path).exists():
            made.edit(trim.path, trim.said, trim.typed)
    return made


def following(copy: SmallCopy) -> Follower:
    """Somebody who follows the page in a copy."""
    return Follower(copy, PAGE, STAND_INS, TRIMS)
