"""`python -m bench.fairness_chat JOB`: two people who talk at a pace, each over one connection.

They are in the room of everyone too, so what is said there comes to them over the same connection. Who
is told heads only, because it reads too slowly, fetches what it missed, as a client does.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.ciphertext import encrypt_messages, read_frames, shared_out, write_frames
from bench.fairness_flood import CHATTERS, TEXT_BYTES
from bench.hub_client import HubClient, log_all_in
from bench.jobs import run_job
from bench.pacing import SETTLE_S, Pace, Stopwatch, keep_pace
from bench.people import World
from bench.world import PEOPLE
from lanmsg.wire import ids
from lanmsg.wire.codec import LENGTH_BYTES, decode_client_frame, decode_entry, encode_frame
from lanmsg.wire.frames import Append, Appended, Entries, Fetch, Heads, HubFrame, OpenDirect
from lanmsg.wire.ids import LogId


@dataclass(frozen=True, slots=True)
class ChatJob:
    """Who: the last two of `clients` people of the world in `home`. `messages_per_s`: both together."""

    home: str
    port: int
    clients: int
    messages_per_s: int
    seconds: float


class Chatter:
    """One end of the chat."""

    def __init__(self, client: HubClient, stopwatch: Stopwatch, log: LogId, frames: Sequence[bytes]) -> None:
        self.told_heads = 0
        """How often the hub said what is new instead of sending it."""
        self._client = client
        self._stopwatch = stopwatch
        self._log = log
        self._frames = iter(frames)
        self._seqs: dict[bytes, int] = dict(client.heads)
        self._fetching: set[bytes] = set()
        client.on_frame = self._take

    def send_direct(self, due_s: float) -> None:
        """Send the next message to the other end."""
        frame = next(self._frames)
        append = decode_client_frame(frame[LENGTH_BYTES:])
        assert isinstance(append, Append)
        mark = append.message_id
        self._stopwatch.sent(mark, due_s, deliveries=1)
        self._client.transport.write(frame)

    def send_to_room(self, due_s: float) -> None:
        """Never: they only talk to each other."""
        raise NotImplementedError

    def _take(self, frame: HubFrame) -> None:
        if isinstance(frame, Entries):
            self._take_entries(frame)
        elif isinstance(frame, Appended):
            self._stopwatch.on_acknowledged(frame.message_id)
        elif isinstance(frame, Heads):
            missed = [head.log for head in frame.heads if head.seq > self._seqs.get(head.log, 0)]
            self.told_heads += bool(missed)
            for log in missed:
                self._fetch(log)

    def _take_entries(self, frame: Entries) -> None:
        known = self._seqs.get(frame.log, 0)
        last = frame.first_seq + len(frame.items) - 1
        if frame.log == self._log:
            for item in frame.items[max(0, known + 1 - frame.first_seq) :]:
                entry = decode_entry(item)
                if entry.sender != self._client.person.device:
                    self._stopwatch.on_delivered(entry.message_id)
        self._seqs[frame.log] = max(known, last)
        if frame.log in self._fetching:
            self._fetching.discard(frame.log)
            if last < frame.head:
                self._fetch(frame.log)

    def _fetch(self, log: bytes) -> None:
        if log not in self._fetching:
            self._fetching.add(log)
            self._client.transport.write(encode_frame(Fetch(LogId(log), self._seqs.get(log, 0))))


async def run_chat(job: ChatJob) -> dict[str, float]:
    """Log both in, let them talk, and say how long their messages took."""
    world = World.load(Path(job.home) / PEOPLE)
    people = world.people[job.clients - CHATTERS : job.clients]
    log = ids.direct_log(world.database, people[0].user, people[1].user)
    frames = read_frames(_frames_file(job, world))
    started_s = time.perf_counter()
    clients = await log_all_in(people, job.port)
    login_s = time.perf_counter() - started_s
    for client, partner in zip(clients, reversed(people), strict=True):
        await client.request(OpenDirect(partner.user), Heads)
    stopwatch = Stopwatch()
    chatters = [
        Chatter(client, stopwatch, log, own)
        for client, own in zip(clients, shared_out(frames, senders=CHATTERS), strict=True)
    ]
    gc.collect()
    gc.freeze()
    before_s = time.process_time()
    await keep_pace(chatters, Pace(job.messages_per_s, 0), seconds=job.seconds)
    return {
        **stopwatch.as_json(),
        "login_ms": 1000 * login_s,
        "told_heads": sum(chatter.told_heads for chatter in chatters),
        "chat_core": (time.process_time() - before_s) / (job.seconds + 2 * SETTLE_S),
    }


def _frames_file(job: ChatJob, world: World) -> Path:
    """Return a file with what both will say; made once."""
    each = 2 * int((job.seconds + SETTLE_S) * job.messages_per_s)
    path = Path(job.home) / f"chat-{job.clients}-{each}-{TEXT_BYTES}.frames"
    if not path.exists():
        people = world.people[job.clients - CHATTERS : job.clients]
        log = ids.direct_log(world.database, people[0].user, people[1].user)

        def frames() -> Iterator[bytes]:
            for person in people:
                yield from encrypt_messages(world, person, log, count=each, text_bytes=TEXT_BYTES)

        write_frames(path, frames())
    return path


if __name__ == "__main__":
    run_job(ChatJob, run_chat)
