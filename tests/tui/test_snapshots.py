"""How the app looks: a conversation with everything in it, and the dialogs, compared with kept pictures."""

import time

import pytest
import pytest_asyncio
from tests.tui.lab import lab
from tests.tui.snapshots import check, still

from lanmsg.client.model import EVERYONE, MessageState

MORNING_MS = 1_800_000_000_000 // 86_400_000 * 86_400_000 + 9 * 3_600_000
MINUTE_MS = 60_000
SIZES = ["40x12", "80x24", "140x40"]


class Clock:
    """The time of day for everybody: it stands until it is put forward."""

    def __init__(self):
        self.ms = MORNING_MS

    def __call__(self):
        return self.ms

    def forward(self, minutes):
        self.ms += minutes * MINUTE_MS


@pytest.fixture
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest_asyncio.fixture
async def talk(tmp_path, utc):
    clock = Clock()
    async with lab(tmp_path, now_ms=clock) as made:
        made.clock = clock
        yield made


async def play(talk):
    """Let ann, bob and kim say and do everything that looks its own way."""
    me, bob = talk.me, talk.people["bob"]
    garden = await me.create_room("garden")
    await me.set_topic(garden, "weeds and tomatoes")
    await talk.until(lambda: any(room.name == "garden" for room in bob.rooms()))
    await bob.join_room("garden")
    lunch = await talk.say("ann", "#", "lunch in **ten** minutes, *really*: https://kitchen.example/menu")
    await talk.say("ann", "#", "- soup\n- bread\n> said the cook\nand `tea`")
    await has(talk, me, "and `tea`")
    await has(talk, bob, "and `tea`")
    talk.clock.forward(7)
    answer = await talk.say("bob", "#", "I come, @kim too?", reply_to=lunch.id)
    await has(talk, me, "I come, @kim too?")
    own = await me.send(EVERYONE, "I am comming")
    await me.wait_sent(own.id)
    await me.edit(own.id, "I am coming")
    await has(talk, bob, "I am coming")
    await bob.react(own.id, "👍")
    await me.react(answer.id, "🎉")
    await talk.until(lambda: me.message(own.id).reactions)
    talk.clock.forward(24 * 60)
    for name, text in (
        ("ann", "```python\nfor each in people:\n    eat(each)  # all of it\n```"),
        ("bob", "wide: 日本語テキスト, right to left: שלום עולם, 👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 ok"),
        ("bob", f"a long word: {'abcdefghij' * 12}"),
    ):
        await talk.say(name, "#", text)
        await has(talk, me, text)
    me.mark_read(EVERYONE)
    talk.chat.open_conversation(garden)
    await talk.say("ann", "#", "waves", is_action=True)
    await has(talk, me, "waves")
    await talk.say("ann", "@kim", "psst, kim")
    await talk.until(lambda: len(me.all_unread()) == 2)
    await talk.until(lambda: me.message(own.id).state is MessageState.DELIVERED)
    talk.chat.open_conversation(EVERYONE)


async def has(talk, client, text):
    await talk.until(lambda: any(text in each.text for each in client.history(EVERYONE)), text)


async def show(talk, name, tmp_path):
    """Compare what is drawn once nothing moves any more."""
    still(talk.pilot.app)
    await talk.pilot.pause(0.1)
    await talk.pilot.pause()
    check(talk.pilot.app, name, tmp_path)


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_a_conversation_with_everything_in_it(talk, tmp_path, theme):
    await talk.join("ann", "bob")
    async with talk.app(theme=theme):
        await talk.shows("→ everyone (2)")
        await play(talk)
        for size in SIZES:
            await talk.pilot.resize_terminal(*map(int, size.split("x")))
            await talk.press("ctrl+end")
            await show(talk, f"everyone-{theme}-{size}", tmp_path)
        await talk.press("alt+a")
        await talk.shows("psst, kim")
        await show(talk, f"direct-{theme}", tmp_path)


DIALOGS = {
    "jump": ("ctrl+k",),
    "search": ("ctrl+f", *"soup"),
    "settings": ("f4",),
    "join-code": ("f5",),
    "delete": ("escape", "k", "d"),
    "chosen": ("escape", "k"),
}


@pytest.mark.parametrize("dialog", DIALOGS)
async def test_what_opens_in_front(talk, tmp_path, dialog):
    await talk.join("ann", "bob")
    async with talk.app(size=(80, 24)):
        await talk.shows("→ everyone (2)")
        for name, text in (("ann", "soup?"), ("bob", "soup!")):
            await talk.say(name, "#", text)
            await talk.shows(text)
        await talk.press(*DIALOGS[dialog])
        await show(talk, dialog, tmp_path)
