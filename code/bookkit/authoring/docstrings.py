"""The library's own words about itself, read from its source without importing it.

Importing it would bring PyTorch into the build, seconds of every build that reads a page of the reference. All that
the reference needs stands in the source: signatures, and docstrings in one form (a sentence; Args, Returns, Raises,
Source).
"""

import ast
import copy
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"(Args|Returns|Yields|Raises|Source):$")
_ENTRY = re.compile(r"(\*{0,2}[\w., ]+): (.*)")
_FIELDS = {"Args": "param", "Raises": "raises"}
_CODE = re.compile(r"(`[^`]*`)")
_SPECIAL = re.compile(r"[*|\\]|(?<=\w)_(?=\W|$)")
_DATA = ("dataclass", "config")  # decorators that make the fields of a class the arguments of its constructor


@dataclass(frozen=True, kw_only=True)
class Module:
    """A module's first paragraph, and its public definitions as lines of reStructuredText, by name."""

    name: str
    path: Path
    about: str
    members: dict[str, list[str]]


def read(code: Path, name: str) -> Module:
    """Read one module.

    Args:
        code: the folder that its package is in.
        name: dotted.

    Raises:
        ValueError: there is no such module.
    """
    path = code.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.exists():
        raise ValueError(f"expected a module below {code}, got {name!r}")
    tree = ast.parse(path.read_text("utf-8"))
    about = (ast.get_docstring(tree) or "").split("\n\n")[0]
    homes = _Homes(code, tree, name)
    members = {node.name: list(_member(homes.visit(node))) for node in tree.body
               if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")}
    members |= {name: lines for name, lines in (*_callables(tree), *_values(tree))}
    return Module(name=name, path=path, about=about, members=members)


def _callables(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """What a module offers as an instance of a callable class of its own, such as a decorator with methods."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        made, name = classes.get(ast.unparse(node.value.func)), ast.unparse(node.targets[0])
        methods = {one.name: one for one in made.body if isinstance(one, ast.FunctionDef)} if made else {}
        if "__call__" in methods and not name.startswith("_"):
            yield name, [line for method, one in methods.items() if method == "__call__" or not method.startswith("_")
                         for line in _member(_unbound(one, name if method == "__call__" else f"{name}.{method}"))]


def _values(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """What a module offers as a value that a string right below describes, such as a trained model."""
    for node, below in itertools.pairwise(tree.body):
        name = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(name, ast.Name) or name.id.startswith("_"):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            said = _escape(str(below.value.value)).split("\n")
            yield name.id, [f".. py:data:: {name.id}", "", *(f"    {line}" for line in said), ""]


def _unbound(method: ast.FunctionDef, name: str) -> ast.FunctionDef:
    """A method as a function of another name, without its `self`."""
    made = copy.copy(method)
    made.name, made.args, made.decorator_list = name, _without_self(method.args), []
    return made


def _without_self(given: ast.arguments) -> ast.arguments:
    made = copy.copy(given)
    made.args = given.args[1:]
    return made


class _Homes(ast.NodeTransformer):
    """Annotations with the names of a project's classes in full: two modules may each have a class of one name.

    The tilde has Sphinx show the last part alone.
    """

    def __init__(self, code: Path, tree: ast.Module, module: str) -> None:
        self.homes = {alias.asname or alias.name: f"{one.module}.{alias.name}"
                      for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module
                      and code.joinpath(*one.module.split(".")).with_suffix(".py").exists()
                      for alias in one.names if alias.name[0].isupper()}
        self.homes |= {one.name: f"{module}.{one.name}" for one in tree.body if isinstance(one, ast.ClassDef)}

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = self._full(node.annotation)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.annotation = self._full(node.annotation) or node.annotation
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = self._full(node.returns)
        self.visit(node.args)
        return node

    def _full(self, annotation: ast.expr | None) -> ast.expr | None:
        if annotation is None:
            return None
        text = annotation.value if isinstance(annotation, ast.Constant) else None
        names = ast.Name(text) if isinstance(text, str) and text in self.homes else annotation
        return _Tilde(self.homes).visit(names)


class _Tilde(ast.NodeTransformer):
    def __init__(self, homes: dict[str, str]) -> None:
        self.homes = homes

    def visit_Name(self, node: ast.Name) -> ast.expr:
        home = self.homes.get(node.id)
        return ast.UnaryOp(ast.Invert(), ast.parse(home, mode="eval").body) if home else node


def exports(code: Path, package: str) -> dict[str, str]:
    """The names of a package's front door, and the module of each, from its table `_EXPORTS`.

    Raises:
        ValueError: the package has no such table.
    """
    tree = ast.parse((code / package.replace(".", "/") / "__init__.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_EXPORTS":
            return ast.literal_eval(node.value)
    raise ValueError(f"expected a table _EXPORTS in {package}, got none")


def modules(code: Path, package: str) -> list[str]:
    """The modules below a package, sorted, but those whose name begins with an underscore; of a module itself."""
    if code.joinpath(*package.split(".")).with_suffix(".py").exists():
        return [package]
    return [".".join(path.relative_to(code).with_suffix("").parts)
            for path in sorted(code.joinpath(*package.split(".")).rglob("*.py")) if not path.stem.startswith("_")]


def fields(docstring: str) -> Iterator[str]:
    """A docstring as reStructuredText, its sections as a list of fields."""
    section, lines = "", []
    for line in [*docstring.split("\n"), "Source:"]:  # a heading ends the section before it, so one more comes last
        if found := _HEADING.fullmatch(line):
            yield from _section(section, lines)
            section, lines = found[1], []
        else:
            lines.append(line)


def _section(name: str, lines: list[str]) -> Iterator[str]:
    text = "\n".join(lines).strip("\n")
    if not text:
        return
    if not name:
        yield from [*_escape(text).split("\n"), ""]
    elif name in _FIELDS:
        for line in re.sub(r"\n {8,}", " ", text).split("\n"):
            if found := _ENTRY.fullmatch(line.strip()):
                yield f":{_FIELDS[name]} {_escape(found[1])}: {_escape(found[2])}"
            elif line.strip():
                yield f"    {_escape(line.strip())}"
    else:
        said = _escape(" ".join(text.split()))
        yield f":{'returns' if name == 'Returns' else name.lower()}: {said}"


def _member(node: ast.FunctionDef | ast.ClassDef, inside: bool = False) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        decorators = {ast.unparse(one).partition("(")[0] for one in node.decorator_list}
        given = node.args
        if inside and given.args and "staticmethod" not in decorators:
            given = _without_self(given)
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        if inside and decorators & {"property", "cached_property", "functools.cached_property"}:
            kind, signature = "property", node.name
        else:
            kind, signature = "method" if inside else "function", f"{node.name}({ast.unparse(given)}){returns}"
        members: list[ast.FunctionDef] = []
    else:
        kind, signature = "class", f"{node.name}({_constructor(node)})"
        members = [one for one in node.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")
                   and ast.get_docstring(one)]
    yield f".. py:{kind}:: {' '.join(signature.split())}"
    yield ""
    yield from (f"    {line}".rstrip() for line in fields(ast.get_docstring(node) or ""))
    yield ""
    for member in members:
        yield from (f"    {line}".rstrip() for line in _member(member, inside=True))


def _constructor(node: ast.ClassDef) -> str:
    if any(ast.unparse(one).partition("(")[0].split(".")[-1] in _DATA for one in node.decorator_list):
        found = [ast.unparse(one) for one in node.body
                 if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                 and not one.target.id.startswith("_")]
        return ", ".join(["*", *found]) if found else ""
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and one.name == "__init__":
            return ast.unparse(_without_self(one.args))
    return ""


def _escape(text: str) -> str:
    """Text that reStructuredText leaves as it is, but for code in backticks."""
    return "".join(part if odd % 2 else _SPECIAL.sub(r"\\\g<0>", part.replace("`", ""))
                   for odd, part in enumerate(_CODE.split(text)))
