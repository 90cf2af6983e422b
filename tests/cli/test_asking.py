"""Questions and answers."""

import os
import sys

import pytest

from lanmsg.cli.asking import ask
from lanmsg.cli.exit_codes import CommandFailed, ExitCode


@pytest.fixture
def answers(monkeypatch):
    """Put bytes into standard input; returns its descriptor."""
    read_end, write_end = os.pipe()

    def put(data):
        os.write(write_end, data)
        os.close(write_end)
        return read_end

    stdin = os.fdopen(read_end, "rb")
    monkeypatch.setattr(sys, "stdin", stdin)
    yield put
    stdin.close()


def test_a_question_takes_its_line_and_leaves_the_rest(answers, capsys):
    descriptor = answers(b" bob \r\n\nhello\n")
    assert ask("Name") == "bob"
    assert ask("Port [7777]") == ""
    assert os.read(descriptor, 100) == b"hello\n"
    assert capsys.readouterr().out == "Name: Port [7777]: "


def test_a_last_line_without_an_end_counts(answers):
    answers(b"bob")
    assert ask("Name") == "bob"


def test_without_an_answer_it_says_how_to_do_without_questions(answers):
    answers(b"")
    with pytest.raises(CommandFailed, match="--name") as raised:
        ask("Name")
    assert raised.value.code is ExitCode.USAGE
