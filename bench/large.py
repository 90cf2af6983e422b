"""W6: a hub with ten million entries in ten thousand conversations: its start, its pages, its size.

Cold means that the system has forgotten every file: before the start, and again before the pages. What
lies below the system (a disk's own memory, a virtual machine's host) is not emptied, so a cold figure
is as good as the machine's disk. Warm means that the same pages were read a moment before.
"""

import contextlib
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.cells import CACHE
from bench.hub_client import HubClient, connect
from bench.large_world import (
    CONVERSATIONS,
    ENTRIES,
    Say,
    conversations_of,
    make_large_world,
)
from bench.latency import Latencies
from bench.people import World
from bench.processes import GENERATOR_CORE, resident_bytes
from bench.readings import keep_readings, spread_lines
from bench.summary import Reading
from bench.world import HUB, PEOPLE, run, running_hub
from lanmsg.net.tls import client_context
from lanmsg.wire.codec import decode_entry
from lanmsg.wire.frames import Entries, Fetch
from lanmsg.wire.ids import LogId
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
    "entry_bytes_on_wire",
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
    with running_hub(home / HUB, home / "hub.log") as (process, port):
        start_s = time.monotonic() - started_s
        resident = resident_bytes(process.pid)
        with _on_core(GENERATOR_CORE):
            pages = run(_read_pages(world, port, is_cold=is_cold, seed=seed))
        resident_after = resident_bytes(process.pid)
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
    logins = Latencies()
    clients: dict[bytes, HubClient] = {}
    for person in world.people:
        client = await connect(person, port, client_context())
        started_s = time.perf_counter()
        await client.log_in()
        logins.add(time.perf_counter() - started_s)
        clients[person.device] = client
    chance = random.Random(seed)
    pages = [
        _Page(clients[chance.choice(each.writers).device], each.log, is_newest=number % 2 == 0)
        for number, each in enumerate(chance.sample(conversations_of(world), 2 * PAGES))
    ]
    if is_cold:
        _empty_cache()
    else:
        await _read_all(pages)
    return {**logins.as_json("login"), **await _read_all(pages)}


@dataclass(frozen=True, slots=True)
class _Page:
    """The newest or the oldest page of a conversation, for somebody who reads it."""

    client: HubClient
    log: LogId
    is_newest: bool

    async def read(self) -> Entries:
        """Fetch it; what was asked for must come, or the figure means nothing."""
        after = max(0, self.client.heads[self.log] - FETCH_PAGE_ENTRIES) if self.is_newest else 0
        page = await self.client.request(Fetch(self.log, after), Entries)
        if page.log != self.log or page.first_seq != after + 1 or not page.items:
            raise RuntimeError(f"asked for entry {after + 1} of {self.log.hex()}, got {page.first_seq}")
        return page


async def _read_all(pages: list[_Page]) -> dict[str, float]:
    newest, oldest = Latencies(), Latencies()
    entries = entry_bytes = body_bytes = 0
    for page in pages:
        started_s = time.perf_counter()
        run = await page.read()
        (newest if page.is_newest else oldest).add(time.perf_counter() - started_s)
        entries += len(run.items)
        entry_bytes += sum(len(memoryview(item)) for item in run.items)
        body_bytes += sum(len(decode_entry(item).body) for item in run.items)
    return {
        **newest.as_json("newest_page"),
        **oldest.as_json("oldest_page"),
        "entries_per_page": entries / len(pages),
        "entry_bytes_on_wire": entry_bytes / entries,
        "body_bytes_per_entry": body_bytes / entries,
    }
