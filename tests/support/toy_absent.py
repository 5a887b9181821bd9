"""Results of which one rests on something that no machine has."""

from deref.absent import Absent
from deref.results import exact, result


@result("absent.here", title="A number that is there", format="d")
def here(store):
    return exact(3, "counted")


@result("absent.gone", title="A number that is not", format="d")
def gone(store):
    raise Absent("there is no network")
