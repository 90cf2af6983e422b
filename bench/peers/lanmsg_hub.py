"""The hub itself: TLS 1.3, every message on disk before it is acknowledged."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench import world
from bench.ciphertext import read_frames, shared_out
from bench.connections import Connection
from bench.hub_client import ID_IN_APPEND, ID_IN_ENTRY, HubClient, log_all_in
from bench.pacing import Stopwatch
from bench.peers.interface import Facts, Plan, Room, Running
from bench.people import World
from bench.variants import PAGE_SIZES, change_page_size
from lanmsg.wire.frames import Appended, Entries, Heads, HubFrame, OpenDirect


class LanmsgHub:
    """The hub with its default settings, but for the rate of messages; or a variant of it."""

    def __init__(self, variant: str = "") -> None:
        self._variant = variant
        self.name = f"lanmsg, {variant}" if variant else "lanmsg"
        title = variant or "lanmsg hub"
        self.facts = Facts(
            title, has_tls=True, stores="each message, synced before its ack", acknowledges=True
        )

    def missing(self) -> str:
        """Never."""
        return ""

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it on a copy of the world."""
        shutil.copytree(plan.home / world.HUB, directory / world.HUB)
        if self._variant in PAGE_SIZES:
            change_page_size(directory / world.HUB, PAGE_SIZES[self._variant])
        started = world.start_hub(directory / world.HUB, directory / "log", variant=self._variant)
        return Running(*started)

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
        shares = _direct_frames(plan, partners)
        clients = await _open_conversations(plan, port, partners)
        for client, frames in zip(clients, shares, strict=True):
            client.load(iter(frames))
            client.start_counting()
        return clients

    async def open_paced(
        self, port: int, plan: Plan, partners: Sequence[int], stopwatch: Stopwatch
    ) -> Sequence["PacedHubClient"]:
        """Connect clients that decode what comes."""
        shares = _direct_frames(plan, partners)
        room: Sequence[bytes] = ()
        if plan.room_messages:
            path = world.room_frames(plan.home, count=plan.room_messages, text_bytes=plan.text_bytes)
            room = read_frames(path)
        clients = await _open_conversations(plan, port, partners)
        return [
            PacedHubClient(client, stopwatch, plan, direct=direct, room=room)
            for client, direct in zip(clients, shares, strict=True)
        ]


def _direct_frames(plan: Plan, partners: Sequence[int]) -> list[Sequence[bytes]]:
    """Return what each client says to its partner."""
    each = plan.messages // plan.clients
    path = world.pair_frames(plan.home, list(partners), each=each, text_bytes=plan.text_bytes)
    return shared_out(read_frames(path), senders=plan.clients)


async def _open_conversations(plan: Plan, port: int, partners: Sequence[int]) -> list[HubClient]:
    people = World.load(plan.home / world.PEOPLE).people[: plan.clients]
    clients = await log_all_in(people, port)
    for client, partner in zip(clients, partners, strict=True):
        await client.request(OpenDirect(people[partner].user), Heads)
    return clients


class PacedHubClient:
    """Tells a stopwatch what came, by message id. In a direct chat all devices of both get each message."""

    def __init__(
        self,
        client: HubClient,
        stopwatch: Stopwatch,
        plan: Plan,
        *,
        direct: Sequence[bytes],
        room: Sequence[bytes],
    ) -> None:
        self._client = client
        self._stopwatch = stopwatch
        self._direct = iter(direct)
        self._room = iter(room)
        self._plan = plan
        client.on_frame = self._take

    def _take(self, frame: HubFrame) -> None:
        if isinstance(frame, Entries):
            for item in frame.items:
                self._stopwatch.on_delivered(bytes(memoryview(item)[ID_IN_ENTRY]))
        elif isinstance(frame, Appended):
            self._stopwatch.on_acknowledged(frame.message_id)

    def send_direct(self, due_s: float) -> None:
        """Send to the partner."""
        self._send(next(self._direct), due_s, deliveries=2 * self._plan.devices)

    def send_to_room(self, due_s: float) -> None:
        """Send to everyone."""
        self._send(next(self._room), due_s, deliveries=self._plan.clients)

    def _send(self, frame: bytes, due_s: float, *, deliveries: int) -> None:
        self._stopwatch.sent(frame[ID_IN_APPEND], due_s, deliveries=deliveries)
        self._client.transport.write(frame)
