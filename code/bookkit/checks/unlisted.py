"""Pages that somebody wrote and that the book does not have, since its table of contents does not name them.

Jupyter Book leaves them out with a count for a message, and whoever forgot the line looks for the fault in the page.
"""

from sphinx.environment import BuildEnvironment

from bookkit.checks.listed import pages
from bookkit.parts.entries import Fault

# Folders that nobody writes pages in, and that hold ten thousand times as many files: environments, what builds leave.
PASSED = (".*", "**/.*", "_build")


def unlisted(env: BuildEnvironment) -> list[Fault]:
    """The pages that no table of contents names, as reasons to fail a strict build.

    Args:
        env: the build environment, which knows the pages of the book.
    """
    config = env.config
    static = [f"{folder}/**" for folder in config.html_static_path]
    names = pages(env.srcdir, config, [*static, *PASSED]).keys()
    return [Fault(docname=name, line=None, text="the book does not have this page; name it in _toc.yml, without .md")
            for name in sorted(names - env.found_docs)]
