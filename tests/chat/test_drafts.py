"""What is not entered is kept when the person pauses or leaves, and given back where it belongs."""

import pytest
from tests.cli.fakes import FakeClient, FakeScreen, FakeTimers, direct

from lanmsg.chat.session import ChatSession
from lanmsg.client.events import DraftChanged, Synced
from lanmsg.client.model import EVERYONE

BOB = direct("bob")


class Chat:
    def __init__(self, **drafts):
        self.client = FakeClient(kept_drafts={direct(name): text for name, text in drafts.items()})
        self.screen = FakeScreen()
        self.timers = FakeTimers()
        self.session = ChatSession(self.client, self.screen, call_later=self.timers.call_later)

    @property
    def kept(self):
        return self.client.drafts()


def test_a_text_is_kept_when_the_person_pauses_and_not_for_each_key():
    chat = Chat()
    for line in ("@bob h", "@bob he", "@bob hel"):
        chat.session.edited(line)
    assert chat.client.kept_drafts == {}
    chat.timers.fire()
    assert chat.kept == {BOB: "hel"}


def test_what_is_entered_or_emptied_is_no_draft_any_more():
    chat = Chat()
    for end in ("@bob hello", "/who", ""):
        chat.session.edited("@bob hello")
        chat.timers.fire()
        assert chat.kept == {BOB: "hello"}
        if end:
            chat.session.entered(end)
        else:
            chat.session.edited("")
            chat.timers.fire()
        assert chat.kept == {}


def test_a_text_that_is_turned_to_others_is_a_draft_for_them_alone():
    chat = Chat()
    chat.session.edited("@bob hello")
    chat.timers.fire()
    chat.session.edited("#hello")
    chat.timers.fire()
    assert chat.kept == {EVERYONE: "hello"}


def test_leaving_keeps_what_stands_in_the_line():
    chat = Chat()
    chat.session.edited("@bob see you")
    chat.session.close()
    assert chat.kept == {BOB: "see you"}


def test_who_comes_back_gets_it_back_and_sending_it_ends_it():
    chat = Chat(bob="half a line")
    chat.session.explain()
    assert chat.screen.taken()[-1] == "Unfinished: @bob."
    chat.session.switch_to(BOB)
    assert chat.screen.given_back == ["half a line"]
    chat.session.edited("half a line")
    chat.timers.fire()
    assert chat.kept == {BOB: "half a line"}
    chat.session.entered("half a line")
    assert chat.kept == {}


@pytest.mark.parametrize("is_typing", [False, True])
async def test_one_of_another_device_is_offered_once_to_who_is_not_typing(is_typing):
    chat = Chat()
    chat.session.current = BOB
    stream = chat.client.events()
    chat.client.emit(Synced())
    if is_typing:
        chat.session.edited("me first")
    for text in ("from", "from\x1b the phone"):
        chat.client.emit(DraftChanged(conversation=BOB, text=text))
    chat.client.emit(DraftChanged(conversation=EVERYONE, text="elsewhere"))
    await chat.client.__aexit__()
    await chat.session.follow(stream)
    offered = [line for line in chat.screen.lines if "another device" in line]
    words = "Unfinished here, on another device: “from” /draft takes it up."
    assert offered == ([] if is_typing else [words])
