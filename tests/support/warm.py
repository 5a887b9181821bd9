"""What every build of a book would do anew, done before a process forks for builds."""

import os
import tempfile
from collections.abc import Iterable
from functools import cache, partial
from importlib import import_module, metadata
from pathlib import Path

import jinja2
from bs4 import BeautifulSoup
from jinja2 import FileSystemBytecodeCache

PARTS = ("jupyter_book.cli.main", "jupyter_book.sphinx", "jupyter_cache.cache.main", "nbclient")


@cache
def warm() -> None:
    """Import the libraries of a build, and make what they would make at its beginning: lists of plugins, validators of
    notebooks, lexers, patterns of selectors; and have compiled templates kept."""
    import jupyter_book.config
    from nbformat.validator import get_validator
    from pygments.lexers import get_lexer_by_name
    from sphinx import jinja2glue

    for name in (*PARTS, *jupyter_book.config.get_default_sphinx_config()["extensions"]):
        import_module(name)
    jinja2glue.SandboxedEnvironment = partial(jinja2glue.SandboxedEnvironment, bytecode_cache=templates())
    _keep_plugins()
    metadata.entry_points()
    for minor in (4, 5):
        get_validator(4, minor)
    for name in ("ipython3", "python"):
        get_lexer_by_name(name)
    BeautifulSoup("", "html.parser").select("p.a")


@cache
def templates() -> jinja2.BytecodeCache:
    """Compiled templates, for all tests; each is told by its content."""
    folder = Path(tempfile.gettempdir(), f"deref-templates-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


def _keep_plugins() -> None:
    """Read what each installed package says of its entry points once: builds ask for them six times."""
    for name in ("importlib.metadata", "importlib_metadata"):  # MyST-NB imports the second, which replaces the first
        _keep(import_module(name).PathDistribution)


def _keep(kind: type[metadata.PathDistribution]) -> None:
    read = kind.entry_points.fget

    @cache
    def known(path: Path) -> Iterable[metadata.EntryPoint]:
        return read(kind(path))

    kind.entry_points = property(lambda one: known(one._path))
