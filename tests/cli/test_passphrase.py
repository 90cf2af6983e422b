"""Passphrases: typed twice or read from a file, and weak ones are remarked on."""

import pytest

from lanmsg.cli.exit_codes import CommandFailed
from lanmsg.cli.passphrase import known_passphrase, new_passphrase, weakness

STRONG = "seven old boats under the bridge"


def typing(*answers):
    waiting = list(answers)
    return lambda question: waiting.pop(0)


def test_a_new_one_is_typed_twice(capsys):
    assert new_passphrase(None, ask=typing(STRONG, STRONG)) == STRONG
    assert capsys.readouterr().err == ""


def test_two_that_differ_are_refused():
    with pytest.raises(CommandFailed, match="differ"):
        new_passphrase(None, ask=typing(STRONG, STRONG + "!"))


def test_one_that_is_known_is_typed_once():
    assert known_passphrase(None, ask=typing("x")) == "x"


@pytest.mark.parametrize("weak", ["short", "1234567890123456", "abababababababababab"])
def test_a_weak_one_is_remarked_on_and_taken(weak, capsys):
    assert new_passphrase(None, ask=typing(weak, weak)) == weak
    assert "weak" in capsys.readouterr().err
    assert weakness(weak)


@pytest.mark.parametrize("content", [b"word\n", b"word\r\n", b"word", b"word\nsecond line"])
def test_from_a_file_the_first_line_counts(tmp_path, content):
    (tmp_path / "p").write_bytes(content)
    assert known_passphrase(tmp_path / "p") == "word"


@pytest.mark.parametrize(("content", "said"), [(b"", "empty"), (b"\nword", "empty"), (b"\xff", "UTF-8")])
def test_a_file_without_one_is_refused(tmp_path, content, said):
    (tmp_path / "p").write_bytes(content)
    with pytest.raises(CommandFailed, match=said):
        known_passphrase(tmp_path / "p")


def test_an_empty_one_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(CommandFailed, match="empty"):
        known_passphrase(None, ask=typing(""))
    with pytest.raises(CommandFailed, match="cannot read"):
        known_passphrase(tmp_path / "none")


def test_without_a_terminal_a_file_is_asked_for(monkeypatch):
    monkeypatch.setattr("lanmsg.cli.passphrase.is_terminal_in", lambda: False)
    with pytest.raises(CommandFailed, match="--passphrase-file"):
        new_passphrase(None)
