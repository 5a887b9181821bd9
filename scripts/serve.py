"""Serves the built book to this machine: serve.py [PORT]; a port that is taken gives way to the next free one."""

import contextlib
import errno
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder, without a line of log for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal shows the address and stays readable."""


def server(folder: Path, port: int = 0, tries: int = 1) -> ThreadingHTTPServer:
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
            return ThreadingHTTPServer(("127.0.0.1", candidate), partial(Handler, directory=str(folder)))
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
