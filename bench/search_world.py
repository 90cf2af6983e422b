"""A store with a hundred thousand messages in a dozen scripts, and a client's engine on it, without a hub."""

import asyncio
import itertools
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lanmsg.client.committer import Committer
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.client.engine import Engine
from lanmsg.client.identity import Identity
from lanmsg.client.state import ClientState
from lanmsg.client.store.executor import InlineStoreExecutor
from lanmsg.client.store.interface import Profile, StoredLog, StoredMessage
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.client.surroundings import EngineSurroundings
from lanmsg.wire import ids
from lanmsg.wire.content import ContentKind, Text, encode_content
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import DatabaseId, DeviceId, LogId, MessageId, UserId
from lanmsg.wire.statements import DeviceStatement

PEOPLE = ("ann", "bob", "cid", "dora", "emil", "fay")
KEY = bytes(range(32))
FIRST_MS = 1_750_000_000_000
BATCH = 500
"""Messages of a commit, as pages come from a hub."""
_SEED = 7
_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"
_OTHERS = (
    "明天下午三点在东京会议室开会请大家准时到不要忘记带电脑和资料谢谢",
    "今日は東京で会議がありますのでラーメンを食べる時間はないと思います",
    "오늘학교에서만나기로했는데시간이없어서내일로미루자고말했습니다",
    "วันนี้ไปกินกาแฟร้อนที่ร้านใหม่กันไหมถ้าไม่ว่างก็พรุ่งนี้เช้า",
)


@dataclass(frozen=True, slots=True)
class SearchWorld:
    """Who talks where, and what they said, oldest first."""

    profile: Profile
    people: tuple[Identity, ...]
    devices: tuple[DeviceStatement, ...]
    logs: tuple[StoredLog, ...]
    messages: tuple[StoredMessage, ...]


def make_world(count: int) -> SearchWorld:
    """Make everything up; always the same."""
    chance = random.Random(_SEED)
    people = tuple(Identity(chance.randbytes(32)) for _ in PEOPLE)
    accounts = [OlmCrypto().new_account() for _ in people]
    keys = [(each.signing_key, each.agreement_key) for each in accounts]
    devices = tuple(
        person.bind(signing_key=signing, agreement_key=agreement, device_name="bench")
        for person, (signing, agreement) in zip(people, keys, strict=True)
    )
    database = DatabaseId(chance.randbytes(16))
    profile = Profile(
        b"k" * 32, "bench", database, people[0].secret, accounts[0].pickle(), PEOPLE[0], "bench", 1
    )
    logs = tuple(_logs(database, [each.user for each in people]))
    messages = tuple(itertools.islice(_messages(chance, logs, [each.device for each in devices]), count))
    return SearchWorld(profile, people, devices, logs, messages)


def _logs(database: DatabaseId, users: Sequence[UserId]) -> Iterator[StoredLog]:
    yield _log(ids.everyone_log(database), LogKind.EVERYONE, ())
    for user in users[1:]:
        yield _log(ids.direct_log(database, users[0], user), LogKind.DIRECT, (users[0], user))


def _log(log: LogId, kind: LogKind, users: tuple[UserId, ...]) -> StoredLog:
    return StoredLog(log, kind, 0, 0, ids.ZERO_HASH, 0, users)


def _messages(
    chance: random.Random, logs: Sequence[StoredLog], devices: Sequence[DeviceId]
) -> Iterator[StoredMessage]:
    seqs = dict.fromkeys((log.log for log in logs), 0)
    texts = _texts(chance)
    for number in itertools.count():
        place = chance.choices(range(len(logs)), weights=[5] + [1] * (len(logs) - 1))[0]
        log = logs[place].log
        seqs[log] += 1
        author = chance.randrange(len(devices)) if place == 0 else chance.choice((0, place))
        yield StoredMessage(
            log=log,
            seq=seqs[log],
            hash=chance.randbytes(32),
            message_id=MessageId(chance.randbytes(16)),
            sender=devices[author],
            counter=number + 1,
            at_ms=FIRST_MS + number * 60_000,
            directory_seq=1,
            session=b"s" * 32,
            index=0,
            content=encode_content(Text(next(texts))),
            reason="",
            raw=b"",
            kind=ContentKind.TEXT,
            target=b"",
        )


def vocabulary() -> list[str]:
    """Return words, the most common first; short ones are common, as in every language."""
    chance = random.Random(_SEED)
    weights = range(len(_LETTERS), 0, -1)
    sizes = [min(2 + number.bit_length() // 2 + chance.randrange(3), 14) for number in range(20_000)]
    return ["".join(chance.choices(_LETTERS, weights=weights, k=size)) for size in sizes]


def _texts(chance: random.Random) -> Iterator[str]:
    words = vocabulary()
    totals = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(words))))
    while True:
        size = min(2 + int(chance.expovariate(1 / 12)), 200)
        if chance.random() < 0.2:
            script = chance.choice(_OTHERS)
            start = chance.randrange(len(script) - 6)
            yield script[start : start + size + 4]
        else:
            yield " ".join(chance.choices(words, cum_weights=totals, k=size))


# --- on disk ---------------------------------------------------------------------------------


def store_all(store: SqliteStore, world: SearchWorld) -> float:
    """Store everything as a client that catches up does; return how long it took."""
    store.commit([world.profile, *world.logs])
    started_s = time.perf_counter()
    for start in range(0, len(world.messages), BATCH):
        store.commit(world.messages[start : start + BATCH])
    return time.perf_counter() - started_s


def open_store(directory: Path) -> SqliteStore:
    """Open the store there, or make one."""
    return SqliteStore.open(directory, KEY)


def make_engine(store: SqliteStore, world: SearchWorld) -> tuple[Engine, Committer]:
    """Return an engine that nobody connects, and what stores for it."""
    loop = asyncio.get_running_loop()
    committer = Committer(InlineStoreExecutor(store, loop), emit=lambda _: None, failed=_raise)
    stored = store.load()
    crypto = OlmCrypto()
    state = ClientState(world.profile, crypto.account(world.profile.account))
    state.load(stored)
    _enrol_all(state, world)
    surroundings = EngineSurroundings(
        loop=loop, now_ms=lambda: FIRST_MS, random_bytes=os.urandom, crypto=crypto
    )
    return Engine(state, store, stored, committer, surroundings), committer


def _enrol_all(state: ClientState, world: SearchWorld) -> None:
    seqs = itertools.count(1)
    for handle, person, device in zip(PEOPLE, world.people, world.devices, strict=True):
        state.directory.apply(next(seqs), person.claim(handle))
        state.directory.apply(next(seqs), device)


def _raise(error: BaseException) -> None:
    raise error
