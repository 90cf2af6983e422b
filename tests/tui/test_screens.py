"""What opens in front of the chat."""

import pytest


async def test_a_few_letters_lead_to_anybody(talk):
    await talk.join("ann", "bob")
    async with talk.app():
        await talk.shows("→ everyone (2)")
        await talk.press("ctrl+k")
        await talk.shows("Go to …", "all people of this hub")
        await talk.type("bo")
        await talk.hides("all people of this hub")
        await talk.press("enter")
        await talk.shows("→ @bob private")


async def test_search_finds_while_one_types_and_goes_there(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "the cake is in the kitchen")
        for number in range(60):
            await talk.say("ann", "#", f"filler {number}")
        await talk.shows("filler 59")
        await talk.press("ctrl+f")
        await talk.type("cak")
        await talk.shows("the cake is in the kitchen", "Enter goes there")
        await talk.press("enter")
        await talk.shows("the cake is in the kitchen", "filler 0", "r reply")
        await talk.hides("filler 59")
        await talk.press("ctrl+end")
        await talk.shows("filler 59")


async def test_half_a_query_says_what_is_wrong_and_closes_nothing(talk):
    async with talk.app():
        await talk.press("ctrl+f")
        await talk.type("from:nobody")
        await talk.shows("Nobody here is called nobody")
        await talk.press("escape")
        await talk.hides("Enter goes there")


async def test_the_keys_are_shown_and_remapped_ones_too(talk):
    (talk.home / "terminal.toml").write_text('[own_keys]\n"chat.help" = "f9"\n')
    async with talk.app(size=(110, 50)):
        await talk.press("f1")
        await talk.pilot.pause()
        assert "Everywhere" not in talk.screen
        await talk.press("f9")
        await talk.shows("Everywhere", "F9 ", "Ctrl+K, Alt+J")


async def test_vim_keys(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.press("f4")
        await talk.shows("Colours", "Keys")
        await talk.press("down", "right")
        await talk.shows("◂ vim ▸")
        await talk.press("escape")
        await talk.say("ann", "#", "soup?")
        await talk.shows("soup?")
        await talk.press("escape", "i")
        await talk.type("x")
        assert talk.chat.composer.text == "x"
    assert 'keys = "vim"' in (talk.home / "terminal.toml").read_text()


async def test_how_others_join_is_shown(talk):
    async with talk.app(size=(100, 50)):
        await talk.press("f5")
        await talk.shows("lanmsg://", "Check words of the hub", "█▄▄▄█")


async def test_settings_that_can_not_be_read_change_nothing_and_are_named(talk):
    (talk.home / "terminal.toml").write_text("theme = 7\n")
    async with talk.app(theme=None):
        await talk.shows("is not used: Expected")
    assert (talk.home / "terminal.toml").read_text() == "theme = 7\n"


@pytest.mark.parametrize("command", ["/help", "/search cake"])
async def test_commands_that_have_a_screen_open_it(talk, command):
    async with talk.app():
        await talk.enter(command)
        await talk.shows("Esc closes")
