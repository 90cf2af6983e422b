"""The plain screen: lines in from a pipe, lines out."""

import asyncio
import os
import signal
import sys

import pytest
from tests.cli.fakes import FakeClient, direct

from lanmsg.chat.session import ChatSession
from lanmsg.cli import chat_plain
from lanmsg.cli.chat_plain import PlainScreen
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.client.events import Stopped, Synced
from lanmsg.client.model import EVERYONE


class Keyboard:
    """Standard input as a pipe."""

    def __init__(self, monkeypatch):
        self._read_end, self._write_end = os.pipe()
        self.is_terminal = False
        monkeypatch.setattr(sys, "stdin", self)

    def fileno(self):
        return self._read_end

    def isatty(self):
        return self.is_terminal

    def type(self, data):
        os.write(self._write_end, data)

    def end(self):
        if self._write_end is not None:
            os.close(self._write_end)
            self._write_end = None


@pytest.fixture
def keyboard(monkeypatch):
    keyboard = Keyboard(monkeypatch)
    yield keyboard
    keyboard.end()


async def talk(client, *, events=()):
    screen = PlainScreen()
    session = ChatSession(client, screen)
    stream = client.events()
    client.emit(Synced(), *events)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(session.follow(stream))
        code = await screen.run(session)
        following.cancel()
    session.close()
    return code, session


async def test_lines_of_a_pipe_are_sent_and_all_have_arrived_at_its_end(keyboard, capsys):
    client = FakeClient()
    keyboard.type("hello\n@bob psst\r\n#Grüße".encode())
    keyboard.end()
    code, _ = await talk(client)
    assert [(each.conversation, each.text) for each in client.sent] == [
        (EVERYONE, "hello"),
        (direct("bob"), "psst"),
        (EVERYONE, "Grüße"),
    ]
    assert code is ExitCode.OK
    assert [line[6:] for line in capsys.readouterr().out.splitlines()[2:]] == [
        "you → everyone: hello   ✓ sent",
        "you → @bob: psst   ✓ sent",
        "you → everyone: Grüße   ✓ sent",
    ]


async def test_lines_of_a_pipe_wait_until_the_hub_has_told_all(keyboard):
    client = FakeClient()
    keyboard.type(b"hello\n")
    screen = PlainScreen()
    session = ChatSession(client, screen)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(session.follow(client.events()))
        running = tasks.create_task(screen.run(session))
        await asyncio.sleep(0.05)
        assert client.sent == []
        client.emit(Synced())
        async with asyncio.timeout(5):
            while not client.sent:  # noqa: ASYNC110 - the line comes from a thread
                await asyncio.sleep(0.001)
        keyboard.end()
        await running
        following.cancel()
    session.close()


async def test_what_the_hub_does_not_take_in_time_ends_in_the_code_for_that(keyboard, monkeypatch):
    monkeypatch.setattr(chat_plain, "DRAIN_TIMEOUT_S", 0)
    keyboard.type(b"hello\n")
    keyboard.end()
    code, _ = await talk(FakeClient(is_slow=True))
    assert code is ExitCode.NOT_SENT


async def test_quit_ends_it_although_the_pipe_stays_open(keyboard):
    client = FakeClient()
    keyboard.type(b"hello\n/quit\nnever\n")
    await talk(client)
    assert [each.text for each in client.sent] == ["hello"]


async def test_a_client_that_stops_ends_it(keyboard, capsys):
    _, session = await talk(FakeClient(), events=[Stopped(code="store_failed", text="the disk is full")])
    assert session.stop_code == "store_failed"
    assert "the disk is full" in capsys.readouterr().out


async def test_bytes_that_are_no_utf_8_are_replaced(keyboard):
    client = FakeClient()
    keyboard.type(b"caf\xe9\n")
    keyboard.end()
    await talk(client)
    assert client.sent[0].text == "caf\ufffd"


@pytest.mark.skipif(os.name != "posix", reason="signals to oneself")
async def test_the_second_ctrl_c_in_a_row_leaves(keyboard, capsys):
    keyboard.is_terminal = True
    client = FakeClient()
    screen = PlainScreen()
    session = ChatSession(client, screen)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(screen.run(session))
        await asyncio.sleep(0)  # run has taken the signal
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        await running
    assert "Ctrl+C again leaves the chat." in capsys.readouterr().out


async def test_codes_are_not_drawn(capsys):
    PlainScreen().show_qr("lanmsg://x")
    PlainScreen().refresh()
    assert capsys.readouterr().out == ""


async def test_a_backslash_at_the_end_of_a_line_goes_on_in_the_next(keyboard, capsys):
    client = FakeClient()
    keyboard.type(b"one\\\n  two\\\nthree\nC:\\\\\n@bob last\\\n")
    keyboard.end()
    await talk(client)
    assert [each.text for each in client.sent] == ["one\n  two\nthree", "C:\\", "last"]
