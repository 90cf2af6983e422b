"""A hub, and a person whose store has 100,000 messages: real clients wrote them, a real one caught up.

Made once and kept in `/var/tmp/lanmsg-bench`; every measurement starts with a copy.
"""

import asyncio
import contextlib
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.backlog import open_person
from bench.cells import CACHE
from bench.search_world import vocabulary
from bench.web.place import Place, copy_of, hub_in
from lanmsg.client import EVERYONE, Client

READER: Final = "reader"
TALKERS: Final = ("anna", "bela", "cyril", "dora")
MESSAGES: Final = 100_000
OLDEST: Final = "oldest-of-all"
NEWEST: Final = "newest-of-all"
SOUGHT: Final = "needle"
LETTERS: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
"""Each stands once in the store, as a word, behind `SOUGHT`; and `found_by` behind it."""
_NEEDLE_EVERY: Final = 2_000
_COMMON_EVERY: Final = 100
"""Messages that have `SOUGHT` and none of the letters: what is found before the letter is typed."""
_TURN: Final = 100
_TIMEOUT_S: Final = 3000.0
_IDLE_LOOK_S: Final = 10.0
_IDLE_CPU_S: Final = 0.3
_MADE: Final = "made"
_FORMAT: Final = 1
"""Raised when other messages are written."""


@dataclass(frozen=True, slots=True)
class AppWorld:
    """A running hub, and the homes of the people below its directory."""

    hub: Place

    @property
    def home(self) -> Path:
        """The home of the person with the app."""
        return self.hub.directory / READER


@contextlib.contextmanager
def app_world() -> Iterator[AppWorld]:
    """Run the hub on a copy of what was made before."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with copy_of(_make()) as directory, hub_in(directory) as hub:
        yield AppWorld(hub)


def found_by(letter: str) -> str:
    """Return the word that stands in the one message with this letter."""
    return f"haystack{LETTERS.index(letter):02}"


def last_word_of(talker: str) -> str:
    """Return what a talker wrote to the reader alone."""
    return f"private-word-of-{talker}"


def _make() -> Path:
    home = CACHE / f"app-{_FORMAT}-{MESSAGES}"
    if (home / _MADE).exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with hub_in(home) as hub:
        asyncio.run(_write(home, hub.port))
    (home / _MADE).touch()
    return home


async def _write(home: Path, port: int) -> None:
    async with asyncio.timeout(_TIMEOUT_S):
        async with open_person(home, READER, port) as reader:
            await reader.synced()
        async with contextlib.AsyncExitStack() as stack:
            talkers = [await stack.enter_async_context(open_person(home, name, port)) for name in TALKERS]
            while any(len(each.people()) <= len(TALKERS) for each in talkers):
                await asyncio.sleep(0.1)
            await _talk(talkers)
            await _work_done()
        async with open_person(home, READER, port) as reader:
            await reader.synced()
            for conversation in reader.conversations():
                reader.mark_read(conversation)
            await _work_done()


async def _talk(talkers: list[Client]) -> None:
    texts = list(_texts())
    for start in range(0, MESSAGES, _TURN):
        talker = talkers[start // _TURN % len(talkers)]
        sent = await asyncio.gather(*(talker.send(EVERYONE, text) for text in texts[start : start + _TURN]))
        await talker.wait_sent(sent[-1].id)
    for name, talker in zip(TALKERS, talkers, strict=True):
        message = await talker.send(talker.conversation(f"@{READER}"), last_word_of(name))
        await talker.wait_sent(message.id)


async def _work_done() -> None:
    """Return when the clients have nothing more to do: all is stored, and indexed."""
    while True:
        before_s = time.process_time()
        await asyncio.sleep(_IDLE_LOOK_S)
        if time.process_time() - before_s < _IDLE_CPU_S:
            return


async def _talk(talkers: list[Client]) -> None:
    texts = list(_texts())
    for start in range(0, MESSAGES, _TURN):
        talker = talkers[start // _TURN % len(talkers)]
        sent = [await talker.send(EVERYONE, text) for text in texts[start : start + _TURN]]
        await talker.wait_sent(sent[-1].id)
    for name, talker in zip(TALKERS, talkers, strict=True):
        message = await talker.send(talker.conversation(f"@{READER}"), last_word_of(name))
        await talker.wait_sent(message.id)


def _texts() -> Iterator[str]:
    chance, words = random.Random(7), vocabulary()[:5_000]
    yield OLDEST
    for number in range(1, MESSAGES - 1):
        text = " ".join(chance.choices(words, k=min(2 + int(chance.expovariate(1 / 10)), 60)))
        place, rest = divmod(number, _NEEDLE_EVERY)
        if rest == 1 and place < len(LETTERS):
            text = f"{SOUGHT} {LETTERS[place]} {found_by(LETTERS[place])} {text}"
        elif number % _COMMON_EVERY == 0:
            text = f"{SOUGHT} {text}"
        yield text
    yield NEWEST
