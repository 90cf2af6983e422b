"""A thousand conversations: all of them are there, and whatever one does only those in sight are drawn."""

import pytest_asyncio
from tests.tui.lab import lab
from tests.tui.many_people import Filler, names

from lanmsg.tui import conversation_list

COUNT = 1000
EVERYBODY = names(COUNT)
MIDDLE, LAST = EVERYBODY[COUNT // 2], EVERYBODY[-1]
ROWS_IN_SIGHT = 29
"""Of a terminal with 30 lines, without the status."""


@pytest_asyncio.fixture
async def many(tmp_path):
    """Kim's machine has talked to a thousand people who said hello; ann is there."""
    async with lab(tmp_path) as talk:
        talk.machine = talk.world.machine("kim")
        async with talk.machine.client() as kim:
            await kim.synced()
        await talk.world.stop_hub()
        filler = Filler(talk.world, talk.machine)
        for name in EVERYBODY:
            filler.add(name, is_unread=name in {MIDDLE, LAST})
        filler.done()
        talk.world.start_hub()
        yield talk


class Counted:
    """Counts the rows of conversations that are made."""

    def __init__(self, monkeypatch):
        self.rows = 0
        make = conversation_list._row

        def counted(client, conversation):
            self.rows += 1
            return make(client, conversation)

        monkeypatch.setattr(conversation_list, "_row", counted)

    def since(self):
        found, self.rows = self.rows, 0
        return found


async def test_a_thousand_conversations_are_listed_found_and_only_drawn_where_one_looks(many, monkeypatch):
    count = Counted(monkeypatch)
    async with many.app(machine=many.machine):
        app, chat = many.pilot.app, many.chat
        await many.shows(EVERYBODY[0])
        assert sum(value is not None for value in chat.conversations._values) == COUNT + 1  # and everyone
        count.since()

        await many.type("hello there")
        assert count.since() == 0, "to type draws no list"

        chat.settle()
        assert count.since() <= ROWS_IN_SIGHT, "whatever happens draws what is in sight"

        await many.press("alt+a")
        await many.shows(f"→ @{MIDDLE} private", f"hello from {MIDDLE}")
        assert MIDDLE in many.line_with(f" {MIDDLE} "), "the list has scrolled there"
        await many.press("alt+shift+down")
        await many.shows(f"→ @{LAST} private", f"hello from {LAST}")
        await many.press("alt+down", "alt+down")
        await many.shows(f"→ @{EVERYBODY[0]} private")

        await many.press("ctrl+k")
        await many.type(EVERYBODY[700])
        await many.press("enter")
        await many.shows(f"→ @{EVERYBODY[700]} private", f"hello from {EVERYBODY[700]}")
        assert app.screen is chat
