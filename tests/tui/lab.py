"""The app with real clients at a real hub, all in this process: links in memory, no network."""

import asyncio
import contextlib
from pathlib import Path

import msgspec
from tests.scenarios.world import AsyncClients, World, until

from lanmsg.cli.chat_programs import ChatPrograms
from lanmsg.client import ClientSettings
from lanmsg.tui.app import ChatApp
from lanmsg.tui.line_list import LineList
from lanmsg.tui.settings import SettingsFile, ThemeChoice

SHOWN_S = 30.0


class Lab:
    """A hub, the app of `kim`, and other people, each a client without a screen."""

    def __init__(self, world, clients, home):
        self.world, self.clients, self.home = world, clients, home
        self.people = {}

    async def join(self, *names):
        for name in names:
            self.people[name] = await self.clients.open(self.world.machine(name))

    @contextlib.asynccontextmanager
    async def app(self, *, size=(100, 30), machine=None, theme="dark"):
        """Open kim's app, and wait until it shows what the hub has."""
        settings = SettingsFile.of(self.home)
        if theme is not None:
            settings.write(msgspec.structs.replace(settings.read(), theme=ThemeChoice(theme)))
        machine = machine or self.world.machine("kim")
        client = machine.client()
        events = client.events()
        async with client:
            app = ChatApp(client, events, settings, ChatPrograms(client, ClientSettings(home=self.home)))
            async with app.run_test(size=size) as pilot:
                self.pilot, self.me, self.chat = pilot, client, app.screen
                await self.until(lambda: client._engine.synced.is_set())
                await pilot.pause()
                yield app

    async def until(self, is_so, why=""):
        try:
            await until(is_so, seconds=SHOWN_S)
        except AssertionError as error:
            raise AssertionError(f"{why}\n{self.screen}") from error
        await self.pilot.pause()

    async def shows(self, *texts):
        for text in texts:
            await self.until(lambda text=text: text in self.screen, f"not on the screen: {text!r}")

    async def hides(self, text):
        await self.until(lambda: text not in self.screen, f"still on the screen: {text!r}")

    async def type(self, text):
        await self.pilot.press(*(KEYS.get(char, char) for char in text))

    async def enter(self, text):
        await self.type(text)
        await self.pilot.press("enter")

    async def press(self, *keys):
        await self.pilot.press(*keys)

    async def choose(self, words):
        """Put the cursor of the panel on the row with these words, by keys, and press Enter."""
        await self.until(lambda: words in self._rows_of_panel, f"no row to choose: {words!r}")
        await self.press(*["up"] * 40)
        for _ in range(40):
            if words in self._cursor_row:
                await self.press("enter")
                return
            await self.press("down")
        raise AssertionError(f"no row to choose: {words!r}\n{self.screen}")

    @property
    def _cursor_row(self):
        rows = self.pilot.app.screen.query_one(LineList)
        return "".join(piece.text for piece in rows.rows[rows.cursor].left) if rows.cursor >= 0 else ""

    @property
    def _rows_of_panel(self):
        found = self.pilot.app.screen.query(LineList)
        rows = [row for row in found.first().rows if row.value is not None] if found else []
        return "\n".join("".join(piece.text for piece in row.left) for row in rows)

    @property
    def said(self):
        """What a panel says of what was done in it."""
        return str(self.pilot.app.screen.query_one("#panel-said").content)

    async def say(self, name, target, text, **options):
        client = self.people[name]
        return await client.send(client.conversation(target), text, **options)

    @property
    def screen(self):
        """What is on the screen, line by line."""
        app = self.pilot.app
        lines = app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)

    def line_with(self, text):
        return next((line for line in self.screen.splitlines() if text in line), "")


KEYS = {
    " ": "space",
    "@": "at",
    "#": "number_sign",
    "/": "slash",
    ":": "colon",
    "?": "question_mark",
    "!": "exclamation_mark",
    ".": "full_stop",
    ",": "comma",
    "-": "minus",
    "_": "underscore",
    "+": "plus",
    "*": "asterisk",
    "^": "circumflex_accent",
}


@contextlib.asynccontextmanager
async def lab(home: Path, *, now_ms=None):
    """A hub with nobody yet. `now_ms`: the time of day for everybody; else it passes as ever."""
    world = World(asyncio.get_running_loop())
    if now_ms is not None:
        world.now_ms = now_ms
    world.start_hub()
    async with AsyncClients() as clients:
        yield Lab(world, clients, home)
