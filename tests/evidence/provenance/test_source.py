"""The import closure and its fingerprint, on small source roots written for each case."""

import pytest

from evidence.provenance.source import closure, digest, fingerprint, imports_of, module_map

DOOR = '_EXPORTS = {"Pointer": "pkg.tasks.pointer", "show": "pkg.results"}\n\n\ndef __getattr__(name): ...\n'


@pytest.fixture
def root(tmp_path):
    """A package with a front door, a nested front door, and modules that import each other in various ways."""
    write(tmp_path, {
        "pkg/__init__.py": DOOR,
        "pkg/tasks/__init__.py": "",
        "pkg/tasks/pointer.py": "from ..base import helper\nimport numpy\n",
        "pkg/tasks/hop.py": "def late():\n    from pkg import other\n",
        "pkg/base.py": "",
        "pkg/other.py": "",
        "pkg/results/__init__.py": '_EXPORTS = {"show": "pkg.results.show"}\n',
        "pkg/results/show.py": "",
    })
    return tmp_path


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def closed(root, source):
    return closure(imports_of(source), root)


def test_modules_are_found_by_their_dotted_names(root):
    write(root, {".hidden/x.py": "", "pkg.egg-info/y.py": ""})
    assert {name: module.package for name, module in module_map(root).items()} == {
        "pkg": True, "pkg.base": False, "pkg.other": False, "pkg.results": True, "pkg.results.show": False,
        "pkg.tasks": True, "pkg.tasks.hop": False, "pkg.tasks.pointer": False}


@pytest.mark.parametrize("source", [
    "import pkg.tasks.pointer",
    "import pkg.tasks.pointer as p\np.something",
    "from pkg.tasks import pointer",
    "from pkg.tasks.pointer import oracle",
    "from pkg import Pointer",
    "from pkg import Pointer as P\nP(M=8)",
    "import pkg\npkg.Pointer(M=8)",
    "import pkg as p\np.Pointer.sample",
    "import importlib\nimportlib.import_module('pkg.tasks.pointer')",
    "def f():\n    from pkg import Pointer",
    "try:\n    from pkg import Pointer\nexcept ImportError:\n    pass",
])
def test_an_import_depends_on_the_module_its_parents_and_what_it_imports(root, source):
    assert closed(root, source) == ("pkg", "pkg.base", "pkg.tasks", "pkg.tasks.pointer")


def test_imports_inside_functions_of_modules_count(root):
    assert closed(root, "import pkg.tasks.hop") == ("pkg", "pkg.other", "pkg.tasks", "pkg.tasks.hop")


def test_a_front_door_behind_a_front_door_is_followed(root):
    assert closed(root, "from pkg import show") == ("pkg", "pkg.results", "pkg.results.show")


def test_importing_a_front_door_alone_depends_on_it_alone(root):
    assert closed(root, "import pkg") == ("pkg",)


@pytest.mark.parametrize("source", ["from pkg import *", "import pkg\ngetattr(pkg, name)"])
def test_any_other_use_of_a_front_door_depends_on_all_it_exports(root, source):
    assert closed(root, source) == ("pkg", "pkg.base", "pkg.results", "pkg.results.show", "pkg.tasks",
                                    "pkg.tasks.pointer")


def test_imports_for_type_checkers_are_passed_over(root):
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pkg.other\nelse:\n    import pkg.base\n"
    assert closed(root, source) == ("pkg", "pkg.base")


def test_names_outside_the_root_and_unknown_ones_are_passed_over(root):
    assert closed(root, "import numpy, torch.nn\nfrom pkg import Missing") == ("pkg",)


def test_modules_that_import_each_other_and_tables_that_turn_in_circles_end(root):
    write(root, {"a.py": "import b", "b.py": "import a", "door/__init__.py": '_EXPORTS = {"x": "door"}\n'})
    assert closed(root, "import a") == ("a", "b")
    assert closed(root, "from door import x") == ("door",)


@pytest.mark.parametrize(("source", "module", "package", "expected"), [
    ("from . import x", "a.b", False, {"a", "a.x"}),
    ("from . import x", "a.b", True, {"a.b", "a.b.x"}),
    ("from ..c import x", "a.b.d", False, {"a.c", "a.c.x"}),
    ("import_module('.c')", "a.b", False, {"a.c"}),
    ("import a.b", "", False, {"a.b"}),
])
def test_relative_imports_are_resolved_against_the_module(source, module, package, expected):
    assert set(imports_of(source, module, package)) == expected


def test_a_module_that_is_not_python_is_named(root):
    write(root, {"pkg/base.py": "def ("})
    with pytest.raises(SyntaxError) as caught:
        closure(["pkg.tasks.pointer"], root)
    assert caught.value.filename == str(root / "pkg" / "base.py")


SOURCE = 'def f(x):\n    return x + 1\n\n\nclass A:\n    y = "text"\n'


@pytest.mark.parametrize("same", [
    "# a comment\n" + SOURCE,
    '"""About this module."""\n' + SOURCE,
    SOURCE.replace("(x):\n", '(x):\n    """Adds one."""\n'),
    SOURCE.replace("class A:\n", 'class A:\n    """A class."""\n\n'),
    SOURCE.replace("x + 1", "(x   +   1)  # really"),
    SOURCE + '_EXPORTS = {"A": "elsewhere"}\n',
    "if TYPE_CHECKING:\n    import x\n" + SOURCE,
])
def test_what_changes_no_behaviour_changes_no_digest(same):
    assert digest(same) == digest(SOURCE)


@pytest.mark.parametrize("other", [
    SOURCE.replace("x + 1", "x + 2"),
    SOURCE.replace("x + 1", "x + 1.0"),
    SOURCE.replace('"text"', '"other text"'),
    SOURCE.replace("f(x)", "g(x)"),
    SOURCE + "z = 1\n",
])
def test_what_changes_behaviour_changes_the_digest(other):
    assert digest(other) != digest(SOURCE)


def test_a_fingerprint_sees_edits_renames_and_no_order(root):
    before = fingerprint(["pkg.base", "pkg.other"], root)
    assert fingerprint(["pkg.other", "pkg.base", "pkg.base"], root) == before
    assert fingerprint(["pkg.base"], root) != before
    write(root, {"pkg/renamed.py": ""})
    assert fingerprint(["pkg.base", "pkg.renamed"], root) != before
    write(root, {"pkg/other.py": "# only a comment\n"})
    assert fingerprint(["pkg.base", "pkg.other"], root) == before
    write(root, {"pkg/other.py": "x = 1\n"})
    assert fingerprint(["pkg.base", "pkg.other"], root) != before
    write(root, {"pkg/other.py": ""})
    assert fingerprint(["pkg.base", "pkg.other"], root) == before


def test_every_python_that_the_project_runs_on_gives_the_same_digest():
    """Otherwise runs trained under one would have other addresses under the next."""
    said = ('class Cell(list):\n    def read(self, *, at: int = 0) -> "list":\n'
            '        return [self[at], f"{at:>{len(self)}}"]\n')
    assert digest(said) == "5af04888ffd3ca1601537a043877a0f8aace9c13c006f00923b29b7bcdf71724"


def test_a_fingerprint_of_an_unknown_module_is_refused(root):
    with pytest.raises(ValueError, match=r"expected a module under .*, got 'pkg\.nothing'"):
        fingerprint(["pkg.nothing"], root)
