"""Every size from 40x12 on, and many changes of it."""

import os
import random

import pytest


@pytest.mark.parametrize(("columns", "lines"), [(40, 12), (80, 24), (140, 40)])
async def test_the_target_the_messages_and_the_status_are_always_there(talk, columns, lines):
    await talk.join("ann")
    async with talk.app(size=(columns, lines)):
        await talk.say("ann", "#", "hello")
        await talk.shows("hello", "→ everyone (1)", "encrypted")
        assert ("Here 2" in talk.screen) is (columns >= 110)
        assert all(len(line) <= columns for line in talk.screen.splitlines())


async def test_on_a_narrow_screen_lists_take_the_place_of_the_messages(talk):
    await talk.join("ann")
    async with talk.app(size=(40, 12)):
        await talk.say("ann", "@kim", "psst")
        await talk.shows("1 unread elsewhere")
        await talk.press("f2")
        await talk.shows("People", "# everyone")
        await talk.press("down", "enter")
        await talk.shows("psst", "→ @ann private")
        await talk.press("f3")
        await talk.shows("Here 2")


SMALLEST, LARGEST = (40, 12), (200, 60)
PANELS = os.environ.get("LANMSG_PANELS", "f6 f7 ctrl+f").split()
"""Keys that open one: LANMSG_PANELS="f1 f4 f5 f6 f7 f8 ctrl+k ctrl+f" for all of them."""


async def test_a_storm_of_sizes_while_messages_come_leaves_everything_in_its_place(talk):
    await talk.join("ann")
    chance = random.Random(7)
    async with talk.app():
        for key in [*PANELS, "escape"]:  # the last one: nothing in front, a message is chosen
            await talk.press(key)
            for number, size in enumerate([SMALLEST, LARGEST, any_size(chance), any_size(chance)]):
                await talk.say("ann", "#", f"behind {key} {number} " + "word " * chance.randrange(60))
                await talk.pilot.resize_terminal(*size)
            assert_fits(talk, *size)
            await talk.press("escape")
        await talk.pilot.resize_terminal(75, 20)
        await talk.say("ann", "#", "the last " + "word " * 30)
        await talk.press("ctrl+end")
        await talk.shows("→ everyone (1)")
        await talk.pilot.resize_terminal(100, 30)
        await talk.shows("the last", "# everyone")
        assert_fits(talk, 100, 30)
        assert talk.screen == await drawn_anew(talk)


def any_size(chance):
    return chance.randrange(SMALLEST[0], LARGEST[0] + 1), chance.randrange(SMALLEST[1], LARGEST[1] + 1)


def assert_fits(talk, columns, lines):
    drawn = talk.screen.split("\n")
    assert len(drawn) == lines, talk.screen
    assert all(len(line) <= columns for line in drawn), talk.screen
    if not talk.pilot.app.screen.is_modal:
        assert any("→ everyone" in line or "r reply" in line for line in drawn), talk.screen


async def drawn_anew(talk):
    """Return the screen when the person has asked for all of it anew."""
    await talk.press("ctrl+l")
    await talk.pilot.pause()
    return talk.screen


async def test_what_is_at_the_top_stays_there_when_the_width_changes(talk):
    await talk.join("ann")
    async with talk.app():
        for number in range(80):
            await talk.say("ann", "#", f"number-{number} " + "word " * 30)
        await talk.shows("number-79")
        await talk.press("pageup", "pageup")
        top = talk.chat.messages._top()
        await talk.pilot.resize_terminal(60, 30)
        await talk.pilot.pause()
        assert talk.chat.messages._top()[0] == top[0]
