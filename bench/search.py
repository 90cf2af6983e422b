"""Search: as you type, in a store with 100,000 messages; and what the index costs those who write.

Every query is typed: each keystroke of it is a search of its own, with hits, their neighbours and marks,
through the same code as `Client.search`. Once with everything indexed, once with 500 messages that are not.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from bench.cells import CACHE
from bench.latency import Latencies
from bench.rounds import Measurement, Reading, measure_in_rounds, middle
from bench.search_world import (
    KEY,
    PEOPLE,
    SearchWorld,
    make_engine,
    make_world,
    open_store,
    store_all,
    vocabulary,
)
from lanmsg.client.engine import Engine
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import Conversation, ConversationKind
from lanmsg.client.searching import MAX_SCANNED, Names
from lanmsg.client.store.database import Database
from lanmsg.client.store.directory import DATABASE_NAME
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import UserId
from lanmsg.wire.search_query import parse_query

ROUNDS: Final = 3
MESSAGES: Final = 100_000
AIM_MS: Final = 50
INDEX_BATCH: Final = 200
_WORDS = vocabulary()
QUERIES: Final = (
    *(_WORDS[rank] for rank in (0, 1, 3, 10, 100, 1000, 10_000, 19_999)),
    " ".join(_WORDS[:4]),
    f"{_WORDS[0]} {_WORDS[19_000]}",
    f'"{_WORDS[0]} {_WORDS[1]} {_WORDS[2]}"',
    f'"{_WORDS[3]} {_WORDS[3]} {_WORDS[3]} {_WORDS[3]}"',
    f"{_WORDS[0]} -{_WORDS[1]} -{_WORDS[2]}",
    f"-{_WORDS[0]} -{_WORDS[1]}",
    "e t a o i n s h",
    "z q x j k v b p",
    "qz xj zq",
    "from:bob in:@bob has:link",
    f"from:emil {_WORDS[0]} {_WORDS[2000]}",
    f"in:@fay from:me {_WORDS[5]}",
    f"after:2025-07-01 before:2025-07-02 {_WORDS[0]}",
    f"before:2025-06-20 {_WORDS[40]}",
    "has:mention",
    "东京会议",
    "東京で会議",
    "학교에서",
    "กาแฟร้อน",
    "時間 ラーメン",
)


def run_search(*, say: Callable[[str], None]) -> None:
    """Measure all rounds and print a table."""
    CACHE.mkdir(parents=True, exist_ok=True)
    world = make_world(MESSAGES + MAX_SCANNED)
    measurement = Measurement({"what": "search", "messages": MESSAGES}, partial(_measure, world))
    readings = measure_in_rounds([measurement], rounds=ROUNDS, name="search", say=say)
    say(_table(readings))


def _measure(world: SearchWorld) -> Reading:
    with tempfile.TemporaryDirectory(prefix="search-", dir=CACHE) as text:
        _forget_index(Path(text) / "without")
        without = open_store(Path(text) / "without")
        without_s = store_all(without, world)
        without.close()
        store = open_store(Path(text) / "with")
        with_s = store_all(store, world)
        try:
            figures = asyncio.run(_index_and_search(store, world))
        finally:
            store.close()
        count = len(world.messages)
        return {"stored_per_s": count / with_s, "stored_without_index_per_s": count / without_s, **figures}


def _forget_index(directory: Path) -> None:
    """Leave the messages alone: nothing that is stored is compared with the index any more."""
    open_store(directory).close()
    database = Database.open(directory / DATABASE_NAME, KEY)
    for (name,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
        database.run(f"DROP TRIGGER {name}")
    database.close()


async def _index_and_search(store: SqliteStore, world: SearchWorld) -> Reading:
    engine, committer = make_engine(store, world)
    try:
        started_s = time.perf_counter()
        while len(store.unindexed(limit=MAX_SCANNED + 1)) > MAX_SCANNED:
            engine.indexer.index_some(limit=INDEX_BATCH)
            engine.flush()
            await committer.drain()
        indexed_s = time.perf_counter() - started_s
        waiting = _type_all(engine, "keystroke_unindexed")
        while engine.indexer.index_some(limit=INDEX_BATCH):
            engine.flush()
            await committer.drain()
        return {"indexed_per_s": MESSAGES / indexed_s, **waiting, **_type_all(engine, "keystroke")}
    finally:
        engine.close()


def _type_all(engine: Engine, name: str) -> Reading:
    """Search at each keystroke of each query; return how long that took."""
    names = Names(lambda name: _user(engine, name), lambda name: engine.state.log_of(_talk(engine, name)))
    taken = Latencies()
    hits = 0
    for typed in _keystrokes():
        started_s = time.perf_counter()
        try:
            hits += len(engine.searching.search(parse_query(typed), names, limit=20, before=None))
        except LocalError:  # a filter that is not whole yet
            continue
        taken.add(time.perf_counter() - started_s)
    return {**taken.as_json(name), f"{name}_hits": hits}


def _user(engine: Engine, name: str) -> UserId:
    person = engine.state.directory.named(PEOPLE[0] if name == "me" else name.removeprefix("@"))
    if person is None:
        raise UnknownPerson(name)
    return person.user


def _talk(engine: Engine, name: str) -> Conversation:
    return Conversation(ConversationKind.DIRECT, _user(engine, name))


def _keystrokes() -> Iterator[str]:
    for query in QUERIES:
        for end in range(1, len(query) + 1):
            yield query[:end]


_ROWS = (
    ("a keystroke's search, p50 (ms)", "keystroke_p50_ms"),
    (f"  p99 (ms; aim {AIM_MS})", "keystroke_p99_ms"),
    ("  longest (ms)", "keystroke_max_ms"),
    (f"with {MAX_SCANNED} messages not indexed, p50 (ms)", "keystroke_unindexed_p50_ms"),
    ("  p99 (ms)", "keystroke_unindexed_p99_ms"),
    ("messages stored a second", "stored_per_s"),
    ("  without an index", "stored_without_index_per_s"),
    ("messages indexed a second, in the background", "indexed_per_s"),
)


def _table(readings: Sequence[Reading]) -> str:
    lines = [f"  {title:52} {middle(readings, name)}" for title, name in _ROWS]
    return "\n".join([f"\nsearching {MESSAGES:,} messages as you type", *lines])
