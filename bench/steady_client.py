"""A client that stays: the real protocol with outbox, cursors and the product's waiting times, but no store.

What it knows outlives its connections. After each login it fetches what it missed, and sends again what
was not acknowledged, in order, as `docs/protocol.md` asks of clients.
"""

import asyncio
import random
import ssl
import time
from collections import Counter
from collections.abc import Callable

from bench.hub_client import ID_IN_ENTRY, HubClient
from bench.people import Person
from bench.sources import open_from
from lanmsg.client.connection import DIAL_TIMEOUT_S, retry_delay_s
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.frames import Ack, Appended, Bye, Entries, Fetch, Frame, Heads, HubFrame, Ping, Refused
from lanmsg.wire.ids import LogId
from lanmsg.wire.limits import LOGIN_TIMEOUT_S, PING_INTERVAL_S


class Ledger:
    """Which messages were said, and who has them."""

    def __init__(self) -> None:
        self._missing: dict[bytes, int] = {}
        self.failures: Counter[str] = Counter()
        self.said = 0
        self.unacknowledged = 0
        self.duplicates = 0

    @property
    def owed(self) -> int:
        """Deliveries that must still come."""
        return sum(self._missing.values())

    def say(self, message_id: bytes, *, readers: int) -> None:
        """Note a message that so many readers must get."""
        self._missing[message_id] = readers
        self.said += 1
        self.unacknowledged += 1

    def acknowledge(self) -> None:
        """The hub has one of them."""
        self.unacknowledged -= 1

    def receive(self, message_id: bytes, *, is_new: bool) -> None:
        """A reader got a message; not `is_new` if that reader has had it before."""
        if is_new:
            self._missing[message_id] -= 1
        else:
            self.duplicates += 1


class _Link(HubClient):
    """One connection."""

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.lost = asyncio.Event()

    def hand_over(self, take: Callable[[HubFrame], None]) -> None:
        """Give all frames that came behind the login, and all later ones, to `take`."""
        self.on_frame = take
        while self._waiting:
            take(self._waiting.popleft())

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell."""
        super().connection_lost(exc)
        self.lost.set()


class SteadyClient:
    """One person, number `number`; `stay` keeps them connected."""

    def __init__(
        self, person: Person, port: int, *, number: int, context: ssl.SSLContext, ledger: Ledger
    ) -> None:
        self._person = person
        self._port = port
        self._number = number
        self._context = context
        self._ledger = ledger
        self._link: _Link | None = None
        self._cursors: dict[LogId, int] = {}
        self._targets: dict[LogId, int] = {}
        self._outbox: dict[bytes, bytes] = {}
        self._received: set[bytes] = set()
        self.attempts = 0
        """Tries to connect, the failed ones too."""
        self.logins = 0
        self.synced_at_s = 0.0
        """When it last had everything that was there at its login; 0 while it has not."""

    @property
    def log_count(self) -> int:
        """Logs it reads."""
        return len(self._cursors)

    # --- sending -----------------------------------------------------------------------------

    def say(self, message_id: bytes, append: bytes, *, readers: int) -> None:
        """Put a message into the outbox, and send it if there is a connection."""
        self._ledger.say(message_id, readers=readers)
        self._outbox[message_id] = append
        self._write(append)

    def send(self, frame: Frame) -> None:
        """Send a frame if there is a connection."""
        self._write(encode_frame(frame))

    def _write(self, data: bytes) -> None:
        if self._link is not None and not self._link.is_lost:
            self._link.transport.write(data)

    # --- receiving ---------------------------------------------------------------------------

    def _take(self, frame: HubFrame) -> None:
        match frame:
            case Entries():
                self._take_entries(frame)
            case Appended():
                if self._outbox.pop(frame.message_id, None) is not None:
                    self._ledger.acknowledge()
            case Heads():
                for head in frame.heads:
                    self._catch_up(head.log, head.seq)
            case Refused() | Bye():
                self._ledger.failures[frame.code] += 1
            case _:
                pass

    def _take_entries(self, frame: Entries) -> None:
        cursor = self._cursors[frame.log]
        if frame.first_seq > cursor + 1:
            return  # live, before what was asked for: that page will hold it
        for item in frame.items[cursor + 1 - frame.first_seq :]:
            message_id = bytes(memoryview(item)[ID_IN_ENTRY])
            self._ledger.receive(message_id, is_new=message_id not in self._received)
            self._received.add(message_id)
        seq = frame.first_seq + len(frame.items) - 1
        if seq > cursor:
            self._cursors[frame.log] = seq
            self.send(Ack(frame.log, seq))
        self._check_target(frame.log, frame.head)

    def _catch_up(self, log: LogId, head: int) -> None:
        """Ask for what we do not have of a log. One we have not seen before begins now."""
        if self._cursors.setdefault(log, head) < head:
            self._targets[log] = head
            self.send(Fetch(log, self._cursors[log]))

    def _check_target(self, log: LogId, head: int) -> None:
        target = self._targets.get(log)
        if target is None:
            return
        if self._cursors[log] < head:
            self.send(Fetch(log, self._cursors[log]))
        else:
            del self._targets[log]
            self._note_if_synced()

    def _note_if_synced(self) -> None:
        if not self._targets and not self.synced_at_s:
            self.synced_at_s = time.monotonic()

    # --- staying connected -------------------------------------------------------------------

    async def stay(self) -> None:
        """Listen; after each loss wait and try again like the product's client, for ever."""
        while True:
            if self._link is not None:
                await self._listen(self._link)
            attempt = 0
            while self._link is None or self._link.is_lost:
                await asyncio.sleep(retry_delay_s(attempt, random.random))
                attempt += 1
                await self.connect()

    async def _listen(self, link: _Link) -> None:
        while not link.lost.is_set():
            try:
                async with asyncio.timeout(PING_INTERVAL_S):
                    await link.lost.wait()
            except TimeoutError:
                self.send(Ping())

    async def connect(self) -> None:
        """Try once; whether it worked shows in `logins`."""
        link = _Link(self._person)
        self.attempts += 1
        try:
            async with asyncio.timeout(DIAL_TIMEOUT_S):
                await open_from(link, self._port, number=self._number, context=self._context)
            async with asyncio.timeout(2 * LOGIN_TIMEOUT_S):  # for the challenge, and for the welcome
                await link.log_in()
        except (OSError, RemoteError):
            if hasattr(link, "transport"):
                link.transport.abort()
            return
        self._logged_in(link)

    def _logged_in(self, link: _Link) -> None:
        self._link = link
        self.logins += 1
        self._targets.clear()
        self.synced_at_s = 0.0
        for log, seq in link.heads.items():
            self._catch_up(LogId(log), seq)
        for append in self._outbox.values():
            self._write(append)
        self._note_if_synced()
        link.hand_over(self._take)
