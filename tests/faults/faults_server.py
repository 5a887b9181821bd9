"""Faults in what the server of the built book is asked for."""

import http.client
import os

from campaign import kind

import serve

PATHS = ("/%00", "/a%00", "/%00/", "/sub/%00", "/%ed%a0%80", "/%ff", "/link.html", "/folder/", "/folder/file.html",
         "/sub/", "/loop", "/pipe.html", "/" + "a" * 5000, "/" + "a/" * 2000, "/../secret.html", "/%2e%2e/secret.html",
         "/..%2fsecret.html", "//secret.html", "/sub/../../secret.html", "/folder/../../secret.html", "/%",
         "/index.html?%00", "/index.html#%00", "*")


@kind("requests", "every request is answered, and nothing from outside the site", {
    f"{method} {path:.40}{', packed' * packed}": (method, path, packed) for method in ("GET", "HEAD") for path in PATHS
    for packed in (False, True)})
def request(folder, method, path, packed):
    site = folder / "site"
    (site / "sub").mkdir(parents=True)
    (site / "index.html").write_text("front")
    (folder / "secret.html").write_text("secret")
    (folder / "outside").mkdir()
    (folder / "outside" / "file.html").write_text("secret")
    (site / "link.html").symlink_to(folder / "secret.html")
    (site / "sub" / "index.html").symlink_to(folder / "secret.html")
    (site / "folder").symlink_to(folder / "outside")
    (site / "loop").symlink_to("loop")
    os.mkfifo(site / "pipe.html")
    with serve.serving(site) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
        connection.request(method, path, headers={"Accept-Encoding": "gzip"} if packed else {})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status in (200, 301, 400, 404, 414) and b"secret" not in body
        connection.close()
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
