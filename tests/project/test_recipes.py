"""The reader of pages that tests follow: nothing that a page asks for is passed over, and what fails fails."""

import pytest
import recipes
from follower import Follower, StandIn
from small_copy import PROJECT, SmallCopy, contents

PAGE = """# A page

Type `make all`, then `make all` again; `make` alone is a name, and so are `deref` and `f(x, y)`.

```sh
make all   # a comment
# another
git init
```

It says:

```text
2 runs in 1 min 03 s, …
```

## A file

```{code-block} diff
:caption: some/file
 kept
-old
+new
```

`mkae all` is misspelt, and `A=1 make all` is another command.

| Setting | Effect |
| --- | --- |
| `make one` | something |
"""


@pytest.fixture
def read(tmp_path):
    def given(text):
        (tmp_path / "page.md").write_text(text, "utf-8")
        return recipes.read(tmp_path / "page.md")

    return given


def test_everything_that_a_page_asks_for_is_found_once(read):
    first, second = read(PAGE).values()
    assert [item.text for item in first.items[:2]] == ["make all", "git init"]
    assert first.items[2:] == [recipes.Output(("2 runs in 1 min 03 s, …",))]
    edit, *said = second.items
    assert edit == recipes.Edit("some/file", ("kept", "old"), ("kept", "new"))
    assert [item.text for item in said] == ["mkae all", "A=1 make all"]
    assert second.rows == ["make one"]


@pytest.mark.parametrize(("text", "message"), [
    ("```bash\nmake\n```", "expected a block of sh or text, or a code-block with a caption, got 'bash'"),
    ("```{code-block} python\nx = 1\n```", "or a code-block with a caption"),
    ("```sh\nmake \\\n  all\n```", "expected commands of one line"),
    ("```sh\nmake", "expected the end of the block"),
    ("| Command | Effect |\n| `make` | all |", "expected a table of 'Setting' or 'What was said', got 'Command'"),
])
def test_what_is_not_known_is_refused(read, text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


@pytest.mark.parametrize(("line", "said", "fits"), [
    ("trained 4 of 4 missing runs in 40 s", "trained 1 of 2 missing runs in 1 min 02 s", True),
    ("cluster: 120 runs for 8 workers", "cluster: 1 run for 1 worker", True),
    ("executed a/b in 10 s", "executed a/b in 9.3 s", True),
    ("sha256 …; state it", "sha256 1f0; state it", True),
    ("executed a/b in 10 s", "executed a/c in 10 s", False),
    ("executed a/b in 10 s", "not executed a/b in 10 s", False),
])
def test_output_is_compared_but_for_its_numbers(line, said, fits):
    assert bool(recipes.pattern(line).search(said)) == fits


@pytest.mark.parametrize("block", ["```sh\nmake bok\n```", "Type `mkae book`.",
                                   "```sh\necho 3 runs\n```\n\n```text\n3 walks\n```"])
def test_a_page_that_is_wrong_fails_whoever_follows_it(read, tmp_path, block):
    copy = SmallCopy(tmp_path / "copy", prepared=False)
    with Follower(copy, read(f"# Wrong\n\n{block}\n"), (), ()) as follower, pytest.raises(AssertionError):
        follower.follow("Wrong")


def test_a_page_that_is_right_is_followed(read, tmp_path):
    copy = SmallCopy(tmp_path / "copy", prepared=False)
    text = "# Right\n\n```sh\necho 3 runs\n```\n\n```text\n5 runs\n```\n\n" \
           "```{code-block} diff\n:caption: _toc.yml\n-root: book/intro\n+root: book/other\n```\n"
    with Follower(copy, read(text), (StandIn("3", "4", "a test"),), ()) as follower:
        (done,) = follower.follow("Right")
    assert (done.command, done.said) == ("echo 3 runs", "4 runs\n")
    assert "root: book/other" in copy.read("_toc.yml")


def test_contents_keep_their_form():
    toc = (PROJECT / "_toc.yml").read_text("utf-8")
    kept = contents(toc, {"book/ch06/index", "book/ch06/scaling", "book/ch06/noise", "book/ch06/plateaus",
                          "book/rebuild"})
    assert kept.partition("parts:\n")[2].splitlines() == [
        "  - caption: The chapters", "    chapters:", "      - file: book/ch06/index", "        sections:",
        "          - file: book/ch06/scaling", "          - file: book/ch06/noise", "            sections:",
        "              - file: book/ch06/plateaus",
        "  - caption: The book itself", "    chapters:", "      - file: book/rebuild"]
