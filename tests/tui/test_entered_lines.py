"""Lines that were entered while another one still waits for the hub."""

import asyncio

import pytest


@pytest.fixture
async def slow(talk):
    """Two people who have talked in private, and a command that goes on until it is told to end."""
    await talk.join("ann")
    end = asyncio.Event()

    async def wait(_):
        await end.wait()

    async with talk.app():
        await talk.say("ann", "@kim", "psst")
        await talk.shows("People")
        talk.chat.runner.commands["who"] = wait
        await talk.enter("/who")
        yield end
        end.set()


def texts(talk, target):
    return [each.text for each in talk.me.history(talk.me.conversation(target)) if each.is_own]


async def test_a_text_goes_where_enter_said_whatever_is_shown_by_then(talk, slow):
    await talk.enter("for all")
    await talk.press("alt+down")
    await talk.shows("→ @ann private")
    await talk.enter("for you")
    slow.set()
    await talk.until(lambda: texts(talk, "@ann") == ["for you"])
    assert texts(talk, "#") == ["for all"]


async def test_a_text_is_stored_while_a_command_waits(talk, slow):
    await talk.enter("for all")
    await talk.until(lambda: texts(talk, "#") == ["for all"])
    assert not slow.is_set()


async def test_a_command_is_not_done_in_another_conversation_than_it_was_entered_in(talk, slow):
    await talk.enter("/me waves")
    await talk.press("alt+down")
    await talk.shows("→ @ann private")
    slow.set()
    await talk.shows("not done, for you have gone to another conversation")
    assert texts(talk, "@ann") == texts(talk, "#") == []


async def test_commands_follow_each_other_also_into_another_conversation(talk, slow):
    await talk.enter("@ann")
    await talk.enter("/me waves")
    slow.set()
    await talk.until(lambda: texts(talk, "@ann") == ["waves"])


async def test_who_leaves_at_once_has_sent(talk, slow):
    await talk.enter("last words")
    await talk.press("ctrl+q")
    assert texts(talk, "#") == ["last words"]
