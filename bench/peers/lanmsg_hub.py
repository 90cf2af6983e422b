"""The hub itself: TLS 1.3, every message on disk before it is acknowledged."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench import world
from bench.ciphertext import read_frames, shared_out
from bench.connections import Connection
from bench.hub_client import log_all_in
from bench.peers.interface import Facts, Plan, Room, Running
from bench.people import World
from lanmsg.wire.frames import Heads, OpenDirect


class LanmsgHub:
    """The hub with its default settings, but for the rate of messages."""

    name = "lanmsg"
    facts = Facts("lanmsg hub", has_tls=True, stores="each message, synced before its ack", acknowledges=True)

    def missing(self) -> str:
        """Never."""
        return ""

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it on a copy of the world."""
        shutil.copytree(plan.home / world.HUB, directory / world.HUB)
        return Running(*world.start_hub(directory / world.HUB, directory / "log"))

    async def open_room(self, port: int, plan: Plan) -> Room:
        """The room is the one that everybody is in."""
        frames = read_frames(world.room_frames(plan.home, count=plan.messages, text_bytes=plan.text_bytes))
        people = World.load(plan.home / world.PEOPLE).people[: plan.clients + 1]
        sender, *readers = await log_all_in(people, port)
        sender.load(iter(frames))
        for client in (sender, *readers):
            client.start_counting()
        return Room(sender, readers)

    async def open_pairs(self, port: int, plan: Plan, partners: Sequence[int]) -> Sequence[Connection]:
        """Open the direct conversations, and give everybody their messages."""
        people = World.load(plan.home / world.PEOPLE).people[: plan.clients]
        path = world.pair_frames(
            plan.home, list(partners), each=plan.messages // plan.clients, text_bytes=plan.text_bytes
        )
        shares = shared_out(read_frames(path), senders=plan.clients)
        clients = await log_all_in(people, port)
        for client, partner in zip(clients, partners, strict=True):
            await client.request(OpenDirect(people[partner].user), Heads)
        for client, frames in zip(clients, shares, strict=True):
            client.load(iter(frames))
            client.start_counting()
        return clients
