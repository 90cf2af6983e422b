"""What a chat says while two people verify each other, and the commands they type."""

import pytest
from tests.cli.fakes import FakeClient, FakeScreen, FakeTimers

from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.session import ChatSession
from lanmsg.chat.verification_lines import before_emoji, emoji_rows, spoken_names
from lanmsg.cli.chat_plain import PlainScreen
from lanmsg.client.events import (
    VerificationCancelled,
    VerificationDone,
    VerificationEmoji,
    VerificationRequested,
)
from lanmsg.client.model import CancelReason, VerificationInfo, VerificationStage
from lanmsg.client.verification_words import cancel_words
from lanmsg.wire.emoji_words import EMOJI
from lanmsg.wire.safe_text import width

SEVEN = EMOJI[:7]
EMOJI_SHOWN = VerificationEmoji(
    handle="bob", emoji=tuple(each.emoji for each in SEVEN), names=tuple(each.name for each in SEVEN)
)


class Chat:
    def __init__(self, **fields):
        self.client = FakeClient(**fields)
        self.screen = FakeScreen()
        self.session = ChatSession(self.client, self.screen, call_later=FakeTimers().call_later)
        self.runner = LineRunner(self.session)

    async def run(self, line):
        await self.runner.run(line)
        return self.screen.taken()

    def take(self, event):
        self.session._take(event)
        return self.screen.taken()


def waiting(name, stage):
    return VerificationInfo(handle=name, stage=stage)


# --- events ----------------------------------------------------------------------------------


async def test_a_request_says_how_to_answer():
    [line] = Chat().take(VerificationRequested(handle="bob"))
    assert "/verify bob" in line
    assert "/different bob" in line


async def test_emoji_come_with_their_names_and_what_to_do_next():
    before, emoji, after = Chat().take(EMOJI_SHOWN)
    assert "not over this chat" in before
    assert emoji.startswith("🐌 snail 🐝 bee")
    assert "/same" in after
    assert "/different" in after


async def test_the_end_is_told_either_way():
    chat = Chat()
    [done] = chat.take(VerificationDone(handle="bob"))
    assert "bob is verified" in done
    text = cancel_words(CancelReason.DIFFERENT, "bob", by_us=False)
    [end] = chat.take(
        VerificationCancelled(handle="bob", reason=CancelReason.DIFFERENT, by_us=False, text=text)
    )
    assert "Not verified" in end


def test_a_hostile_name_does_not_reach_the_terminal():
    assert "\x1b" not in before_emoji(VerificationRequested(handle="\x1b[2Jbob"))


@pytest.mark.parametrize("reason", CancelReason)
@pytest.mark.parametrize("by_us", [True, False])
def test_every_end_has_words_with_the_name(reason, by_us):
    assert "bob" in cancel_words(reason, "bob", by_us=by_us)


def test_each_name_stands_below_its_emoji_within_80_columns():
    longest = sorted(EMOJI, key=lambda each: -len(each.name))[:7]
    rows = emoji_rows([each.emoji for each in longest], [each.name for each in longest])
    assert len(rows) == 4
    assert max(map(width, rows)) <= 80
    column = width(rows[0][: rows[0].index(longest[1].emoji)])
    assert rows[1][column:].startswith(longest[1].name)


def test_a_screen_reader_gets_the_names_alone(capsys):
    PlainScreen().show_emoji(EMOJI_SHOWN.emoji, EMOJI_SHOWN.names)
    assert capsys.readouterr().out == spoken_names(EMOJI_SHOWN.names) + "\n"
    assert spoken_names(EMOJI_SHOWN.names).isascii()


# --- commands --------------------------------------------------------------------------------


async def test_verify_asks_and_says_what_the_other_must_do():
    chat = Chat()
    [line] = await chat.run("/verify bob")
    assert chat.client.verified == [("verify", "bob")]
    assert "they answer with /verify" in line


async def test_verify_is_the_answer_to_a_request():
    chat = Chat(verifying=[waiting("bob", VerificationStage.ASKED)])
    assert await chat.run("/verify @bob") == []
    assert chat.client.verified == [("verify", "bob")]


async def test_nobody_can_be_verified_who_is_not_here():
    [line] = await Chat().run("/verify carl")
    assert "Nobody here is called carl" in line


async def test_same_and_different_need_no_name_where_one_is_meant():
    chat = Chat(verifying=[waiting("bob", VerificationStage.COMPARING)])
    await chat.run("/same")
    await chat.run("/different")
    assert chat.client.verified == [("confirm", "bob"), ("different", "bob")]


async def test_different_declines_before_there_are_emoji():
    chat = Chat(verifying=[waiting("bob", VerificationStage.ASKED)])
    await chat.run("/different")
    assert chat.client.verified == [("call off", "bob")]


@pytest.mark.parametrize("line", ["/same", "/different"])
async def test_without_a_verification_they_say_how_one_begins(line):
    chat = Chat()
    [said] = await chat.run(line)
    assert "/verify NAME begins" in said
    assert chat.client.verified == []


async def test_of_several_one_must_be_named():
    both = [waiting("bob", VerificationStage.COMPARING), waiting("ann", VerificationStage.COMPARING)]
    chat = Chat(verifying=both)
    [said] = await chat.run("/same")
    assert "/same bob" in said
    await chat.run("/same ann")
    assert chat.client.verified == [("confirm", "ann")]
