"""What people did to messages is one short line, and news only where it concerns us."""

import time

import pytest
from tests.cli.fakes import direct, message

from lanmsg.chat.change_lines import change_line, is_news
from lanmsg.chat.message_lines import plain_text
from lanmsg.client.events import ChangeKind, MessageChanged


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def line(change, by="bob", *, text="soup", sender="bob", **fields):
    event = MessageChanged(message=message(text, sender=sender), change=change, by=by, **fields)
    return plain_text(change_line(event, "me")).strip()


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (line(ChangeKind.EDITED), "bob edited the message of 12:00 (→ everyone): soup"),
        (line(ChangeKind.EDITED, text="a\nb"), "bob edited the message of 12:00 (→ everyone): a …"),
        (line(ChangeKind.DELETED), "bob deleted the message of 12:00 (→ everyone)"),
        (line(ChangeKind.DELETED, "mod"), "mod deleted bob's message of 12:00 (→ everyone)"),
        (line(ChangeKind.REACTION, "me", emoji="👍"), "you 👍 bob “soup” (→ everyone)"),
        (line(ChangeKind.REACTION, sender="me", emoji="👍"), "bob 👍 you “soup” (→ everyone)"),
        (
            line(ChangeKind.REACTION, emoji="x", is_removed=True),
            "bob took x back from bob “soup” (→ everyone)",
        ),
        (line(ChangeKind.PIN, "ann"), "ann pinned bob “soup” (→ everyone)"),
        (line(ChangeKind.PIN, "ann", is_removed=True), "ann unpinned bob “soup” (→ everyone)"),
        (line(ChangeKind.REACTION, emoji="\x1b[2J"), "bob ␛[2J bob “soup” (→ everyone)"),
    ],
)
def test_a_change_is_one_line(shown, expected):
    assert shown == expected


def test_only_news_is_shown():
    def news(change, by="bob", *, is_backlog=False, **fields):
        event = MessageChanged(message=message(**fields), change=change, by=by, is_backlog=is_backlog)
        return is_news(event, "me")

    assert news(ChangeKind.EDITED)
    assert not news(ChangeKind.EDITED, is_backlog=True)
    assert not news(ChangeKind.STATE)
    assert not news(ChangeKind.REACTION, sender="ann")
    assert news(ChangeKind.REACTION, sender="me")
    assert news(ChangeKind.REACTION, by="me", sender="ann")
    assert news(ChangeKind.REACTION, sender="ann", to=direct("ann"))
