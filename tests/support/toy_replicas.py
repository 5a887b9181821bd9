"""Results of toy runs that go wrong in the ways that other seeds or another machine can make them go wrong."""

import os
import signal

from quadratic import Quadratic

from deref.experiment import experiment
from evidence.results import exact, mean_t, result
from evidence.runs import default_store
from evidence.unavailable import Absent

first = experiment("toy-first", config=Quadratic(steps=4), seeds=(2, 0, 5), about="It takes no time.")


@result("toy.first", title="Mean of the first coordinate", format=".3f")
def mean(store):
    return mean_t(first.run(store).model.x[:, 0].numpy())


@result("toy.first.own", title="The same from the process's own store", format=".3f")
def own(store):
    return mean_t(first.run(default_store()).model.x[:, 0].numpy())


@result("toy.first.absent", title="What no machine has", format="d")
def absent(store):
    raise Absent("no network")


@result("toy.first.low", title="A result that is there for low seeds alone", format="d")
def low(store):
    seeds = first.run(store).seeds
    if min(seeds) > 0:
        raise ValueError("no seed solves it")
    return exact(len(seeds), "counted")


@result("toy.first.killed", title="A result whose process is killed while a file says so", format="d")
def killed(store):
    if (store.root.parent / "kill").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return exact(1, "counted")


