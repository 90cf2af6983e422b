"""A mark names the message that a person sees, or nothing."""

import pytest
from tests.cli.fakes import FakeClient, message

from lanmsg.chat.message_marks import is_there, marked, quote, quoted_text
from lanmsg.client.model import EVERYONE, MessageState
from lanmsg.wire.commands import LineError
from lanmsg.wire.marks import Mark


def client(count=120):
    log = [message(f"m{seq} {'soup' if seq % 50 == 1 else ''}", seq=seq) for seq in range(1, count + 1)]
    return FakeClient(logs={EVERYONE: log})


def found(mark, **fields):
    return marked(client(**fields), EVERYONE, mark, is_there).seq


def test_messages_are_counted_from_the_newest_and_by_word():
    assert [found(mark) for mark in (Mark(), Mark(3), Mark(120), Mark(1, "SOUP"), Mark(3, "soup"))] == [
        120, 118, 1, 101, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("mark", [Mark(121), Mark(4, "soup"), Mark(1, "salad")])
def test_a_mark_that_names_nothing_says_so(mark):
    with pytest.raises(LineError, match="there is no message"):
        found(mark)


def test_deleted_and_refused_messages_are_not_counted():
    log = [
        message("one", seq=1),
        message("two", seq=2, is_deleted=True),
        message("three", sender="me", seq=0, state=MessageState.FAILED),
    ]
    assert marked(FakeClient(logs={EVERYONE: log}), EVERYONE, Mark(), is_there).text == "one"


def test_a_quotation_is_short_and_cannot_be_closed_by_what_is_quoted():
    assert quoted_text(message("soup”: I agree “")) == '“soup": I agree "”'
    assert quoted_text(message("\n\n first \nsecond")) == "“first…”"
    assert len(quoted_text(message("x" * 999))) == 42
    assert "\x1b" not in quoted_text(message("\x1b[2J"))


def test_what_has_no_text_is_named_by_its_author():
    assert quote(None) == "a message that is not here"
    assert quote(message("", is_deleted=True)) == "bob (deleted)"
    assert quote(message("", state=MessageState.UNREADABLE)) == "bob (can't be read)"
    assert quote(message("hi", sender="me")) == "you “hi”"
