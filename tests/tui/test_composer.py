"""Where one writes: completion, what was entered before, pasting."""

from textual import events


async def test_tab_goes_round_the_choices_and_shows_them(talk):
    await talk.join("bob", "bea")
    async with talk.app():
        await talk.shows("→ everyone (2)")
        await talk.type("@b")
        await talk.press("tab")
        await talk.shows("@bea  @bob")
        assert talk.chat.composer.text == "@bea "
        await talk.press("tab")
        assert talk.chat.composer.text == "@bob "
        await talk.press("shift+tab")
        assert talk.chat.composer.text == "@bea "
        await talk.type("x")
        await talk.hides("@bea  @bob")


async def test_emoji_are_completed_by_their_names(talk):
    async with talk.app():
        await talk.type("so :avoc")
        await talk.press("tab")
        assert talk.chat.composer.text == "so 🥑"


async def test_commands_are_completed(talk):
    async with talk.app():
        await talk.type("/whoi")
        await talk.press("tab")
        assert talk.chat.composer.text == "/whois "


async def test_what_was_entered_comes_back(talk):
    async with talk.app():
        await talk.enter("one")
        await talk.enter("two")
        await talk.type("unfin")
        composer = talk.chat.composer
        for key, text in [
            ("ctrl+up", "two"),
            ("ctrl+up", "one"),
            ("ctrl+down", "two"),
            ("ctrl+down", "unfin"),
        ]:
            await talk.press(key)
            assert composer.text == text


async def test_a_message_has_several_lines(talk):
    async with talk.app():
        await talk.type("one")
        await talk.press("alt+enter")
        await talk.enter("two")
        await talk.until(lambda: [m.text for m in talk.me.history(talk.chat.talk.current)] == ["one\ntwo"])


async def test_a_few_pasted_lines_are_taken_and_many_asked_about(talk):
    async with talk.app():
        composer = talk.chat.composer
        composer.post_message(events.Paste("one\r\n@bob two\x1b[2J"))
        await talk.until(lambda: composer.text == "one\n@bob two␛[2J")
        many = "\n".join(map(str, range(30)))
        composer.post_message(events.Paste(many))
        await talk.shows("Paste 30 lines as one message?")
        await talk.press("escape")
        assert composer.text == "one\n@bob two␛[2J"
        composer.post_message(events.Paste(many))
        await talk.shows("Paste 30 lines as one message?")
        await talk.press("enter")
        await talk.until(lambda: composer.text.endswith("28\n29"))


async def test_a_draft_of_another_device_is_cleaned(talk):
    async with talk.app():
        talk.chat.composer.fill("\x1b]0;owned\x07x")
        assert talk.chat.composer.text == "␛]0;owned␇x"


async def test_ctrl_c_empties_the_line_and_the_second_time_leaves(talk):
    async with talk.app() as app:
        await talk.type("never mind")
        await talk.press("ctrl+c")
        assert talk.chat.composer.text == ""
        await talk.shows("Ctrl+C again leaves the chat.")
        await talk.press("ctrl+c")
        await talk.pilot.pause()
        assert app._exit


async def test_what_is_typed_behind_enter_belongs_to_the_next_text(talk):
    async with talk.app() as app:
        for char in "one\rtwo\rthree":
            app.post_message(events.Key("enter" if char == "\r" else char, char))
        await talk.shows("three")
        await talk.until(lambda: [m.text for m in talk.me.history(talk.chat.talk.current)] == ["one", "two"])
        assert talk.chat.composer.text == "three"
