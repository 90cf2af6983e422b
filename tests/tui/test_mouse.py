"""What the mouse does: a click on a conversation, a message, a reaction, what one writes with; the wheel."""

from rich.cells import cell_len
from textual.events import MouseScrollDown, MouseScrollUp


async def click(talk, text):
    """Click on the first letter of a text on the screen."""
    for y, line in enumerate(talk.screen.splitlines()):
        if text in line:
            await talk.pilot.click(offset=(cell_len(line[: line.index(text)]), y))
            await talk.pilot.pause()
            return
    raise AssertionError(f"{text!r} is not on the screen\n{talk.screen}")


async def test_a_click_opens_a_conversation_and_one_writes_there(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "@kim", "psst")
        await talk.shows("● ann")
        await click(talk, "● ann")
        await talk.shows("psst", "→ @ann private")
        await talk.enter("hush")
        await talk.shows("hush")


async def test_a_click_chooses_the_message_that_is_there(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "first")
        await talk.say("ann", "#", "second")
        await talk.say("ann", "#", "third " + "word " * 400)
        await talk.shows("word word")
        await talk.press("ctrl+home")
        await talk.shows("first")
        await click(talk, "second")
        assert talk.chat.messages.chosen_message.text == "second"
        await talk.press("plus")
        await talk.shows("👍 1")


async def test_a_click_on_a_reaction_adds_ours_and_takes_it_back(talk):
    await talk.join("ann")
    async with talk.app():
        message = await talk.say("ann", "#", "lunch?")
        await talk.people["ann"].react(message.id, "🎉")
        await talk.people["ann"].react(message.id, "👍")
        await talk.shows("👍 1")
        await click(talk, "👍 1")
        await talk.shows("👍 2", "🎉 1")
        await click(talk, "👍 2")
        await talk.shows("👍 1")
        await talk.enter("and one goes on writing")
        await talk.shows("and one goes on writing")


async def test_a_click_on_what_a_message_answers_goes_there(talk):
    await talk.join("ann")
    async with talk.app():
        asked = await talk.say("ann", "#", "who has the bread?")
        for number in range(60):
            await talk.say("ann", "#", f"line {number}")
        await talk.say("ann", "#", "me", reply_to=asked.id)
        await talk.shows("↩ ann “who")
        await click(talk, "↩ ann “who")
        await talk.shows("  who has the bread?")


async def test_a_click_on_a_word_of_the_hint_does_what_its_key_does(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "lunch?")
        await talk.shows("lunch?")
        await click(talk, "lunch?")
        await talk.shows("r reply")
        await click(talk, "r reply")
        await talk.shows("↩ reply to ann “lunch?”")


async def test_a_click_leads_back_to_writing(talk):
    async with talk.app():
        await talk.enter("hello")
        await talk.press("escape")
        await talk.shows("r reply")
        await talk.pilot.click("#composer")
        await talk.enter("again")
        await talk.shows("again", "→ everyone")


async def test_the_wheel_scrolls_what_is_below_it(talk):
    await talk.join("ann")
    async with talk.app():
        for number in range(60):
            await talk.say("ann", "#", f"line-{number}.")
        await talk.shows("line-59.")
        await wheel(talk, MouseScrollUp, 30)
        await talk.shows("line-0.")
        await talk.hides("line-59.")
        await wheel(talk, MouseScrollDown, 60)
        await talk.shows("line-59.")


async def wheel(talk, kind, times):
    for _ in range(times):
        await talk.pilot._post_mouse_events([kind], "#messages", offset=(5, 5))
