"""Results of which one rests on something that no machine has."""

from evidence.results import exact, result
from evidence.unavailable import Absent


@result("absent.here", title="A number that is there", format="d")
def here(store):
    return exact(3, "counted")


@result("absent.gone", title="A number that is not", format="d")
def gone(store):
    raise Absent("there is no network")
