"""What one piece of Python imports and does, read from its syntax tree: the parts of `evidence.provenance.source`."""

import ast
import hashlib
import sys
from typing import TypeGuard

TABLE = "_EXPORTS"


def imports_of(python_source: str, module: str = "", package: bool = False) -> tuple[str, ...]:
    """List the dotted names that a piece of Python may import, resolved against nothing yet.

    Args:
        python_source: the source of a module, or of a notebook cell (IPython's magics already translated).
        module: the dotted name of the module it is, for relative imports.
        package: whether that module is a package's `__init__.py`.

    Returns:
        Sorted names; the last parts may be attributes (`deref.PointerTask`) or `*` (everything there is). They may
        also name modules outside the source root, such as `numpy`.

    Raises:
        SyntaxError: the source is not Python.
    """
    visitor = _Imports(module, package)
    visitor.visit(ast.parse(python_source))
    return tuple(sorted(visitor.names | visitor.used()))


def exports_of(python_source: str) -> dict[str, str]:
    """Read a front door's table: exported name to module; empty for a module that has none.

    Raises:
        SyntaxError: the source is not Python.
    """
    for node in ast.parse(python_source).body:
        if _is_table(node) and node.value is not None:
            return ast.literal_eval(node.value)
    return {}


def digest(python_source: str) -> str:
    """Hash what one piece of Python does: comments, layout, docstrings and a front door's table aside.

    Returns:
        SHA-256 as 64 hexadecimal digits.

    Raises:
        SyntaxError: the source is not Python.
    """
    tree = _Behaviour().visit(ast.parse(python_source))
    # Python 3.12 gave functions and classes a field, and 3.13 leaves empty fields out; the hash is that of 3.11.
    text = ast.dump(tree, **({"show_empty": True} if sys.version_info >= (3, 13) else {}))
    return hashlib.sha256(text.replace(", type_params=[]", "").encode()).hexdigest()


def _is_table(node: ast.AST) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == TABLE for target in targets)


class _Imports(ast.NodeVisitor):
    """Collects imported names, and how the names bound by imports are used."""

    def __init__(self, module: str, package: bool):
        self.parents = module.split(".") if package else module.split(".")[:-1]
        self.names: set[str] = set()
        self.bound: dict[str, set[str]] = {}
        self.chains: list[tuple[str, tuple[str, ...]]] = []

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.names.add(alias.name)
            top = alias.name.split(".")[0]
            self.bound.setdefault(alias.asname or top, set()).add(alias.name if alias.asname else top)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        above = self.parents[: len(self.parents) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        self.names.add(base)
        for alias in node.names:
            full = f"{base}.{alias.name}"
            self.names.add(full)
            self.bound.setdefault(alias.asname or alias.name, set()).add(full)

    def visit_If(self, node: ast.If) -> None:
        if _is_type_checking(node.test):
            for other in node.orelse:
                self.visit(other)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0] if node.args else None
        if function in ("import_module", "__import__") and isinstance(first, ast.Constant) and isinstance(
                first.value, str):
            name = first.value.lstrip(".")
            dots = len(first.value) - len(name)
            above = self.parents[: len(self.parents) - dots + 1] if dots else []
            self.names.add(".".join([*above, name]))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        attributes, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            attributes.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self.chains.append((inner.id, tuple(reversed(attributes))))
        else:
            self.visit(inner)

    def visit_Name(self, node: ast.Name) -> None:
        self.chains.append((node.id, ("*",)))

    def used(self) -> set[str]:
        """Dotted names reached through what the imports bound: `import deref` and later `deref.PointerTask`."""
        return {".".join([full, *attributes]) for name, attributes in self.chains for full in self.bound.get(name, ())}


class _Behaviour(ast.NodeTransformer):
    """Removes from a tree what does not change what it does."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        node.body = [child for child in node.body if not _is_table(child)]
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        alone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if alone else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if _is_type_checking(node.test) else node


def _is_type_checking(test: ast.expr) -> bool:
    return getattr(test, "id", None) == "TYPE_CHECKING" or getattr(test, "attr", None) == "TYPE_CHECKING"
