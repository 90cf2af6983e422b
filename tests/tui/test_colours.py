"""Terminals without colours, and with sixteen: all that is written, and what tells things apart."""

import asyncio

import pytest
from tests.processes import Hub, run_lanmsg
from tests.tui.pty_app import ESCAPE, STYLE, Pty

from lanmsg.client import Client
from lanmsg.client.settings import ClientSettings

NO_COLOURS = {*range(10), *range(21, 30), 39, 49, 53, 55}
"""Bold, dim, underlined, reversed and the like, their ends, and the terminal's own two colours."""
MARKED = "**bold** `code` https://example.org @kim\n```python\nx = 1\n```"
SIXTEEN = {*NO_COLOURS, *range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)}


@pytest.fixture(scope="module")
def kim(tmp_path_factory):
    """Return the options of kim, to whom bob has written, at a hub."""
    home = tmp_path_factory.mktemp("colours")
    with Hub(home / "hub", "--no-advertise") as hub:
        options = ("--home", home / "kim", "--hub", hub.address, "--name", "kim")
        assert run_lanmsg("who", *options).returncode == 0
        asyncio.run(talk_to_kim(ClientSettings(home=home / "bob", hub=hub.address, name="bob")))
        yield options


async def talk_to_kim(settings):
    async with Client(settings) as bob:
        await bob.synced()
        await bob.send(
            bob.conversation("#"), "**bold** `code` https://example.org @kim\n```python\nx = 1\n```"
        )
        await bob.wait_sent((await bob.send(bob.conversation("@kim"), "psst")).id)


def codes_of(written):
    """Return all numbers that styles were written with."""
    return {int(code or 0) for found in STYLE.findall(written) for code in found.replace(":", ";").split(";")}


def look_around(options, **variables):
    """Open the app, the keys, a QR code, a conversation, a message in it; return all that was written."""
    with Pty(*options, **variables) as app:
        app.wait_for("example.org")
        app.see(b"\x1bOP", "jump to a conversation")  # F1
        app.see(ESCAPE, "People")
        app.see(b"\x1b[15~", "Check words of the hub")  # F5
        app.see(ESCAPE, "People")
        app.see(b"\x1b2", "psst")  # Alt+2
        app.see(ESCAPE, "r reply")
        app.leave()
    return app.seen.decode()


def test_with_no_color_nothing_is_written_in_a_colour(kim):
    assert codes_of(look_around(kim, NO_COLOR="1")) <= NO_COLOURS


def test_a_terminal_of_sixteen_colours_gets_its_own_colours(kim):
    codes = codes_of(look_around(kim, TERM="xterm", COLORTERM=""))
    assert codes <= SIXTEEN
    assert codes > NO_COLOURS & codes, "there are colours"


def test_a_good_terminal_gets_all_colours(kim):
    assert 38 in codes_of(look_around(kim))


async def test_without_colours_the_chosen_the_unread_and_who_speaks_can_be_told(talk, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    await talk.join("ann")
    async with talk.app(theme=None):
        await talk.say("ann", "@kim", "psst")
        await talk.say("ann", "#", "hello")
        await talk.shows("hello", "ann                  1")
        assert "reverse" in styles_of(talk, "# everyone")
        assert "bold" in styles_of(talk, " ann                  1")
        assert "bold" in styles_of(talk, "ann  ")
        assert "bold" not in styles_of(talk, "hello")
        await talk.press("escape")
        await talk.shows("r reply")
        assert "reverse" in styles_of(talk, "hello")


def styles_of(talk, text):
    """Return how a text is drawn, that of its letters."""
    for strip in talk.pilot.app.screen._compositor.render_strips():
        line = "".join(segment.text for segment in strip)
        if text not in line:
            continue
        place = line.index(text) + len(text) - len(text.lstrip(" #"))
        for segment in strip:
            if place < len(segment.text):
                return str(segment.style)
            place -= len(segment.text)
    raise AssertionError(f"{text!r} is not on the screen\n{talk.screen}")
