"""An experiment that nobody waits for."""

from quadratic import Quadratic

from deref.experiment import experiment

experiment("toy-endless", config=Quadratic(steps=10**9), seeds=(0,), about="It does not end.")
