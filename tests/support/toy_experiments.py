"""Experiments that take milliseconds."""

from quadratic import Quadratic

from deref.experiment import experiment

experiment("toy-fast", config=Quadratic(steps=10), seeds=(0, 1), about="It takes no time.")
experiment("toy-slow", config=Quadratic(steps=300), seeds=(0, 1, 2), about="It takes a moment.")
experiment("toy-twin", config=Quadratic(steps=300), seeds=(0, 1, 2), about="It is the run of toy-slow.")
