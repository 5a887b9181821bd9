"""What a machine cannot have is left out of a page, which says so, and fails nothing."""

import toy_absent
from IPython.testing.globalipapp import start_ipython
from IPython.utils.capture import capture_output

from evidence.results.figure import show
from evidence.results.publish import publish
from evidence.unavailable import Absent

WHY = {"why": "there is no network", "again": True}


def shown(call):
    start_ipython()
    with capture_output() as captured:
        returned = call()
    return returned, [(one.data["text/plain"], one.metadata) for one in captured.outputs]


def test_a_result_that_cannot_be_had_is_named_with_its_reason_and_the_others_are_published():
    assert toy_absent.here(None).value == 3
    published, outputs = shown(lambda: publish("absent.gone", "absent.here"))
    assert [record.id for record in published.records] == ["absent.here"]
    (text, metadata), (said, absent) = outputs
    assert text.startswith("absent.here = 3") and "book.result" in metadata
    assert said == "Not in this build: there is no network."
    assert absent == {"book.absent": {"ids": ["absent.gone"], **WHY}}


def test_a_figure_that_cannot_be_had_is_named_with_its_reason():
    drawn, outputs = shown(lambda: show("fig.gone", Absent("it is switched off", again=False), {}))
    assert drawn.files == {}
    assert outputs == [("Not in this build: it is switched off.",
                        {"book.absent": {"ids": ["fig.gone"], "why": "it is switched off", "again": False}})]
