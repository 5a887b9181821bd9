"""What the site has of a release beside pages: its records, their entries for BibTeX and the files of its figures.

Of most releases they are packed, a file for each kind, in a tenth of the room that they take one by one.
"""

import gzip
import io
import tarfile
from collections.abc import Mapping

from sphinx.application import Sphinx

from bookkit.results.releases import Release
from evidence.archive import manifest
from evidence.records import released_file

RECORDS, ENTRIES, FIGURES = "records.json.gz", "records.bib.gz", "figures.tar.gz"
"""Below the folder of a release, `results/v/<version>` and `figures/v/<version>`."""
KINDS = ("csv", "svg")
"""What the site has of a figure of a packed release: what shows it, and what it shows. The archive has its PDF too."""


def packed(app: Sphinx, release: Release) -> bool:
    """Whether a release is packed on the site: whether it is younger than `bookkit_unpacked`."""
    last, this = manifest.order(app.config.bookkit_unpacked), manifest.order(release.version)
    return last is None or this is None or this > last


def records(release: Release) -> bytes:
    """The records that a release was the first to publish so, with the pages and lines that did."""
    listed = [{"line": one.line, "page": one.page, "record": one.record.to_json()}
              for rid in release.own_results for one in [release.results[rid]]]
    return released_file.write(release.build, listed)


def entries(forms: Mapping[str, str]) -> bytes:
    """Entries for BibTeX, one after the other, by the ids of their results."""
    return gzip.compress("\n".join(text for _, text in sorted(forms.items())).encode(), mtime=0)


def figures(release: Release) -> bytes:
    """The files of the figures that a release was the first to publish so."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for fid in sorted(release.own_figures):
            for kind in KINDS:
                if kind in release.own_figures[fid]:
                    content = release.figures[fid].file(kind)
                    entry = tarfile.TarInfo(f"{fid}.{kind}")
                    entry.size = len(content)
                    tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()
