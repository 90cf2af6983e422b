"""Every size from 40x12 on, and many changes of it."""

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


async def test_a_storm_of_sizes_leaves_everything_in_its_place(talk):
    await talk.join("ann")
    chance = random.Random(7)
    async with talk.app():
        for number in range(40):
            await talk.say("ann", "#", f"line {number} " + "word " * chance.randrange(60))
        await talk.shows("line 39")
        for _ in range(40):
            await talk.pilot.resize_terminal(chance.randrange(40, 150), chance.randrange(12, 50))
        await talk.pilot.resize_terminal(100, 30)
        await talk.shows("line 39", "→ everyone (1)", "# everyone")


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
