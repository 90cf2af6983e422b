"""One measurement of one server: start it, let a generator loose on it, stop it, keep what came out."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

from bench import world
from bench.ciphertext import Sizes, sizes_of
from bench.generator import Job, random_partners
from bench.peers.interface import Plan
from bench.peers.lanmsg_hub import LanmsgHub
from bench.peers.registry import PEERS
from lanmsg.hub.storage.sqlite.schema import MIGRATIONS

CACHE = Path("/var/tmp/lanmsg-bench") / f"{crc32(repr(MIGRATIONS).encode()):08x}"
"""Enrolled people and their ciphertext: made in minutes, used in every round, for one schema of the hub's
database. May be deleted."""
WARM_UP_S = 0.5
GENERATOR_TIMEOUT_S = 240.0


@dataclass(frozen=True, slots=True)
class Cell:
    """What is measured: one server under one load.

    Attributes:
        supply: messages encrypted before, over all senders; the run ends early without more.
        most_rounds: it is left out of later rounds.
        devices: connections of each person; in a direct chat all of both people's get each message.
    """

    workload: str
    peer: str
    clients: int
    window: int
    supply: int
    text_bytes: int = 128
    seconds: float = 3.0
    room_supply: int = 0
    direct_per_s: int = 0
    room_per_s: int = 0
    devices: int = 1
    most_rounds: int = 3


def measure_cell(cell: Cell) -> dict[str, object]:
    """Measure once; the result has the cell's own fields and the reading's, or `failure`."""
    result: dict[str, object] = asdict(cell)
    missing = PEERS[cell.peer].missing()
    if missing:
        return {**result, "failure": f"not installed: {missing}"}
    try:
        return {**result, **_measure(cell)}
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return {**result, "failure": str(error)[-500:]}


def _measure(cell: Cell) -> dict[str, float]:
    home = _home(cell)
    sizes = _sizes(cell.text_bytes)
    plan = Plan(
        clients=cell.clients,
        payload=bytes(sizes.body_bytes),
        text_bytes=cell.text_bytes,
        entry_bytes=sizes.entry_bytes,
        messages=cell.supply,
        room_messages=cell.room_supply,
        devices=cell.devices,
        home=home,
    )
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=CACHE))
    try:
        running = PEERS[cell.peer].start(directory, plan)
        try:
            return _generate(cell, sizes, home, port=running.port, server_pid=running.process.pid)
        finally:
            running.process.stop()
    finally:
        shutil.rmtree(directory)


def _generate(cell: Cell, sizes: Sizes, home: Path, *, port: int, server_pid: int) -> dict[str, float]:
    job = Job(
        workload=cell.workload,
        peer=cell.peer,
        port=port,
        server_pid=server_pid,
        clients=cell.clients,
        window=cell.window,
        payload_bytes=sizes.body_bytes,
        text_bytes=cell.text_bytes,
        entry_bytes=sizes.entry_bytes,
        messages=cell.supply,
        room_messages=cell.room_supply,
        direct_per_s=cell.direct_per_s,
        room_per_s=cell.room_per_s,
        devices=cell.devices,
        home=str(home),
        warm_up_s=WARM_UP_S,
        seconds=cell.seconds,
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.generator", json.dumps(asdict(job))],
        capture_output=True,
        text=True,
        timeout=GENERATOR_TIMEOUT_S,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return {**json.loads(done.stdout), "body_bytes": sizes.body_bytes, "entry_bytes": sizes.entry_bytes}


@cache
def _sizes(text_bytes: int) -> Sizes:
    return sizes_of(text_bytes)


def _home(cell: Cell) -> Path:
    """Return the world of a cell of the hub, with its messages encrypted."""
    if not isinstance(PEERS[cell.peer], LanmsgHub):
        return CACHE
    if cell.workload == "room":
        home = world.make_world(CACHE, cell.clients + 1)
        world.room_frames(home, count=cell.supply, text_bytes=cell.text_bytes)
    else:
        home = world.make_world(CACHE, cell.clients, devices=cell.devices)
        partners = random_partners(cell.clients, devices=cell.devices)
        each = cell.supply // cell.clients
        world.pair_frames(home, partners, each=each, text_bytes=cell.text_bytes)
        if cell.room_supply:
            world.room_frames(home, count=cell.room_supply, text_bytes=cell.text_bytes)
    return home
