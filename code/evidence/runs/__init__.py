"""The run store: trained runs kept under the hash of everything they depend on.

`Store.run` gives a run back, from disk if it is there and intact, else by training it. `entry` documents the files.
"""

from evidence.files import StoreError, StoreWarning
from evidence.runs.run import Run
from evidence.runs.store import Store, default_store, using

__all__ = ["Run", "Store", "StoreError", "StoreWarning", "default_store", "using"]
