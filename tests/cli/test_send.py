"""`lanmsg send`: the code says what became of the message."""

import io
import sys
from types import SimpleNamespace

import pytest
from tests.cli.fakes import FakeClient, direct, group, person, room

from lanmsg.cli import send
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.send import send_text
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import EVERYONE, MessageState


async def try_send(client, target="#", *, is_queued=True, timeout_s=0):
    with pytest.raises(CommandFailed) as raised:
        await send_text(client, target, "hi", timeout_s=timeout_s, is_queued=is_queued)
    return raised.value


async def test_a_message_the_hub_has_is_success():
    client = FakeClient()
    assert await send_text(client, "@bob", "hi", timeout_s=5, is_queued=True) is ExitCode.OK
    [message] = client.sent
    assert (message.conversation, message.text, message.state) == (direct("bob"), "hi", MessageState.SENT)


async def test_several_people_get_it_as_a_group():
    client = FakeClient()
    await send_text(client, "@bob,@ann", "hi", timeout_s=5, is_queued=True)
    assert [message.conversation for message in client.sent] == [group("bob", "ann")]


async def test_a_room_gets_it():
    client = FakeClient(all_rooms=[room("kitchen")])
    await send_text(client, "@kitchen", "hi", timeout_s=5, is_queued=True)
    assert [message.conversation for message in client.sent] == [room("kitchen").conversation]


async def test_a_wrong_name_among_several_sends_nothing():
    client = FakeClient()
    with pytest.raises(UnknownPerson):
        await send_text(client, "@bob,@carl", "hi", timeout_s=5, is_queued=True)
    assert client.sent == []


async def test_who_joined_while_we_were_away_is_known_after_catching_up():
    client = FakeClient(newcomers=[person("carl")])
    await send_text(client, "@carl", "hi", timeout_s=5, is_queued=True)
    assert client.sent[0].conversation == direct("carl")


async def test_an_unknown_name_is_refused_at_once_while_offline():
    with pytest.raises(UnknownPerson):
        await send_text(
            FakeClient(is_online=False, newcomers=[person("carl")]),
            "@carl",
            "hi",
            timeout_s=5,
            is_queued=True,
        )


async def test_a_message_that_is_not_taken_in_time_waits_in_the_outbox():
    client = FakeClient(is_slow=True)
    failed = await try_send(client)
    assert failed.code is ExitCode.NOT_SENT
    assert "outbox" in str(failed)
    assert len(client.sent) == 1


async def test_without_queue_it_is_taken_back():
    client = FakeClient(is_slow=True)
    failed = await try_send(client, is_queued=False)
    assert failed.code is ExitCode.NOT_SENT
    assert "taken back" in str(failed)
    assert client.sent == []


async def test_what_was_under_way_already_may_arrive_and_the_text_says_so():
    failed = await try_send(FakeClient(is_slow=True, is_too_late=True), is_queued=False)
    assert failed.code is ExitCode.NOT_SENT
    assert "may still arrive" in str(failed)


async def test_a_refused_message_ends_in_the_code_for_that():
    client = FakeClient(refusal="the hub is full")
    failed = await try_send(client, timeout_s=5)
    assert failed.code is ExitCode.REFUSED
    assert "the hub is full" in str(failed)


# --- the text --------------------------------------------------------------------------------


@pytest.fixture
def sending(monkeypatch):
    """Run the command with a fake client; returns what was sent."""
    client = FakeClient()

    def run(*arguments, stdin=b"", **options):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin), isatty=lambda: False))
        send.send(*arguments, **options)
        return [(message.conversation, message.text) for message in client.sent]

    import asyncio

    monkeypatch.setattr(send, "run_with_client", lambda _, use: asyncio.run(use(client)))
    return run


def test_words_are_joined_by_spaces(sending):
    assert sending("#", "build", "is", "done") == [(EVERYONE, "build is done")]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"done\n", "done"),
        (b"one\ntwo\n\n", "one\ntwo\n"),
        (b"one\r\ntwo", "one\ntwo"),
        ("Grüße\n".encode(), "Grüße"),
    ],
)
def test_all_of_standard_input_is_one_message_without_its_last_line_break(sending, data, text):
    assert sending("#", stdin=data) == [(EVERYONE, text)]


@pytest.mark.parametrize(
    ("arguments", "data"),
    [(("#",), b""), (("#",), b" \n"), (("#", ""), b""), (("#",), b"\xff\xfe"), (("#", "\udcff"), b"")],
    ids=["empty", "blank", "empty word", "not UTF-8", "word not UTF-8"],
)
def test_what_is_no_text_is_not_sent(sending, arguments, data):
    with pytest.raises(CommandFailed, match="not sent") as raised:
        sending(*arguments, stdin=data)
    assert raised.value.code is ExitCode.USAGE


def test_at_a_terminal_it_says_how_to_end_the_message(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b""), isatty=lambda: True))
    with pytest.raises(CommandFailed):
        send.send("#")
    assert "Ctrl+D" in capsys.readouterr().err
