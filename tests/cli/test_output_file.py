"""Files that commands make: whole, private, and never over another one by accident."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from lanmsg.cli import output_file
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.output_file import new_file

posix = pytest.mark.skipif(os.name != "posix", reason="modes and signals of POSIX")


@pytest.fixture(params=["nameless", "named"], autouse=True)
def _way(request, monkeypatch):
    """Both ways to write: systems without O_TMPFILE have the second alone."""
    if request.param == "named":
        monkeypatch.setattr(output_file, "_NAMELESS", 0)


def write(path, data=b"new", *, is_replacing=False):
    with new_file(path, is_replacing=is_replacing) as file:
        file.write(data)


def names(directory):
    return sorted(path.name for path in directory.iterdir())


@posix
def test_the_file_is_whole_and_its_owners_alone(tmp_path):
    write(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert names(tmp_path) == ["a"]


def test_nothing_is_overwritten_unless_it_is_asked_for(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(CommandFailed, match="is there already"):
        write(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"old"
    write(tmp_path / "a", is_replacing=True)
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


def test_a_file_that_somebody_made_meanwhile_is_not_overwritten(tmp_path):
    with pytest.raises(CommandFailed, match="is there already"), new_file(tmp_path / "a", is_replacing=False):
        (tmp_path / "a").write_bytes(b"theirs")
    assert (tmp_path / "a").read_bytes() == b"theirs"
    assert names(tmp_path) == ["a"]


@posix
def test_a_link_that_leads_nowhere_is_something_too(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CommandFailed):
        write(tmp_path / "a")
    write(tmp_path / "a", is_replacing=True)
    assert not (tmp_path / "a").is_symlink()
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("is_replacing", [False, True])
def test_after_an_error_nothing_is_left_and_nothing_is_changed(tmp_path, is_replacing):
    if is_replacing:
        (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "a", is_replacing=is_replacing) as file:
        file.write(b"%d" % (1 // (file.write(b"half") - 4)))
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([b"old"] if is_replacing else [])


@pytest.mark.parametrize(
    ("name", "said"), [(".", "is a directory"), ("none/a", "is not a directory"), ("x" * 300, "cannot write")]
)
def test_a_place_that_can_not_be_written_is_a_sentence(tmp_path, name, said):
    with pytest.raises(CommandFailed, match=said) as caught:
        write(tmp_path / name)
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.skipif(sys.platform != "linux", reason="O_TMPFILE")
def test_a_killed_program_leaves_no_partial_file(tmp_path):
    if not output_file._NAMELESS:
        pytest.skip("this is the way without names")
    program = (
        "import sys; from pathlib import Path; from lanmsg.cli.output_file import new_file\n"
        "with new_file(Path(sys.argv[1]), is_replacing=False) as file:\n"
        "    file.write(b'half'); file.flush(); print(flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writing:
        writing.stdout.readline()
        writing.send_signal(signal.SIGKILL)
    assert names(tmp_path) == []
