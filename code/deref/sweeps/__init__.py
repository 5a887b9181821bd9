"""Sweeps: what costs more than a build may, computed once by one command and kept as a released record."""

from deref.sweeps.record import SweepRecord, record_path
from deref.sweeps.registry import Sweep, get, load_all, names, sweep

__all__ = ["Sweep", "SweepRecord", "get", "load_all", "names", "record_path", "sweep"]
