"""Results of runs that take milliseconds."""

from quadratic import Quadratic

from deref.experiment import experiment
from evidence.results import Estimate, exact, mean_t, result

toy = experiment("toy-results", config=Quadratic(steps=4), seeds=(2, 0, 5), about="It takes no time.")


@result("toy.mean", title="Mean of the first coordinate", format=".3f")
def mean(store):
    return mean_t(toy.run(store).model.x[:, 0].numpy())


@result("toy.gap", title="A gap between two trainings", format=".3f", unit="units")
def gap(store):
    longer = store.run(Quadratic(steps=9), (0, 1))
    short = toy.run(store)
    return Estimate((longer.model.x.mean() - short.model.x.mean()).abs(), None, "difference of means", 2, "trainings")


@result("toy.six", title="Six by nine", format="d")
def six(store):
    return exact(42, "counted")


@result("toy.endless", title="No number", format="d")
def endless(store):
    return exact(float("inf"), "counted")
