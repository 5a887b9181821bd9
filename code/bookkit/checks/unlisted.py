"""Pages that somebody wrote and that the book does not have, since its table of contents does not name them.

Jupyter Book leaves them out with a count for a message, and whoever forgot the line looks for the fault in the page.
"""

from pathlib import PurePosixPath

from sphinx.environment import BuildEnvironment
from sphinx.util.matching import get_matching_files

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
    paths = map(PurePosixPath, get_matching_files(env.srcdir, config.include_patterns, [*static, *PASSED]))
    names = {str(path.with_suffix("")) for path in paths if path.suffix in config.source_suffix}
    return [Fault(docname=name, line=None, text="the book does not have this page; name it in _toc.yml, without .md")
            for name in sorted(names - env.found_docs)]
