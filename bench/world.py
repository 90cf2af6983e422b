"""Hubs with people: enrolled once, through the real protocol, and copied for each round."""

import asyncio
import contextlib
import re
import shutil
import sys
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TypeVar

import aiofastnet

from bench.ciphertext import encrypt_messages, write_frames
from bench.hub_client import connect, enrol_all
from bench.people import Person, World, new_person, with_devices
from bench.processes import SERVER_CORE, Process, start_pinned
from lanmsg.net.tls import client_context
from lanmsg.wire import ids
from lanmsg.wire.limits import ENROLMENTS_BURST

T = TypeVar("T")

HUB = "hub"
PEOPLE = "people"
WORLD_FORMAT = 2
"""Raised when hubs store something else than before: worlds that were kept are of no use then."""
START_TIMEOUT_S = 30.0
_READY = re.compile(r"^ready 127\.0\.0\.1:(\d+)$", re.MULTILINE)


def start_hub(data: Path, log: Path, *, variant: str = "") -> tuple[Process, int]:
    """Start the real program, without rate limits as its options allow; return its port.

    `variant` names one of `bench/variants.py`.
    """
    program = ("bench.variants", variant) if variant else ("lanmsg",)
    command = [
        *(sys.executable, "-m", *program, "hub"),
        *("--listen", "127.0.0.1:0", "--data", str(data), "--no-advertise"),
        *("--message-rate", "0", "--log-level", "warning"),
    ]
    log.write_bytes(b"")
    process = start_pinned(command, log, core=SERVER_CORE)
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while process.popen.poll() is None and time.monotonic() < deadline_s:
        ready = _READY.search(log.read_text(encoding="utf-8"))
        if ready is not None:
            return process, int(ready[1])
        time.sleep(0.02)
    process.stop()
    raise RuntimeError(f"the hub did not start: {log.read_text(encoding='utf-8')}")


@contextlib.contextmanager
def running_hub(data: Path, log: Path) -> Iterator[tuple[Process, int]]:
    """Start the real program as `start_hub` does, and stop it at the end."""
    process, port = start_hub(data, log)
    try:
        yield process, port
    finally:
        process.stop()


def make_world(cache: Path, people: int, *, devices: int = 1) -> Path:
    """Return the directory of a hub with so many devices, `devices` of each of its people; made once."""
    name = f"world{WORLD_FORMAT}-{people}"
    home = cache / (name if devices == 1 else f"{name}-by-{devices}")
    if (home / PEOPLE).exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    users = [new_person(number) for number in range(people // devices)]
    everybody = [person for user in users for person in with_devices(user, devices)]
    for start in range(0, people, ENROLMENTS_BURST):
        # The hub lets so many in at once and then ten a second; it counts from its start.
        with running_hub(home / HUB, home / "hub.log") as (_, port):
            run(enrol_all(everybody[start : start + ENROLMENTS_BURST], port))
            hub, database = run(_look(everybody[0], port))
    World(hub, database, len(users) + len(everybody), everybody).save(home / PEOPLE)
    return home


async def _look(person: Person, port: int) -> tuple[ids.HubId, ids.DatabaseId]:
    client = await connect(person, port, client_context())
    challenge = await client.greet()
    client.transport.close()
    return ids.hub_id(challenge.identity_key), challenge.database


def run(coroutine: Coroutine[None, None, T]) -> T:
    """Run a coroutine on the loop that the generator uses."""
    with asyncio.Runner(loop_factory=aiofastnet.loop_factory()) as runner:
        return runner.run(coroutine)


def room_frames(home: Path, *, count: int, text_bytes: int) -> Path:
    """Return a file with one person's messages to everyone; made once."""
    path = home / f"room-{count}-{text_bytes}.frames"
    if not path.exists():
        world = World.load(home / PEOPLE)
        log = ids.everyone_log(world.database)
        write_frames(path, encrypt_messages(world, world.people[0], log, count=count, text_bytes=text_bytes))
    return path


def pair_frames(home: Path, partners: list[int], *, each: int, text_bytes: int) -> Path:
    """Return a file with the messages of all to their partners, sender after sender; made once."""
    path = home / f"pairs-{len(partners)}-{each}-{text_bytes}.frames"
    if not path.exists():
        world = World.load(home / PEOPLE)

        def frames() -> Iterator[bytes]:
            for person, partner in zip(world.people, partners, strict=False):
                log = ids.direct_log(world.database, person.user, world.people[partner].user)
                yield from encrypt_messages(world, person, log, count=each, text_bytes=text_bytes)

        write_frames(path, frames())
    return path
