"""The shape of the project: what must stay true of its files for the book to build anywhere."""

import ast
import code
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
MAKEFILE = (ROOT / "Makefile").read_text("utf8")


def _pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text("utf8").splitlines()
    pins = {}
    for line in lines:
        if line and not line.startswith("#"):
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!]+)", line)
            assert match, f"expected a pinned name==version without local part or address, got {line!r}"
            pins[canonicalize_name(match[1])] = match[2]
    return pins


def _direct() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(text) for text in [*PROJECT["dependencies"], *(r for extra in extras for r in extra)]]


def test_code_is_a_source_root_and_never_a_package():
    assert not (ROOT / "code" / "__init__.py").exists()
    assert not list((ROOT / "code").glob("*.py"))


@pytest.mark.parametrize("folder", [".", "code"])
def test_standard_librarys_code_still_imports(folder):
    asked = subprocess.run([sys.executable, "-c", "import code, pdb; print(code.__file__); code.InteractiveConsole"],
                           cwd=ROOT / folder, capture_output=True, text=True, check=True)
    assert Path(asked.stdout.strip()) == Path(code.__file__)
    assert not Path(code.__file__).is_relative_to(ROOT / "code")


def test_every_direct_dependency_is_pinned():
    pins = _pins()
    assert [str(r) for r in _direct() if canonicalize_name(r.name) not in pins] == []
    wrong = [f"{r}: {pins[canonicalize_name(r.name)]}" for r in _direct()
             if not r.specifier.contains(pins[canonicalize_name(r.name)], prereleases=True)]
    assert wrong == []
    assert pins["torch"] == "2.13.0"
    assert int(pins["jupyter-book"].split(".")[0]) < 2


def test_direct_dependencies_are_named_unpinned():
    assert [str(r) for r in _direct() if any(s.operator in ("==", "===", "~=") for s in r.specifier)] == []


def test_installed_versions_are_the_pinned_ones():
    asked = subprocess.run([sys.executable, "-m", "pip", "freeze", "--all", "--exclude-editable"], capture_output=True,
                           text=True, check=True)
    installed = dict(line.lower().split("==") for line in asked.stdout.splitlines() if "==" in line)
    installed = {canonicalize_name(name): version.partition("+")[0] for name, version in installed.items()}
    assert {n: (installed.get(n), v) for n, v in _pins().items() if installed.get(n) != v} == {}


def test_title_authors_and_version_are_said_alike_everywhere():
    assert CITATION["title"] == CONFIG["title"]
    assert ", ".join(a["name"] for a in CITATION["authors"]) == CONFIG["author"]
    assert CITATION["version"] == PROJECT["version"]


def test_licences_cover_code_and_text():
    text = (ROOT / "LICENSE").read_text("utf8")
    assert "Permission is hereby granted, free of charge" in text
    assert "Creative Commons Attribution 4.0 International Public License" in text
    for folder in [*(ROOT / "book" / "static" / "vendor").iterdir(), *(ROOT / "tests" / "data").glob("*/")]:
        assert (folder / "LICENSE").is_file(), f"expected the licence of {folder.name} beside it"


def test_book_fails_rather_than_publishes_a_crash():
    execute, sphinx = CONFIG["execute"], CONFIG["sphinx"]["config"]
    assert (execute["execute_notebooks"], execute["timeout"], execute["raise_on_error"]) == ("cache", -1, True)
    assert sphinx["include_patterns"] == ["book/**"]
    assert "tasklist" not in CONFIG["parse"]["myst_enable_extensions"]
    assert "sphinx_thebe" not in sphinx["extensions"]


def test_every_target_is_in_the_help_and_the_readme_names_real_ones():
    targets = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split())
    told = set(re.findall(r"make ([a-z-]+)  ", MAKEFILE))
    assert told == targets - {"help", "env", "browser"}
    readme = (ROOT / "README.md").read_text("utf8") + (ROOT / "book" / "rebuild.md").read_text("utf8")
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE)) <= targets


@pytest.mark.parametrize("script", ["scripts/setup.sh", "scripts/phase.sh", ".ci/run"])
def test_shell_scripts_parse_and_are_executable(script):
    subprocess.run(["sh", "-n", ROOT / script], check=True)
    assert (ROOT / script).stat().st_mode & 0o111


def _setup(folder: Path, *names: str, **env: str) -> subprocess.CompletedProcess:
    """Run set-up in a folder of its own, with programs of these names that claim to be Python 3.9."""
    (folder / "scripts").mkdir(parents=True)
    for name in ("scripts/setup.sh", "scripts/mkl_vendor.c", "requirements.txt", "pyproject.toml"):
        (folder / name).write_text((ROOT / name).read_text("utf8"), "utf8")
    programs = folder / "bin"
    programs.mkdir()
    for name in names:
        (programs / name).write_text("#!/bin/sh\necho 3.9.2\n", "utf8")
        (programs / name).chmod(0o755)
    for name in ("sh", "cat", "cksum", "dirname"):
        (programs / name).symlink_to(shutil.which(name))
    return subprocess.run(["sh", "scripts/setup.sh"], cwd=folder, env={"PATH": str(programs), **env},
                          capture_output=True, text=True, check=False)


def test_wrong_python_is_one_clear_line(tmp_path):
    ran = _setup(tmp_path / "a folder with spaces", "python3")
    assert ran.returncode == 1
    assert ran.stderr == ("deref: expected Python 3.11, 3.12 or 3.13, found python3 (Python 3.9.2). Install one, or "
                          "name one: make book PYTHON=/path/to/python3.11\n")
    assert not (tmp_path / "a folder with spaces" / ".venv").exists()


def test_missing_python_is_one_clear_line(tmp_path):
    ran = _setup(tmp_path / "none")
    assert ran.returncode == 1
    assert ran.stderr.startswith("deref: expected Python 3.11, 3.12 or 3.13, found no program called python3 or python")
    assert len(ran.stderr.splitlines()) == 1


def test_chosen_python_that_is_wrong_is_named(tmp_path):
    ran = _setup(tmp_path / "chosen", "python3.9", PYTHON="python3.9")
    assert "found python3.9 (Python 3.9.2)" in ran.stderr
    assert ran.returncode == 1


def test_every_library_that_the_code_imports_is_a_named_dependency():
    named = {canonicalize_name(r.name) for r in _direct()}
    provided = importlib.metadata.packages_distributions()
    own = {"bookkit", "deref", "evidence"} | {path.stem for folder in ("scripts", "tests/support") for path in
                                  (ROOT / folder).glob("*.py")}
    missing = set()
    for path in [*(ROOT / "code").rglob("*.py"), *(ROOT / "scripts").glob("*.py"), *(ROOT / "tests").glob("*/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for top in {name.partition(".")[0] for name in names} - own - set(sys.stdlib_module_names):
                owners = {canonicalize_name(name) for name in provided.get(top, [])}
                if owners and not owners & named:
                    missing.add(f"{top} (in {path.relative_to(ROOT)})")
    assert sorted(missing) == []
