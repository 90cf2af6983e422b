"""Own messages: shown once, then the steps that matter."""

from dataclasses import replace

import pytest
from tests.cli.fakes import FakeTimers, direct, message

from lanmsg.chat import own_messages
from lanmsg.chat.message_lines import message_lines, plain_text
from lanmsg.chat.own_messages import OwnMessages
from lanmsg.client.model import MessageState

WAITING = message("hello", sender="me", to=direct("bob"), seq=0, state=MessageState.WAITING)
SENT = replace(WAITING, seq=1, state=MessageState.SENT)
DELIVERED = replace(SENT, state=MessageState.DELIVERED)
FAILED = replace(WAITING, state=MessageState.FAILED, reason="too large")


class Fixture:
    def __init__(self):
        self.timers = FakeTimers()
        self.is_away = False
        self._lines = []
        self.own = OwnMessages(
            lambda message: self._add(message_lines(message, lambda _: None)),
            show_step=self._add,
            call_later=self.timers.call_later,
            is_away=lambda _: self.is_away,
        )

    def _add(self, lines):
        self._lines += [plain_text(line).partition(" ")[2].strip() for line in lines]

    def taken(self):
        lines, self._lines = self._lines, []
        return lines


@pytest.fixture
def fixture():
    return Fixture()


def test_a_message_the_hub_takes_at_once_is_one_line(fixture):
    fixture.own.queued(WAITING, is_online=True)
    assert fixture.taken() == []
    fixture.own.changed(SENT)
    fixture.own.changed(SENT)
    fixture.timers.fire()
    assert fixture.taken() == ["you → @bob: hello   ✓ sent"]
    fixture.own.changed(DELIVERED)
    assert fixture.taken() == []
    assert fixture.own.last is DELIVERED


def test_a_message_the_hub_has_before_we_note_it_is_shown_once(fixture):
    fixture.own.changed(SENT)
    fixture.own.queued(WAITING, is_online=True)
    fixture.timers.fire()
    assert fixture.taken() == ["you → @bob: hello   ✓ sent"]


def test_a_message_written_offline_is_shown_waiting_then_sent_then_delivered(fixture):
    fixture.own.queued(WAITING, is_online=False)
    assert fixture.taken() == ["you → @bob: hello   … waiting"]
    fixture.own.changed(SENT)
    assert fixture.taken() == ["✓ sent → @bob: hello"]
    fixture.own.changed(DELIVERED)
    assert fixture.taken() == ["✓✓ delivered → @bob: hello"]


def test_a_slow_hub_makes_it_waiting_after_a_moment(fixture):
    fixture.own.queued(WAITING, is_online=True)
    fixture.timers.fire()
    assert fixture.taken() == ["you → @bob: hello   … waiting"]
    fixture.own.changed(SENT)
    assert fixture.taken() == ["✓ sent → @bob: hello"]


def test_what_is_for_an_absent_person_gets_a_line_when_it_arrives(fixture):
    fixture.is_away = True
    fixture.own.queued(WAITING, is_online=True)
    fixture.own.changed(SENT)
    fixture.own.changed(DELIVERED)
    assert fixture.taken() == ["you → @bob: hello   ✓ sent", "✓✓ delivered → @bob: hello"]


@pytest.mark.parametrize("is_online", [True, False])
def test_a_refused_message_always_says_so(fixture, is_online):
    fixture.own.queued(WAITING, is_online=is_online)
    fixture.own.changed(FAILED)
    assert fixture.taken()[-1].startswith(("you → @bob: hello   ✗ not sent: too", "✗ not sent: too large →"))


def test_states_never_go_back(fixture):
    fixture.own.queued(WAITING, is_online=False)
    fixture.own.changed(DELIVERED)
    fixture.own.changed(SENT)
    fixture.own.changed(WAITING)
    assert fixture.taken() == ["you → @bob: hello   … waiting", "✓✓ delivered → @bob: hello"]


def test_what_the_backlog_showed_as_waiting_gets_its_steps(fixture):
    fixture.own.already_shown(WAITING)
    fixture.own.queued(WAITING, is_online=True)
    fixture.timers.fire()
    fixture.own.changed(SENT)
    assert fixture.taken() == ["✓ sent → @bob: hello"]


def test_a_message_of_another_device_of_ours_is_shown(fixture):
    fixture.own.changed(SENT)
    assert fixture.taken() == ["you → @bob: hello   ✓ sent"]


def test_a_delivery_of_what_was_shown_long_ago_is_silent(fixture):
    fixture.own.changed(DELIVERED)
    assert fixture.taken() == []


def test_a_quoted_text_is_short_and_filtered(fixture):
    long = replace(WAITING, text="\x1b[2J\n" + "x" * 500)
    fixture.own.queued(long, is_online=False)
    fixture.taken()
    fixture.own.changed(replace(long, seq=1, state=MessageState.SENT))
    [line] = fixture.taken()
    assert line.startswith("✓ sent → @bob: ␛[2J⏎xxx")
    assert len(line) < 80


def test_it_is_settled_once_the_hub_has_had_its_word(fixture):
    assert fixture.own.is_settled
    fixture.own.queued(WAITING, is_online=True)
    assert not fixture.own.is_settled
    fixture.own.changed(FAILED)
    assert fixture.own.is_settled


def test_a_closed_chat_shows_nothing_later(fixture):
    fixture.own.queued(WAITING, is_online=True)
    fixture.own.close()
    fixture.timers.fire()
    assert fixture.taken() == []


def test_only_so_many_are_remembered(fixture, monkeypatch):
    monkeypatch.setattr(own_messages, "MAX_REMEMBERED", 2)
    for number in range(3):
        fixture.own.queued(replace(WAITING, id=bytes([number]) * 16), is_online=True)
    fixture.timers.fire()
    assert len(fixture.taken()) == 2
