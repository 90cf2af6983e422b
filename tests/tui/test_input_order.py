"""Keys that arrive all at once, as over a slow line, do what they do one by one."""

import pytest
from textual import events

SENT = "alone for ann"


def press_at_once(app, *keys):
    """Let keys arrive before the first of them has done anything; a longer text is typed."""
    for key in keys:
        named = "+" in key or key in {"enter", "escape", "up", "tab"}
        for one in [key] if named else key:
            app.post_message(events.Key(one, None if named else one))


def texts(client, target):
    return [each.text for each in client.history(client.conversation(target))]


async def test_what_is_deleted_was_typed_before(talk):
    async with talk.app() as app:
        press_at_once(app, "wrong", "ctrl+u", "right")
        await talk.until(lambda: talk.chat.composer.text == "right", "the order of letters and keys")


async def test_a_line_goes_where_one_was_when_one_pressed_enter(talk):
    await talk.join("ann")
    async with talk.app() as app:
        await talk.say("ann", "@kim", "psst")
        await talk.shows("People")
        press_at_once(app, "alt+down", SENT, "enter", "alt+up", "for all", "enter", "alt+down")
        await talk.until(lambda: texts(talk.me, "@ann") == ["psst", SENT], "the line for ann")
        await talk.until(lambda: texts(talk.me, "#") == ["for all"], "the line for all")


async def test_letters_behind_a_key_that_leads_elsewhere_are_typed_there(talk):
    await talk.join("ann")
    async with talk.app() as app:
        await talk.say("ann", "@kim", "psst")
        await talk.shows("People")
        press_at_once(app, "for all", "alt+down", "for ann")
        await talk.until(lambda: talk.chat.composer.text == "for ann")
        await talk.press("alt+up")
        assert talk.chat.composer.text == "for all"


async def test_letters_behind_a_key_that_opens_a_dialog_are_typed_into_it(talk):
    await talk.join("ann", "bob", "bobby")
    async with talk.app() as app:
        await talk.shows("→ everyone (3)")
        press_at_once(app, "ctrl+k", "bobby", "enter", "hello", "enter")
        await talk.until(lambda: texts(talk.me, "@bobby") == ["hello"], "the line for bobby")


@pytest.mark.parametrize("count", [1, 3])
async def test_a_message_is_chosen_and_answered_without_a_pause(talk, count):
    await talk.join("ann")
    async with talk.app() as app:
        for number in range(3):
            await talk.say("ann", "#", f"soup {number}?")
        await talk.shows("soup 2?")
        press_at_once(app, "escape", *"k" * (count - 1), "r", "yes please", "enter")
        await talk.shows("yes please  ✓")
        answered = talk.me.message(talk.me.history(talk.chat.talk.current)[-1].reply_to)
        assert answered.text == f"soup {3 - count}?"
