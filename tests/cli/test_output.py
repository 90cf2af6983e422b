"""Where output goes, and what is filtered."""

import io
import os
import sys

import pytest

from lanmsg.cli.output import (
    folded,
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


# --- folding ---------------------------------------------------------------------------------

SENTENCE = "Its check words, to compare with those on its screen"


def test_a_line_that_fits_stays_as_it_is():
    assert folded("  a   table  ", 13) == ["  a   table  "]
    assert folded(SENTENCE, 0) == [SENTENCE]


def test_a_long_line_is_broken_at_spaces_and_keeps_its_indent():
    assert folded(f"  {SENTENCE}", 24) == ["  Its check words, to", "  compare with those on", "  its screen"]


def test_a_word_that_is_too_long_is_not_broken():
    assert folded("join: lanmsg://192.0.2.1:7777/#abc now", 10) == [
        "join:",
        "lanmsg://192.0.2.1:7777/#abc",
        "now",
    ]


def test_spaces_at_a_break_are_dropped_and_others_kept():
    assert folded("ab  cd   ef  ", 6) == ["ab  cd", "ef"]


def test_wide_characters_count_twice():
    assert folded("語語 語語", 8) == ["語語", "語語"]


def test_notes_are_folded_for_a_terminal_only(monkeypatch):
    read, write = os.pipe()
    monkeypatch.setattr(sys, "stderr", os.fdopen(write, "w"))
    write_note(SENTENCE)
    sizes = []
    monkeypatch.setattr(os, "get_terminal_size", lambda fd: sizes.append(fd) or os.terminal_size((24, 80)))
    write_note(SENTENCE)
    sys.stderr.close()
    with os.fdopen(read) as written:
        assert written.read() == f"{SENTENCE}\nIts check words, to\ncompare with those on\nits screen\n"
    assert sizes == [write]
