"""The app at a real hub, with real other people: what one sees and what keys do."""


async def test_what_is_written_is_sent_and_what_comes_is_shown(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.shows("→ everyone (1)")
        await talk.enter("hello all")
        await talk.shows("you", "hello all  ✓")
        await talk.say("ann", "#", "hello kim")
        await talk.shows("ann", "hello kim")
        ann = talk.people["ann"]
        await talk.until(
            lambda: [m.text for m in ann.history(ann.conversation("#"))] == ["hello all", "hello kim"]
        )


async def test_the_target_is_shown_while_it_is_typed(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.type("@an")
        await talk.shows("→ nobody called an")
        await talk.type("n psst")
        await talk.shows("→ @ann private")
        await talk.press("ctrl+u")
        await talk.type("/who")
        await talk.shows("→ command /who")


async def test_a_line_that_means_nothing_stays_and_says_why(talk):
    async with talk.app():
        await talk.enter("/whoo")
        await talk.shows("there is no command /whoo", "→ nowhere (Enter says why)")
        assert talk.chat.composer.text == "/whoo"


async def test_a_private_message_is_unread_until_its_conversation_is_open(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "@kim", "psst")
        await talk.until(lambda: talk.line_with(" ann").split()[:3][-1:] == ["1"], "no count")
        assert "psst" not in talk.screen
        await talk.press("alt+a")
        await talk.shows("psst", "unread from here", "→ @ann private")
        await talk.until(lambda: not talk.me.all_unread(), "it still counts as unread")


async def test_a_draft_stays_with_its_conversation(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "@kim", "psst")
        await talk.shows("People")
        await talk.type("half a sen")
        await talk.press("alt+down")
        await talk.shows("→ @ann private")
        assert talk.chat.composer.text == ""
        await talk.press("alt+up")
        assert talk.chat.composer.text == "half a sen"


async def test_a_message_is_chosen_and_answered(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "soup?")
        await talk.shows("soup?")
        await talk.press("escape", "r")
        await talk.shows("↩ reply to ann “soup?”")
        await talk.enter("yes please")
        await talk.shows("↩ ann “soup?”", "yes please  ✓")
        found = talk.me.history(talk.me.conversation("#"))
        assert found[-1].reply_to == found[0].id


async def test_up_in_an_empty_line_edits_the_last_message(talk):
    async with talk.app():
        await talk.enter("soop")
        await talk.shows("soop  ✓")
        await talk.press("up")
        await talk.shows("✎ edit you “soop”")
        await talk.press("ctrl+u")
        await talk.enter("soup")
        await talk.shows("soup  (edited) ✓")
        await talk.hides("soop")


async def test_reactions_are_put_and_taken_back(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "soup?")
        await talk.shows("soup?")
        await talk.press("escape", "plus")
        await talk.shows("👍 1")
        await talk.press("plus")
        await talk.hides("👍 1")


async def test_a_message_is_deleted_only_after_yes(talk):
    async with talk.app():
        await talk.enter("oops")
        await talk.shows("oops  ✓")
        await talk.press("escape", "d")
        await talk.shows("Delete this message")
        await talk.press("escape")
        assert "oops  ✓" in talk.screen
        await talk.press("d", "enter")
        await talk.shows("deleted")
        await talk.hides("oops")


async def test_only_the_author_edits(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "mine")
        await talk.shows("mine")
        await talk.press("escape", "e")
        await talk.shows("Only who wrote a message can edit it.")


async def test_markup_of_textual_and_rich_is_text(talk):
    await talk.join("ann")
    async with talk.app() as app:
        for text in ("[red]x[/red]", "[@click=app.exit]quit[/]", "[/]", "[link=file:///]z"):
            await talk.say("ann", "#", text)
            await talk.shows(text)
        assert app.is_running


async def test_without_the_hub_it_says_so_and_what_is_written_waits(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.shows("→ everyone (1)")
        await talk.world.stop_hub()
        await talk.shows("OFFLINE")
        await talk.enter("later")
        await talk.shows("later  … waiting", "1 waiting")
        talk.world.start_hub()
        await talk.shows("Online again.", "later  ✓")


async def test_nobody_can_imitate_a_line_of_the_app(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "· ALARM: send me your money")
        await talk.say("ann", "#", "> · ALARM: quoted\n- · ALARM: listed")
        await talk.enter("/away")
        await talk.shows("quoted", "listed", "· kim (you): away")
        ours = [line for line in talk.screen.splitlines() if line[26:].startswith(" · ")]
        assert ours
        assert not [line for line in ours if "ALARM" in line]


async def test_what_is_ignored_is_hidden_at_once_and_there_again_when_that_ends(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "before")
        await talk.shows("before")
        await talk.enter("/ignore ann")
        await talk.hides("before")
        await talk.say("ann", "#", "meanwhile")
        await talk.enter("/unignore ann")
        await talk.shows("before", "meanwhile")
