"""Faults in what a book is made of: pages, outputs of cells, executed chapters, files that are being written."""

import os
import resource
import signal
from pathlib import Path
from types import SimpleNamespace

import nbformat
from campaign import kind
from faults_store import WAYS
from sphinx.errors import ExtensionError

from bookkit.execution import sealed_cache
from bookkit.execution.cells import cells_of
from bookkit.execution.named_files import files
from bookkit.execution.streams import overwritten
from bookkit.pages import candidate_sums
from bookkit.parts import embeds, page_text, site_file

PAGE = "---\nfile_format: mystnb\n---\n\n# A\n\nSome prose.\n\n```{code-cell}\nprint(1)\n```\n\nMore.\n"
ODD = {f"U+{ord(one):04X}": one for one in "\0\a\b\t\v\f\r\x1b\x1c\x1d\x1e\x1f\x7f\x85\xa0\xad"
       "\u200b\u200e\u2028\u2029\u202e\ufeff\ufffe\U000e0001"}
PLACES = {"title": "# A", "prose": "prose", "end": "More"}


def read(folder: Path, data: bytes):
    """The cells of a page; None where it is refused by name and line."""
    path = folder / "page.md"
    path.write_bytes(data)
    try:
        text = page_text.read(path)
        assert not text.startswith("\ufeff") and "\r" not in text
        return [cell.source for cell in cells_of(path, text)]
    except ExtensionError as error:
        assert str(error).startswith(f"{path}:") and "\n" not in str(error)
        return None


@kind("characters of pages", "an odd character leaves the cells of a page as they are, or is named", {
    f"{odd} in {place}": (ODD[odd], place) for odd in ODD for place in PLACES})
def character(folder, odd, place):
    found = read(folder, PAGE.replace(PLACES[place], odd + PLACES[place], 1).encode("utf-8", "surrogatepass"))
    assert found in (["print(1)"], None)


@kind("bytes of pages", "a page is read, or refused on one line with its own", {
    **{f"{name} at {part}/8": (name, part) for name in ("80", "c3", "ff", "eda080", "f8") for part in range(9)},
    **{codec: (codec, -1) for codec in ("utf-16", "utf-32", "latin-1", "utf-8-sig", "cp037")}})
def data(folder, name, part):
    page = PAGE.replace("Some", "Süme")
    if part < 0:
        assert read(folder, page.encode(name)) in (["print(1)"], [], None)
        return
    at = len(page) * part // 8
    assert read(folder, page[:at].encode() + bytes.fromhex(name) + page[at:].encode()) is None


NAMED = ("", ".", "..", "/", "/dev/zero", "/dev/null", "pipe", "loop", "folder", "a" * 5000, "a\\0b",
         "a\\nb", "\\ud800", "é", "page.md", "*", "~", "$HOME", "{x}", "file://page.md", "//", "/proc/self/mem")
CALLS = ("open({!r})", "%run {}", "!cat {}", "%%bash\ncat {}", "import os\nos.path.join('.', {!r})", "'.' + {!r}")


@kind("files that cells name", "a name that is no file is passed over at once", {
    f"{call:.20} of {name:.20}": (call.format(name),) for call in CALLS for name in NAMED})
def named(folder, cell):
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "folder").mkdir()
    path = folder / "page.md"
    text = PAGE.replace("print(1)", cell)
    path.write_text(text, "utf-8")
    try:
        for found in files(path, cells_of(path, text)).values():
            assert found.is_file()
    except ExtensionError as error:
        assert str(error).startswith(f"{path}:")


@kind("scripts of cells", "a script that is no Python, or cannot be read, is a file of the cell like any other", {
    f"{call}: {way}": (call, *WAYS[way]) for call in ("%run helper.py", "import helper") for way in WAYS})
def script(folder, call, change, *arguments):
    path = folder / "page.md"
    text = PAGE.replace("print(1)", call)
    path.write_text(text, "utf-8")
    (folder / "data.csv").write_text("1")
    (folder / "helper.py").write_text("open('data.csv')\n" * 20)
    assert set(files(path, cells_of(path, text))) == {"helper.py", "data.csv"}
    change(folder / "helper.py", *arguments)
    assert set(files(path, cells_of(path, text))) <= {"helper.py", "data.csv"}


LEFT = {"release/results.json": '{"results": []}', "release/claims.json": "{}", "release/figures/a.csv": "1,2\n",
        "executed/build.json": '["a"]', "executed/a.ipynb": '{"cells": []}'}


@kind("release candidates", "nothing is released that is not as the build left it", {
    f"{name}: {way}": (name, *WAYS[way]) for name in (*LEFT, f"release/{candidate_sums.NAME}") for way in WAYS})
def candidate(folder, name, change, *arguments):
    for left, text in LEFT.items():
        (folder / left).parent.mkdir(parents=True, exist_ok=True)
        (folder / left).write_text(text)
    candidate_sums._finish(SimpleNamespace(outdir=folder / "html", builder=SimpleNamespace(name="html")), None)
    candidate_sums.check(folder)
    whole = (folder / name).read_bytes()
    change(folder / name, *arguments)
    if (folder / name).is_file() and (folder / name).read_bytes() == whole:
        return
    try:
        candidate_sums.check(folder)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        raise AssertionError("it was taken for the candidate")


HOSTILE = ("<script>1</script>", "<SCRIPT\n>1", "<script/x>1", "<svg><script>1</script></svg>", "<iframe src=a>",
           "<iframe srcdoc='<p>'>", "<object data=a.svg>", "<embed src=a.pdf>", "<img src=x onerror=f()>",
           "<b onclick = 'f()'>", "<a href=' javascript:f()'>", "<a href='JaVaScRiPt:f()'>", "<img src=//a.example/b>",
           "<img src='https://a.example/b'>", "<link rel=stylesheet href=//a.example/c>", "<base href=//a.example>",
           "<style>@import '//a.example/c'</style>", "<p style='background:url(http://a.example/b)'>",
           "<audio src='data:audio/wav;base64,AA=='>", "<video><source src=http://a.example/v></video>",
           "<frameset><frame src=a></frameset>", "<applet code=a>")
HARMLESS = ("", "<", "<!--", "<!-- <script>1</script> -->", "&lt;script&gt;", "<table><tr><td>1</table>", "<p" * 10_000,
            "<b>" * 10_000, "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "<a href=https://a.example>a</a>",
            "<script type=application/json>{}</script>", "<svg><path d='M0 0'/></svg>", "<![CDATA[<script>1]]>", "\0",
            "<style>b { color: red }</style>", "&" * 10_000)


@kind("blank outputs", "what the policy blanks is named, and nothing else is", {
    **{f"hostile: {html:.30}": (html, True) for html in HOSTILE},
    **{f"harmless: {html:.30}": (html, False) for html in HARMLESS}})
def output(folder, html, hostile):
    found = embeds.blanked({"text/html": html, "text/plain": "it"}, ("text/html", "text/plain"))
    assert bool(found) == hostile, found


def chapter(folder: Path):
    """A chapter as the cache knows one."""
    cell = nbformat.v4.new_code_cell("print(1)", outputs=[nbformat.v4.new_output("stream", text="1\n")])
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": {"name": "python3", "display_name": "P"}})
    return SimpleNamespace(docname="a", path=folder / "a.md", notebook=notebook,
                           config=SimpleNamespace(execution_cache_path=str(folder / "cache")))


@kind("executed chapters", "a cached notebook is the one that was put there, or there is none", {
    f"{file}: {way}": (file, *WAYS[way]) for file in ("base.ipynb", "seal") for way in WAYS})
def cached(folder, file, change, *arguments):
    one = chapter(folder)
    sealed_cache.put(one, 1.0)
    before = sealed_cache.find(one)
    (path,) = (folder / "cache" / "executed").glob(f"*/{file}")
    whole = path.read_bytes()
    change(path, *arguments)
    same = path.is_file() and path.read_bytes() == whole
    found = sealed_cache.find(one)
    assert found == before if same else found is None
    sealed_cache.put(one, 1.0)
    assert sealed_cache.find(one) == before


@kind("databases of executed chapters", "a database that is none is thrown away", {
    way: WAYS[way] for way in WAYS})
def database(folder, change, *arguments):
    one = chapter(folder)
    sealed_cache.put(one, 1.0)
    change(folder / "cache" / "global.db", *arguments)
    sealed_cache.check(folder / "cache")
    sealed_cache.put(one, 1.0)
    assert sealed_cache.find(one).cells[0].outputs[0].text == "1\n"


SIZES = (0, 1, 100, 4095, 4096, 4097, 9999, 10_000, 20_000)


@kind("files of a site", "a file that is written while the disk is full, or the writer dies, is as it was or whole", {
    f"{how} at {size}": (size, how) for size in SIZES for how in ("full", "killed")})
def writing(folder, size, how):
    path, new = folder / "page.html", b"n" * 10_000
    path.write_bytes(b"old")
    child = os.fork()
    if not child:
        status = 3
        try:
            if how == "killed":
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            site_file.put(path, new)
            status = 0
        except ExtensionError as error:
            status = 1 if "File too large" in str(error) else 2
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == (0 if size >= len(new) else 1 if how == "full" else -signal.SIGXFSZ)
    assert path.read_bytes() == (new if status == 0 else b"old")
    assert how == "killed" or os.listdir(folder) == ["page.html"]


@kind("what cells print", "megabytes on one line are read in one pass", {
    repr(piece): (piece,) for piece in ("x", "\r", "\b", "\rx", "x\r", "\r\r\n", "\x1b[2K", "é", "\r\n", "\n")},
    patience_s=30)
def printed(folder, piece):
    text = piece * 3_000_000
    assert len(overwritten(text)) <= len(text)
