"""The benchmarks, printed as ratios of things timed in the same run: `run.py [NAME ...]`, all of them by default.

They inform and never fail: how fast something is depends on the machine, and a test of it would pass or fail by luck.
"""

import argparse
import importlib
import platform
import sys
from pathlib import Path

import torch

NAMES = ("throughput", "step", "ensemble", "solve", "probes", "train", "exact", "vendor", "releases", "book")


def main() -> None:
    """Run the benchmarks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(NAMES)}")
    names = parser.parse_args().names
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"expected names among {', '.join(NAMES)}, got {', '.join(unknown)}")
    # Where the plain loops are that the probes' tests compare with.
    sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))
    # As the book trains: one thread a process. Ratios over one thread also depend least on the machine.
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {platform.machine()}, one thread", flush=True)
    for name in names or NAMES:
        module = importlib.import_module(name)
        print(f"\n{module.__doc__}", flush=True)
        for row in module.measure():
            print(f"  {row.what:<52} {row.value}" + (f"   [{row.goal}]" if row.goal else ""), flush=True)


if __name__ == "__main__":
    main()
