"""What the Makefile calls: servers, browsers and phases, and what they say when something is missing."""

import gzip
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import browser
import serve

SCRIPTS = Path(__file__).parents[2] / "scripts"


def _run(*command: object, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def test_serving_gives_the_files_of_a_folder(tmp_path):
    (tmp_path / "index.html").write_text("the front page", "utf8")
    with serve.serving(tmp_path) as address, urllib.request.urlopen(f"{address}/") as answer:
        assert answer.read() == b"the front page"


@pytest.mark.parametrize(("takes", "name", "packed"), [
    ("gzip, deflate, br", "page.html", True), ("br;q=1.0, gzip;q=0.5", "data.json", True), ("gzip", "a.svg", True),
    ("gzip", "", True), ("gzip", "part.bin", False), ("gzip;q=0", "page.html", False), ("br", "page.html", False),
    ("", "page.html", False),
])
def test_text_is_served_compressed_to_those_who_take_it(tmp_path, takes, name, packed):
    content = b"the same words, " * 100
    (tmp_path / (name or "index.html")).write_bytes(content)
    with serve.serving(tmp_path) as address:
        request = urllib.request.Request(f"{address}/{name}", headers={"Accept-Encoding": takes})
        with urllib.request.urlopen(request) as answer:
            body, headers = answer.read(), answer.headers
    assert (headers["Content-Encoding"] == "gzip", headers["Vary"]) == (packed, "Accept-Encoding")
    assert int(headers["Content-Length"]) == len(body)
    assert (gzip.decompress(body) if packed else body) == content
    assert len(body) < 100 or not packed


def test_compressed_page_is_sent_again_only_when_it_changed(tmp_path):
    page = tmp_path / "page.html"

    def ask(address, **headers):
        return urllib.request.urlopen(urllib.request.Request(f"{address}/page.html", headers={
            "Accept-Encoding": "gzip", **headers}))

    with serve.serving(tmp_path) as address:
        page.write_text("before", "utf8")
        with ask(address) as answer:
            known = answer.headers["Last-Modified"]
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(address, **{"If-Modified-Since": known})
        refused.value.close()
        assert refused.value.code == 304
        page.write_text("after", "utf8")
        os.utime(page, (0, 0))
        with ask(address, **{"If-Modified-Since": known}) as answer:
            assert gzip.decompress(answer.read()) == b"after"


def test_missing_page_is_missing_for_those_who_take_compressed_ones(tmp_path):
    with serve.serving(tmp_path) as address, pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{address}/page.html", headers={"Accept-Encoding": "gzip"}))
    refused.value.close()
    assert refused.value.code == 404


@pytest.mark.parametrize(("fault", "said"), [(BrokenPipeError, False), (ConnectionResetError, False),
                                             (ValueError, True)])
def test_server_says_nothing_of_readers_who_left(tmp_path, capsys, fault, said):
    with serve.server(tmp_path) as httpd:
        try:
            raise fault("half-way")
        except fault:
            httpd.handle_error(None, ("127.0.0.1", 1))
    assert ("half-way" in capsys.readouterr().err) == said


def test_server_takes_the_next_port_when_one_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serve.server(tmp_path, port, tries=5) as httpd:
            assert port < httpd.server_address[1] < port + 5
        with pytest.raises(OSError):
            serve.server(tmp_path, port, tries=1)


def test_serving_a_book_that_is_not_built_is_one_clear_line(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "serve.py").write_text((SCRIPTS / "serve.py").read_text("utf8"), "utf8")
    ran = _run(sys.executable, tmp_path / "scripts" / "serve.py")
    assert ran.returncode == 1
    assert ran.stderr == "deref: expected a built book in _build/html, found none; build it with: make book\n"


def test_missing_browser_is_one_clear_line():
    ran = _run(sys.executable, SCRIPTS / "browser.py", BROWSER_PATH="no-such-browser")
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "expected BROWSER_PATH to name a Chromium or Chrome, got 'no-such-browser'" in ran.stderr
    assert "make test BROWSER_PATH=/path/to/chrome" in ran.stderr


def test_program_that_is_no_browser_is_named_with_the_reason():
    ran = _run(sys.executable, SCRIPTS / "browser.py", BROWSER_PATH=sys.executable)
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1


def test_chosen_browser_is_the_only_one_considered(monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", sys.executable)
    assert browser.installed() == sys.executable


@pytest.mark.parametrize(("status", "said"), [(0, "[a phase] took "), (3, "[a phase] failed after ")])
def test_phase_says_how_long_and_keeps_the_status(status, said):
    ran = _run("sh", SCRIPTS / "phase.sh", "a phase", "sh", "-c", f"exit {status}")
    assert ran.returncode == status
    assert ran.stdout.startswith(said)


@pytest.mark.parametrize(("given", "expected"), [
    (["FAST=1"], "1--"), (["FAST=0"], "--"), (["STRICT=1", "JOBS=4"], "-1-4"), ([], "--"),
])
def test_switches_reach_the_build(tmp_path, given, expected):
    extra = tmp_path / "extra.mk"
    extra.write_text('switches:\n\t@echo "$$BOOK_FAST-$$BOOK_STRICT-$$BOOK_JOBS"\n', "utf8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BOOK_", "MAKE", "MFLAGS"))}
    ran = subprocess.run(["make", "-s", "-f", "Makefile", "-f", extra, "switches", *given], cwd=SCRIPTS.parent,
                         env=clean, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == expected


def test_a_browser_may_be_opened_while_another_is_open():
    with browser.open_browser() as first, browser.open_browser() as second:
        assert [one.new_page().evaluate("1 + 1") for one in (first, second)] == [2, 2]
    with browser.open_browser() as third:
        assert third.new_page().evaluate("1 + 1") == 2
