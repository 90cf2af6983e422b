"""What others wrote never acts on the terminal: a corpus of sequences, and all that the app writes (F-06)."""

import asyncio
import random
import re

import pytest
from tests.processes import Hub, run_lanmsg, until
from tests.tui.pty_app import Pty

from lanmsg.client import Client
from lanmsg.client.settings import ClientSettings

SEED = 6
SEQUENCES = [
    "\x1b[2J",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;owned\x07",
    "\x1b]2;owned\x07",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]9;owned\x07",
    "\x1b]777;notify;a;b\x07",
    "\x1bP$q q\x1b\\",
    "\x1b_apc\x1b\\",
    "\x1b^pm\x1b\\",
    "\x1bXsos\x1b\\",
    "\x1b[201~",
    "\x1b[200~",
    "\x1b[?1049l",
    "\x1b[6n",
    "\x1b[5i",
    "\x9b2J",
    "\x9d52;c;AAAA\x9c",
    "\x90q\x9c",
    "\x1bc",
    "\x1b(0",
    "\x07\x08\x0b\x0c\x0e\x0f\x7f",
    "\u202eevil\u202c",
    "\u2066evil",
    "\x85next\u2028line\u2029",
]
PLACES = [
    "{}",
    "a {} b",
    "**{}**",
    "`{}`",
    "> {}",
    "- {}",
    "[{}](https://example.org)",
    "[text](https://example.org/{})",
    "https://example.org/{}",
    "@kim {}",
    "```{}\ncode\n```",
    "```python\nx = '{}'\n```",
]
OURS = re.compile(
    r"""
      \x1b\[[0-9;:]*m                        # styles
    | \x1b\[[0-9;]*H                         # where the cursor goes
    | \x1b\[\?[0-9;]+[hl]                    # modes: alternate screen, mouse, paste, focus, frames
    | \x1b\[\?[0-9;]+\$p                     # which modes there are
    | \x1b\[[<>]?[0-9]*u                     # keyboard protocol
    | \x1b\[[0-9]*\ q                        # cursor shape
    | \x1b\]8;id=[0-9-]+;https?://[\x21-\x7e\xa0-\U0010ffff]*\x1b\\   # a link that is shown
    | \x1b\]8;;\x1b\\
    | \x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x07       # the title
    | \x1b\]22;[a-z]+\x07                     # the shape of the mouse
    | \x1b\[c | \x1b\[>c
    """,
    re.VERBOSE,
)
NEVER = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067\u2028\u2029]")


def corpus():
    chance = random.Random(SEED)
    made = [place.format(sequence) for sequence in SEQUENCES for place in PLACES]
    parts = [*SEQUENCES, *"ab \n*_`>[]()@", "\x1b", "\x9b", "\x00", "👩\u200d👧", "שלום", "日本"]
    made += ["".join(chance.choices(parts, k=8)) for _ in range(250)]
    return [text.replace("\x00", "\x01") for text in made]


async def attack(address, home, texts):
    """Let ann say all of it, and put it wherever else others can put a text."""
    async with Client(ClientSettings(home=home, hub=address, name="ann")) as ann:
        await ann.synced()
        kim = ann.conversation("@kim")
        ann.away(SEQUENCES[2])
        first = await ann.send(kim, "the beginning")
        for text in texts:
            last = await ann.send(kim, text, reply_to=first.id)
            first = last if last.text else first
        await ann.wait_sent((await ann.send(kim, "the end")).id, timeout_s=60)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_no_sequence_of_others_reaches_the_terminal(tmp_path):
    texts = corpus()
    assert len(texts) >= 500
    with Hub(tmp_path / "hub", "--no-advertise", "--message-rate", "0") as hub:
        options = {
            name: ("--home", tmp_path / name, "--hub", hub.address, "--name", name) for name in ("ann", "kim")
        }
        assert run_lanmsg("who", *options["kim"]).returncode == 0
        asyncio.run(attack(hub.address, tmp_path / "ann", texts))
        with Pty(*options["kim"]) as app:
            app.wait_for("People")
            app.press(b"\x1ba")  # Alt+A: what is unread
            app.wait_for("unread from here")
            until(lambda: app.page_on() or b"the end" in app.seen, timeout_s=90, what="the end")
            app.press(b"\x06")  # Ctrl+F
            app.wait_for("Search")
            app.press(b"evil")
            app.wait_for("Enter goes there")
            app.press(b"\x1b")
            app.leave()
    check(app.seen.decode())


def check(written):
    rest = OURS.sub("", written)
    found = NEVER.search(rest)
    assert found is None, repr(rest[max(found.start() - 80, 0) : found.end() + 40])
    assert written.count("\x1b[?1049l") <= 1  # its own, at the end
    assert "owned" not in "".join(re.findall(r"\x1b\]2;[^\x07]*\x07", written))


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_the_check_would_notice_each_of_them(sequence):
    if "\x1b[31m" in sequence:
        pytest.skip("the same as a style of ours: only its origin tells")
    with pytest.raises(AssertionError):
        check(f"text {sequence} text {sequence}")
