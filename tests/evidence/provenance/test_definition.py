"""Where functions are written: found by their qualified names, in text that is never run."""

import textwrap

import pytest

from evidence.provenance.definition import definition

MODULE = '''
"""A module that must not be imported."""

raise SystemExit

@decorated(
    "with lines")
def plain():
    return 1


class Kind:
    def method(self):
        return 2


if True:
    def outer():
        def inner():
            return 3
        return inner
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "some.py").write_text(MODULE)
    (tmp_path / "pack" / "broken.py").write_text("def broken(:\n")
    return tmp_path


@pytest.mark.parametrize(("name", "first", "last"), [
    ("plain", 6, 9), ("Kind.method", 13, 14), ("outer", 18, 21), ("outer.<locals>.inner", 19, 20),
])
def test_a_function_is_found_with_its_decorators(root, name, first, last):
    found = definition("pack.some", name, root)
    assert (found.path, found.first, found.last, found.lines) == (root / "pack" / "some.py", first, last,
                                                                  last - first + 1)
    assert found.text == textwrap.dedent("\n".join(MODULE.split("\n")[first - 1:last]))


@pytest.mark.parametrize(("module", "name"), [
    ("pack.some", "Kind"), ("pack.some", "inner"), ("pack.gone", "plain"), ("pack.broken", "broken"), ("os", "getcwd"),
])
def test_what_is_not_there_is_none(root, module, name):
    assert definition(module, name, root) is None


def test_an_edit_is_seen(root):
    path = root / "pack" / "some.py"
    path.write_text("\n" + path.read_text())
    assert definition("pack.some", "plain", root).first == 7
