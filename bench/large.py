"""W6: a hub with ten million entries in ten thousand conversations: its start, its pages, its size.

Cold means that the system has forgotten every file: before the start, and again before the pages. What
lies below the system (a disk's own memory, a virtual machine's host) is not emptied, so a cold figure
is as good as the machine's disk.
"""

import contextlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

from bench.cells import CACHE
from bench.hub_client import HubClient, connect
from bench.large_world import (
    CONVERSATIONS,
    ENTRIES,
    Conversation,
    Say,
    conversations_of,
    make_large_world,
)
from bench.latency import Latencies
from bench.people import World
from bench.processes import GENERATOR_CORE, resident_bytes
from bench.readings import keep_readings, spread_lines
from bench.summary import Reading
from bench.world import HUB, PEOPLE, run, start_hub
from lanmsg.net.tls import client_context
from lanmsg.wire.frames import Entries, Fetch
from lanmsg.wire.limits import FETCH_PAGE_ENTRIES

ROUNDS = 3
PAGES = 600
"""Conversations whose first page is read in a round, each another one."""
_DROP_CACHES = Path("/proc/sys/vm/drop_caches")
_PRINTED = (
    "start_s",
    "resident_mib",
    "login_p50_ms",
    "login_p99_ms",
    "newest_page_p50_ms",
    "newest_page_p99_ms",
    "newest_page_max_ms",
    "oldest_page_p50_ms",
    "oldest_page_p99_ms",
    "entries_per_page",
    "resident_after_mib",
    "disk_bytes_per_entry",
    "body_bytes_per_entry",
)


def run_large(*, say: Say) -> None:
    """Measure all rounds, cold ones where we may empty the system's cache."""
    home = make_large_world(CACHE, say=say)
    world = World.load(home / PEOPLE)
    readings: list[Reading] = []
    for number in range(1, ROUNDS + 1):
        for is_cold in (True, False):
            if is_cold and not os.access(_DROP_CACHES, os.W_OK):
                say("cold: left out, only root may empty the cache")
                continue
            seed = 2 * number + is_cold
            readings.append({**_measure(home, world, is_cold=is_cold, seed=seed), "round": number})
            keep_readings("large", readings)
    for cache in ("cold", "warm"):
        of_cache = [each for each in readings if each["cache"] == cache]
        if of_cache:
            say(f"{cache}: {ENTRIES:,} entries in {CONVERSATIONS:,} conversations")
            say("\n".join(spread_lines(of_cache, _PRINTED)))


def _measure(home: Path, world: World, *, is_cold: bool, seed: int) -> Reading:
    if is_cold:
        _empty_cache()
    started_s = time.monotonic()
    process, port = start_hub(home / HUB, home / "hub.log")
    start_s = time.monotonic() - started_s
    try:
        resident = resident_bytes(process.pid)
        with _on_core(GENERATOR_CORE):
            pages = run(_read_pages(world, port, is_cold=is_cold, seed=seed))
        resident_after = resident_bytes(process.pid)
    finally:
        process.stop()
    assert isinstance(pages, dict)
    return {
        "cache": "cold" if is_cold else "warm",
        "entries": ENTRIES,
        "conversations": CONVERSATIONS,
        "start_s": start_s,
        "resident_mib": resident / 2**20,
        "resident_after_mib": resident_after / 2**20,
        "disk_bytes_per_entry": _disk_bytes(home / HUB) / ENTRIES,
        **pages,
    }


def _empty_cache() -> None:
    os.sync()
    _DROP_CACHES.write_text("3", encoding="ascii")


@contextlib.contextmanager
def _on_core(core: int) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _disk_bytes(directory: Path) -> int:
    """Return what the files take up, blocks that are not written left out."""
    return sum(file.stat().st_blocks * 512 for file in directory.iterdir())


async def _read_pages(world: World, port: int, *, is_cold: bool, seed: int) -> dict[str, float]:
    """Log everybody in, then read first pages, one at a time, by somebody who may."""
    logins, newest, oldest = Latencies(), Latencies(), Latencies()
    clients: dict[bytes, HubClient] = {}
    for person in world.people:
        client = await connect(person, port, client_context())
        started_s = time.perf_counter()
        await client.log_in()
        logins.add(time.perf_counter() - started_s)
        clients[person.device] = client
    if is_cold:
        _empty_cache()
    chance = random.Random(seed)
    chosen = chance.sample(conversations_of(world), 2 * PAGES)
    entries = body_bytes = 0
    for number, conversation in enumerate(chosen):
        client = clients[chance.choice(conversation.writers).device]
        head = client.heads[conversation.log]
        is_newest = number % 2 == 0
        after = max(0, head - FETCH_PAGE_ENTRIES) if is_newest else 0
        started_s = time.perf_counter()
        page = await client.request(Fetch(conversation.log, after), Entries)
        (newest if is_newest else oldest).add(time.perf_counter() - started_s)
        _check(page, conversation, after)
        entries += len(page.items)
        body_bytes += sum(len(memoryview(item)) for item in page.items)
    return {
        **logins.as_json("login"),
        **newest.as_json("newest_page"),
        **oldest.as_json("oldest_page"),
        "entries_per_page": entries / len(chosen),
        "entry_bytes_on_wire": body_bytes / entries,
    }


def _check(page: Entries, conversation: Conversation, after: int) -> None:
    """What was asked for has come, or the figure means nothing."""
    if page.log != conversation.log or page.first_seq != after + 1 or not page.items:
        raise RuntimeError(f"asked for {after + 1} of {conversation.log.hex()}, got {page.first_seq}")
