"""Where output goes, and what is filtered."""

import io
import sys

import pytest

from lanmsg.cli.output import (
    has_terminal,
    is_terminal_in,
    is_terminal_out,
    prepare_streams,
    write_error,
    write_line,
    write_note,
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_results_go_to_standard_output_and_the_rest_to_standard_error(capsys):
    write_line("result")
    write_note("note \x1b[2J")
    write_error("error \x07")
    assert capsys.readouterr() == ("result\n", "note ␛[2J\nlanmsg: error ␇\n")


def test_each_line_is_flushed(monkeypatch):
    out = io.TextIOWrapper(io.BufferedWriter(io.BytesIO(), 1 << 20))
    monkeypatch.setattr(sys, "stdout", out)
    write_line("now")
    assert out.buffer.raw.getvalue() == b"now\n"


def test_a_note_that_nobody_reads_is_dropped(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    write_note("nobody")


def test_what_the_terminal_cannot_show_is_replaced(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    prepare_streams()
    write_line("→ ok")
    assert out.buffer.getvalue() == b"? ok\n"


@pytest.mark.parametrize("stream", [None, io.StringIO()], ids=["none", "file"])
def test_without_a_terminal_on_both_sides_there_is_none(monkeypatch, stream):
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", stream)
    assert is_terminal_in()
    assert not is_terminal_out()
    assert not has_terminal()
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert has_terminal()
