"""The editing screen, typed at through a pipe; what it looks like is tested in a real terminal."""

import asyncio
import io
import os
import re
import sys
import termios

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_input, create_pipe_input
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from tests.cli.fakes import FakeClient, direct, message

from lanmsg.chat.session import ChatSession
from lanmsg.cli.chat_screen import TerminalScreen, kept_raw
from lanmsg.cli.output import can_draw
from lanmsg.client.events import MessageAdded, Stopped, Synced
from lanmsg.client.model import EVERYONE

CTRL_C, CTRL_D, ALT_ENTER, ENTER, TAB = "\x03", "\x04", "\x1b\r", "\r", "\t"


class Terminal:
    """Types keys, and keeps every byte that was written."""

    def __init__(self):
        self.client = FakeClient()
        self.out = io.StringIO()
        self.session = None

    async def type(self, *keys, events=()):
        """Type all keys at once, then leave; return the texts that were sent."""
        size = Size(rows=24, columns=100)
        output = Vt100_Output(
            self.out,
            lambda: size,
            term="xterm-256color",
            default_color_depth=ColorDepth.from_env(),
            enable_cpr=False,
        )
        with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=output):
            screen = TerminalScreen()
            self.session = ChatSession(self.client, screen)
            stream = self.client.events()
            self.client.emit(Synced(), *events)
            keyboard.send_text("".join(keys))
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(self.session.follow(stream))
                await screen.run(self.session)
                following.cancel()
            self.session.close()
        return [(each.conversation, each.text) for each in self.client.sent]


@pytest.fixture
def terminal():
    return Terminal()


async def test_enter_sends_the_line(terminal):
    assert await terminal.type("hello", ENTER, "@bob psst", ENTER, CTRL_D) == [
        (EVERYONE, "hello"),
        (direct("bob"), "psst"),
    ]


async def test_alt_enter_makes_a_new_line(terminal):
    assert await terminal.type("one", ALT_ENTER, "two", ENTER, CTRL_D) == [(EVERYONE, "one\ntwo")]


async def test_pasted_lines_stay_together_and_address_nobody_half_way(terminal):
    paste = "\x1b[200~one\r\n@bob two\r\x1b[201~"
    assert await terminal.type(paste, ENTER, CTRL_D) == [(EVERYONE, "one\n@bob two")]


async def test_a_line_that_means_nothing_stays_to_be_mended(terminal):
    backspaces = "\x7f" * len("bo hi")
    assert await terminal.type("@bo hi", ENTER, backspaces, "bob hi", ENTER, CTRL_D) == [
        (direct("bob"), "hi")
    ]
    assert "Did you mean @bob?" in terminal.out.getvalue()


async def test_tab_completes(terminal):
    assert await terminal.type("@b", TAB, "hi", ENTER, CTRL_D) == [(direct("bob"), "hi")]


async def test_ctrl_c_empties_the_line_and_twice_in_a_row_leaves(terminal):
    assert await terminal.type("no", CTRL_C, "yes", ENTER, CTRL_C, "x", CTRL_C, CTRL_C) == [(EVERYONE, "yes")]
    assert "Ctrl+C again leaves the chat." in terminal.out.getvalue()


async def test_ctrl_d_in_a_line_deletes(terminal):
    home = "\x01"
    assert await terminal.type("xhi", home, CTRL_D, ENTER, CTRL_D) == [(EVERYONE, "hi")]


@pytest.mark.parametrize("leave", ["/quit", ":q"])
async def test_quit_leaves(terminal, leave):
    assert await terminal.type(leave, ENTER) == []


async def test_what_is_typed_behind_quit_is_not_sent(terminal):
    assert await terminal.type("yes", ENTER, "/quit", ENTER, "no", ENTER) == [(EVERYONE, "yes")]


async def test_a_client_that_stops_ends_it(terminal):
    await terminal.type(events=[Stopped(code="store_failed", text="the disk is full")])
    assert terminal.session.stop_code == "store_failed"
    assert "the disk is full" in terminal.out.getvalue()


async def test_no_sequence_of_others_reaches_the_terminal(terminal):
    evil = message("\x1b]52;c;aGk=\x07\x9b31m<b>&\x1b[2J", sender="evil\x1b]0;x\x07", seq=9)
    await terminal.type("x", ENTER, CTRL_D, events=[MessageAdded(message=evil)])
    written = terminal.out.getvalue()
    assert "␛]52;c;aGk=␇" in written
    assert "<b>&␛[2J" in written
    for sequence in ("\x1b]52", "\x07", "\x9b", "\x1b]0;x", "\x1b[2J"):
        assert sequence not in written


async def test_colours_go_away_when_asked(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    await terminal.type("hello", ENTER, CTRL_D, events=[MessageAdded(message=message("hi", seq=9))])
    assert "bob" in terminal.out.getvalue()
    assert "\x1b[0;3" not in terminal.out.getvalue()
    assert "\x1b[0;9" not in terminal.out.getvalue()


async def test_a_long_sentence_of_ours_is_broken_at_a_space_and_a_message_is_not(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    said = "this is one message, in one piece to copy"
    await terminal.type(CTRL_D, events=[MessageAdded(message=message(said, seq=9))])
    lines = [
        line.strip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.out.getvalue()).splitlines()
    ]
    assert "@name text is private, #text" in lines
    assert any(said in line for line in lines)


async def test_an_invite_is_drawn_as_a_code(terminal):
    await terminal.type("/invite", ENTER, CTRL_D)
    assert "▄▄▄▄▄" in terminal.out.getvalue()


@pytest.mark.parametrize(("term", "can"), [("dumb", False), ("unknown", False), ("xterm", True)])
def test_a_dumb_terminal_cannot_be_drawn_on(monkeypatch, term, can):
    monkeypatch.setenv("TERM", term)
    assert can_draw() is can


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_no_key_is_the_systems_while_lines_are_printed():
    master, slave = os.openpty()
    with os.fdopen(master, "rb"), os.fdopen(slave, encoding="utf-8") as stdin:
        keyboard = kept_raw(create_input(stdin))
        with keyboard.raw_mode(), keyboard.cooked_mode():
            assert not termios.tcgetattr(slave)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)
