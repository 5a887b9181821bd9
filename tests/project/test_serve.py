"""What the server of the built book does not answer: what is no path, and what lies outside the site."""

import http.client
import os

import pytest

import serve


def asked(folder, path, method="GET", **headers):
    """The status and the body of an answer to a path as it is written."""
    with serve.serving(folder) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "index.html").write_text("front")
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "index.html").write_text("secret")
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    (folder / "folder").symlink_to(tmp_path / "outside")
    (folder / "sub" / "index.html").symlink_to(tmp_path / "secret.html")
    (folder / "inside.html").symlink_to(folder / "index.html")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe.html")
    return folder


@pytest.mark.parametrize("gzip", ["gzip", ""])
@pytest.mark.parametrize(("path", "status"), [
    ("/%00", 400), ("/a%00b.html", 400), ("/sub/%00/", 400), ("/index.html%00.txt", 400), ("/%ed%a0%80", 400),
    ("/link.html", 404), ("/folder/", 404), ("/folder/index.html", 404), ("/sub/", 404), ("/sub/index.html", 404),
    ("/loop", 404), ("/pipe.html", 404), (f"/{'a' * 5000}", 404), ("/%2e%2e/secret.html", 404),
    ("/../secret.html", 404), ("/%ff%fe", 404), ("/", 200), ("/inside.html", 200), ("/%3f", 404)])
def test_paths(site, path, status, gzip):
    found, body = asked(site, path, **{"Accept-Encoding": gzip})
    assert found == status
    assert b"secret" not in body


def test_the_head_of_what_is_not_answered(site):
    assert asked(site, "/%00", "HEAD") == (400, b"")
    assert asked(site, "/link.html", "HEAD") == (404, b"")
