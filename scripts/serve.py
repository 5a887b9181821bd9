"""Serves the built book to this machine: serve.py [PORT]; a port that is taken gives way to the next free one.

Text goes out compressed, as every host of static files sends it, so that what a page weighs here is what it will weigh.
"""

import contextlib
import errno
import gzip
import io
import re
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
TEXT = re.compile(r"text/.*|application/(javascript|json|xml)|.*\+(json|xml)")
LEVEL = 6  # what hosts take: beyond it files hardly shrink
TAKES_GZIP = re.compile(r"(^|,)\s*gzip\s*(,|$|;\s*q=(?!0(\.0*)?\s*(,|$)))")


@lru_cache(maxsize=1024)
def packed(file: Path, written: int) -> bytes:
    """A file compressed; `written`, its time in nanoseconds, keeps an older version from being served again."""
    return gzip.compress(file.read_bytes(), LEVEL, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder, text compressed for those who take it, without a line of log for each."""

    def send_head(self) -> BinaryIO | None:
        """Answer with a compressed file where there is one to send, and as the library does otherwise."""
        asked = self.translate_path(self.path)
        if (refusal := self._refusal(asked)) is not None:
            self.send_error(refusal)
            return None
        file = Path(f"{asked}index.html" if asked.endswith("/") else asked)
        kind = self.guess_type(file)
        takes = TAKES_GZIP.search(self.headers.get("Accept-Encoding", ""))
        if not takes or not TEXT.fullmatch(kind) or not file.is_file():
            return super().send_head()
        found = file.stat()
        modified = self.date_time_string(int(found.st_mtime))
        if self.headers.get("If-Modified-Since") == modified:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.end_headers()
            return None
        body = packed(file, found.st_mtime_ns)
        self.send_response(HTTPStatus.OK)
        for name, value in (("Content-Type", kind), ("Content-Encoding", "gzip"), ("Content-Length", len(body)),
                            ("Last-Modified", modified)):
            self.send_header(name, str(value))
        self.end_headers()
        return io.BytesIO(body)

    def _refusal(self, asked: str) -> HTTPStatus | None:
        """Why a path is not answered: it is none, it leads out of the site by a link, or it is a pipe or a device."""
        site = Path(self.directory).resolve()
        try:
            for place in (Path(asked), Path(asked, "index.html"), Path(asked, "index.htm")):
                if not place.resolve().is_relative_to(site) or (
                        place.exists() and not place.is_file() and not place.is_dir()):
                    return HTTPStatus.NOT_FOUND
        except ValueError:  # a NUL, or what is no text
            return HTTPStatus.BAD_REQUEST
        except (OSError, RuntimeError):  # a name that is too long, or links in a circle
            return HTTPStatus.NOT_FOUND
        return None

    def end_headers(self) -> None:
        """Tell caches that the answer depends on what the reader takes."""
        self.send_header("Vary", "Accept-Encoding")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal shows the address and stays readable."""


class Server(ThreadingHTTPServer):
    """Answers each request in a thread of its own."""

    request_queue_size = 128  # the library's 5 are fewer than browsers open at once; the rest would wait for a second

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what went wrong, unless a reader left before a file had come: that is no fault."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(folder: Path, port: int = 0, tries: int = 1) -> Server:
    """A server of a folder, on this machine's own address only.

    Args:
        folder: what to serve.
        port: the first port to try; 0 takes any free one.
        tries: how many ports to try, upwards.

    Raises:
        OSError: none of the ports is free.
    """
    for candidate in range(port, port + tries):
        try:
            return Server(("127.0.0.1", candidate), partial(Handler, directory=str(folder)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == port + tries - 1:
                raise
    raise ValueError(f"expected at least one port to try, got {tries}")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder in the background; gives its address, without the last slash."""
    with server(folder) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{httpd.server_address[1]}"
        finally:
            httpd.shutdown()
            thread.join()


def main(argv: list[str]) -> int:
    """Serve the book until interrupted."""
    if not (SITE / "index.html").exists():
        print("deref: expected a built book in _build/html, found none; build it with: make book", file=sys.stderr)
        return 1
    try:
        port = int(argv[0]) if argv else 8000
        httpd = server(SITE, port, tries=20)
    except (ValueError, OverflowError, OSError) as error:
        print(f"deref: expected a port to serve on, got {argv[0] if argv else 8000}: {error}", file=sys.stderr)
        return 1
    print(f"The book is at http://127.0.0.1:{httpd.server_address[1]}/ (Ctrl-C ends)", flush=True)
    with httpd, contextlib.suppress(KeyboardInterrupt):
        httpd.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
