"""A run that stops in the middle until it is let on, and two that do not."""

from quadratic import Quadratic, Waits

from deref.experiment import experiment

experiment("toy-waits", config=Waits(), seeds=(3, 1), about="It waits halfway.")
experiment("toy-quick", config=Quadratic(steps=12), seeds=(0,), about="It is over at once.")
experiment("toy-brief", config=Quadratic(steps=13), seeds=(0,), about="It is over at once, too.")
