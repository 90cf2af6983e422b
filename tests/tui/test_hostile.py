"""What others wrote never acts on the terminal: a corpus of sequences, and all that the app writes (F-06).

`make test` tries some, the same ones each time; `make deep-fuzz HOSTILE=20000` every one at every place, and
so many random ones.
"""

import asyncio
import os
import re
import time

import pytest
from tests.processes import Hub
from tests.records import keep
from tests.tui.hostile_texts import EVERY, everything, mixes, sample
from tests.tui.pty_app import COLUMNS, ESCAPE, ROWS, Pty

from lanmsg.client import Client
from lanmsg.client.settings import ClientSettings
from lanmsg.wire.codec import encode
from lanmsg.wire.content import Reaction, Topic
from lanmsg.wire.ids import MessageId

MIXES = int(os.environ.get("LANMSG_HOSTILE", "0"))
SAMPLE = 100
LIMIT_S = 90 + MIXES / 5
OURS = re.compile(
    r"""
      \x1b\[(?:0|(?:[1-9];)*(?:38;2;[0-9]+;[0-9]+;[0-9]+;)?48;2;[0-9]+;[0-9]+;[0-9]+)m  # styles have a ground
    | \x1b\[(?P<row>[0-9]+);(?P<column>[0-9]+)H
    | \x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1049|2004)[hl]
    | \x1b\[\?(?:2026|2048)\$p               # which modes there are
    | \x1b\[>25u | \x1b\[<u                  # keyboard protocol
    | \x1b\]8;id=[0-9-]+;https?://[\x21-\x7e\xa0-\U0010ffff]*\x1b\\   # a link that is shown
    | \x1b\]8;;\x1b\\
    | \x1b\]2;(?:\([0-9]+\)\ )?lanmsg\ ·\ [^\x00-\x1f\x7f-\x9f]*\x07   # the title
    | \x1b\]22;(?:default|pointer|text)\x07    # the shape of the mouse
    """,
    re.VERBOSE,
)
ONCE = ("\x1b[?1049h", "\x1b[?1049l", "\x1b[?2004h", "\x1b[?2004l", "\x1b[?7h", "\x1b[?7l", "\x1b[<u")
"""At the start, or at the end."""
NEVER = re.compile("\r(?!\n)|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067\u2028\u2029]")


class Attacker:
    """Ann says whatever she likes: her client checks nothing that the hub can't check."""

    def __init__(self, client):
        self.client = client
        self.is_looked_at = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    async def say_all(self, texts):
        """Say them, each as an answer to the one before, and react to each."""
        await self.client.send(self.client.conversation("#"), "hello")  # gives kim the key for reasons
        kim = self.client.conversation("@kim")
        answered = await self.client.send(kim, "the beginning")
        for number, text in enumerate(texts):
            message = await self.client.send(kim, text, reply_to=answered.id)
            self.add(kim, Reaction(message.id, EVERY[number % len(EVERY)][:30]))
            answered = message if message.text else answered
        await self.client.wait_sent((await self.client.send(kim, "the end")).id, timeout_s=LIMIT_S)

    async def go_on(self, room):
        """Be away for all kinds of reasons, and let the room be about them, while kim looks."""
        await self.is_looked_at.wait()
        for text in EVERY[:: max(len(EVERY) // 60, 1)]:
            self.client.away(text)
            self.add(room, Topic(text))
            await asyncio.sleep(0.05)  # a few of them are drawn
        self.client.away("\x1b]0;evil\x07 and \x9b99;99H")
        await self.client.set_topic(room, "that was all")

    def add(self, conversation, content):
        """Say what no client of ours would. Most of it is refused as soon as it is read."""
        message_id = MessageId(os.urandom(16))
        self.client._engine.outbox.add(conversation, message_id, encode(content))
        self.client._engine.flush()


async def attack(address, home, texts):
    """Attack kim, and let her look at it; return all that was written to her terminal."""
    settings = {
        name: ClientSettings(home=home / name, hub=address, name=name, device_name="\x1b]0;evil\x07")
        for name in ("ann", "kim")
    }
    async with Client(settings["kim"]) as kim:
        await kim.synced()
        await kim.rename_device(kim.devices()[0].device, "my \x1b]0;evil\x07\x9b99;99H")
    async with Client(settings["ann"]) as ann:
        await ann.synced()
        attacker = Attacker(ann)
        room = await ann.create_room("evil")
        await attacker.say_all(texts)
        options = ("--home", home / "kim", "--hub", address)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(asyncio.to_thread(look_at_all, options, attacker))
            tasks.create_task(attacker.go_on(room))
        return looking.result()


def look_at_all(options, attacker):
    """Page through the messages, search, enter the room, open the panels."""
    with Pty(*options) as app:
        app.wait_for("People")
        app.see(b"\x1ba", "unread from here")  # Alt+A
        app.page_until("the end", timeout_s=LIMIT_S)
        app.see(b"\x06", "Search")  # Ctrl+F
        app.see(b"evil", "Enter goes there")
        app.see(ESCAPE, "the end")
        app.see(b"/join evil\r", "@evil")
        attacker.loop.call_soon_threadsafe(attacker.is_looked_at.set)
        app.wait_for("that was all")
        app.wait_for("◐")  # away, and why
        app.see(b"\x1b[17~", "Leave it")  # F6
        app.see(ESCAPE + b"/devices\r", "my ")
        app.leave()
    return app.seen.decode()


@pytest.mark.slow
@pytest.mark.timeout(3 * LIMIT_S)
def test_no_sequence_of_others_reaches_the_terminal(tmp_path):
    seed = time.time_ns()
    texts = [*everything(), *mixes(MIXES, seed)] if MIXES else sample(SAMPLE)
    with Hub(tmp_path / "hub", "--no-advertise", "--message-rate", "0") as hub:
        written = asyncio.run(attack(hub.address, tmp_path, texts))
    found = foreign(written)
    if MIXES:
        figures = {"texts": len(texts), "sequences": len(everything()) + MIXES, "bytes written": len(written)}
        print(keep("hostile texts", figures, violations=bool(found), plan="F-06"))  # noqa: T201
    assert not found, f"seed {seed}"


def foreign(written):
    """Return what is there that the app itself never writes; empty if there is nothing."""
    found = NEVER.search(OURS.sub("", written))
    if found is not None:
        rest = OURS.sub("", written)
        return repr(rest[max(found.start() - 80, 0) : found.end() + 40])
    if twice := [sequence for sequence in ONCE if written.count(sequence) > 1]:
        return f"{twice} more than once"
    places = ((int(each["row"]), int(each["column"])) for each in OURS.finditer(written) if each["row"])
    outside = [place for place in places if place > (ROWS, COLUMNS) or place[1] > COLUMNS]
    return f"the cursor outside of the screen: {outside}" if outside else ""


def test_the_check_would_notice_every_one_of_them():
    ours = OURS.sub("", "\x1b[1;38;2;1;2;3;48;2;1;2;3mtext\x1b[0m\x1b[60;120H")
    assert ours == "text"
    unnoticed = [each for each in EVERY if not foreign(f"\x1b[?1049ltext {each} text") and acts(each)]
    assert unnoticed == []


def acts(text):
    """Tell whether a terminal that gets this text does anything but show it."""
    return any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u2029" for char in text)
