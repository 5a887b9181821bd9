"""`deref archive`: the project's own releases are whole, and damage is said in lines and an exit status."""

import pytest
from small_releases import entry, figure, write

from deref.cli.commands import main


@pytest.fixture
def archive(tmp_path, monkeypatch, capsys):
    """Run the command on a made-up archive; gives its exit status and both streams."""
    write(tmp_path / "records", "0.1.0", [entry(0)], [figure(0)])
    monkeypatch.chdir(tmp_path)

    def call(*arguments, records=tmp_path / "records"):
        given = ["--records", str(records)] if records else []
        return (main(["archive", *given, *arguments]), *capsys.readouterr())

    return call


def test_the_releases_of_the_project_are_whole(archive):
    status, out, _ = archive("check", records=None)
    assert (status, out.split(":")[0]) == (0, "whole"), out


def test_damage_is_an_exit_status_and_a_line(archive, tmp_path):
    assert archive("check")[0] == 0
    path = next((tmp_path / "records" / "objects").glob("*.xz"))
    path.write_bytes(b"")
    status, out, _ = archive("check")
    assert status == 1 and path.name.removesuffix(".xz") in out


def test_a_release_is_packed_into_one_file_whose_name_in_the_archives_of_the_world_is_said(archive, tmp_path):
    status, out, _ = archive("pack", "0.1.0")
    place, name = out.splitlines()
    assert status == 0 and name.startswith("swh:1:dir:")
    assert place == f"{tmp_path / 'deref-0.1.0.zip'}: {(tmp_path / 'deref-0.1.0.zip').stat().st_size:,} bytes, " \
        "1 results, 1 figures"
    again = archive("pack", "0.1.0", "--to", str(tmp_path / "other.zip"))[1].splitlines()[1]
    assert again == name and (tmp_path / "other.zip").read_bytes() == (tmp_path / "deref-0.1.0.zip").read_bytes()


def test_what_cannot_be_packed_is_refused_in_one_line(archive, tmp_path):
    for arguments, status, said in (
            (("pack", "9.9.9"), 2, "expected a version among 0.1.0, got '9.9.9'"),
            (("pack", "0.1.0", "--to", str(tmp_path / "records")), 1, "cannot be written: Is a directory")):
        found, out, err = archive(*arguments)
        assert (found, out, len(err.splitlines())) == (status, "", 1) and said in err, err
    found, _, err = archive("check", records=tmp_path / "nowhere")
    assert found == 2 and "which is none" in err
