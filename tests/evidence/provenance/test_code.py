"""The fingerprint of a reader's own modules: an edit is seen, but where many addresses are asked for in a row."""

import sys

from evidence.provenance.code import code_of, read_once


def test_an_edit_is_seen_but_within_what_is_read_once(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "edited_module", raising=False)
    path = tmp_path / "edited_module.py"
    path.write_text("rate = 1\n", "utf-8")
    import edited_module

    before = code_of([edited_module.__name__])
    with read_once():
        assert code_of(["edited_module"]) == before
        path.write_text("rate = 2\n", "utf-8")
        assert code_of(["edited_module"]) == before
        with read_once():
            assert code_of(["edited_module"]) != before
        assert code_of(["edited_module"]) == before
    assert code_of(["edited_module"]) != before
    path.write_text("rate = 1  # as it was\n", "utf-8")
    assert code_of(["edited_module"]) == before


def test_the_order_of_modules_and_their_number_say_nothing():
    names = ["evidence.config", "evidence.numbers"]
    assert code_of(names) == code_of(reversed(names)) == code_of([*names, *names]) != code_of(names[:1])
