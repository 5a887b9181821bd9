"""What the text of cells and modules says that it reads."""

import pytest

from bookkit.execution import named_files
from bookkit.execution.cells import Cell


def cell(source):
    return Cell(source=source, line=1, loaded="")


@pytest.mark.parametrize("source", [
    "os.environ['A']", "os.environ.get('A', '0')", "environ['A']", "os.getenv('A')", "getenv('A')", "'A' in os.environ",
    "'A' not in environ", "os.environ.pop('A')", "os.environ['A'] = '1'", "def f():\n    return os.environ['A']"])
def test_variables_are_found(source):
    assert named_files.variables([cell(source)]) == {"A"}


@pytest.mark.parametrize("source", [
    "os.environ[name]", "dict(os.environ)", "'A' in other", "get('A')", "'os.environ'", "("])
def test_what_names_no_variable(source):
    assert named_files.variables([cell(source)]) == set()


@pytest.mark.parametrize("source", [
    "open(Path(__file__).parent / 'data' / 'a.csv')", "Path(__file__).resolve().parent / 'data/a.csv'",
    "os.path.join(os.path.dirname(__file__), 'data', 'a.csv')", "Path(__file__).with_name('data/a.csv')",
    "Path(__file__).parent.joinpath('data', 'a.csv')", "os.path.dirname(os.path.abspath(__file__)) + '/data/a.csv'"])
def test_data_beside_a_module_are_found(tmp_path, source):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    (tmp_path / "module.py").write_text(source)
    found = named_files.data_of(tmp_path / "module.py")
    assert {path.resolve() for path in found.values()} == {tmp_path / "data" / "a.csv"}


def test_modules_and_what_lies_elsewhere_are_no_data_of_a_module(tmp_path):
    (tmp_path / "module.py").write_text("'module.py', '/etc/hostname', 'nowhere.csv', '', '\\0', '.'")
    assert named_files.data_of(tmp_path / "module.py") == {}


def test_scripts_that_name_each_other_and_links_in_circles_end(tmp_path):
    (tmp_path / "a.py").write_text("open('b.py')\nopen('c.py')\n")
    (tmp_path / "b.py").write_text("import a\nopen('a.py')\n")
    (tmp_path / "c.py").symlink_to("c.py")
    found = named_files.files(tmp_path / "page.md", [cell("%run a.py")])
    assert sorted(found) == ["a.py", "b.py"]
