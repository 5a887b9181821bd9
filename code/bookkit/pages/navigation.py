"""What a page shows of the book around it: the titles in its menus, and the headings and numbers that it links to.

Sphinx writes a page again when its own source changed, and leaves the titles of other pages in it as they were.
"""

from collections.abc import Iterator
from typing import Any

from sphinx import addnodes
from sphinx.environment import BuildEnvironment


def of_book(env: BuildEnvironment) -> list[Any]:
    """What the menus of every page show: titles, their order, numbers and captions."""
    found = []
    for name in sorted(env.found_docs):
        titles = [titles[name].pformat() for titles in (env.titles, env.longtitles) if name in titles]
        trees = [[tree.get("caption"), tree.get("entries"), tree.get("numbered")]
                 for tree in env.tocs[name].findall(addnodes.toctree)] if name in env.tocs else []
        found.append([name, titles, trees, sorted(env.toc_secnumbers.get(name, {}).items()),
                      env.toctree_includes.get(name, [])])
    return found


def shown(env: BuildEnvironment, referred: list[tuple[str, str]]) -> list[Any]:
    """What references show now: the headings and captions that they lead to, and the numbers of these."""
    return [[target, list(_behind(env, target))] for _, target in referred]


def _behind(env: BuildEnvironment, target: str) -> Iterator[Any]:
    standard, slugs = env.get_domain("std").data, env.metadata
    for labels in (standard["labels"], standard["anonlabels"]):
        if found := labels.get(target.lower(), labels.get(target)):
            yield [str(part) for part in found]
            yield from (numbers[found[1]] for kinds in (env.toc_fignumbers.get(found[0], {}),)
                        for numbers in kinds.values() if found[1] in numbers)
    if equation := env.get_domain("math").data.get("objects", {}).get(target):
        yield list(equation)
    for name, data in sorted(slugs.items()):
        if target in (found := data.get("myst_slugs", {})):
            yield [name, str(found[target])]
