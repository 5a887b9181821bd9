"""Experiments that go wrong, and one that does not."""

from quadratic import Dies, Fails, Quadratic

from deref.experiment import experiment

experiment("toy-fails", config=Fails(), seeds=(0,), about="Its training raises an error.")
experiment("toy-dies", config=Dies(), seeds=(0,), about="Its process is killed.")
experiment("toy-fine", config=Quadratic(steps=11), seeds=(0,), about="It is trained after the others.")
