"""The experiments: runs with a name, each declared once, in one module for each section of the book."""

from deref.experiments.registry import Experiment, experiment, get, load_all, names

__all__ = ["Experiment", "experiment", "get", "load_all", "names"]
