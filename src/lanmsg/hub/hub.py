"""The hub: its sessions, and everything around the path of a message.

That path goes one way: link -> session -> command table -> commit queue -> log writer -> storage (one
transaction for all appends of this tick) -> publisher -> fan-out -> links. There is no way back.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from lanmsg import __version__
from lanmsg.hub.commands import run_command
from lanmsg.hub.commit_queue import CommitQueue, Executor
from lanmsg.hub.config import HubConfig
from lanmsg.hub.fan_out import FanOut
from lanmsg.hub.jobs import BookkeepingJob, Changes
from lanmsg.hub.log_writer import LogWriter
from lanmsg.hub.logs import Logs
from lanmsg.hub.pace import Pace
from lanmsg.hub.pairings import Pairings
from lanmsg.hub.presence import DeviceStatus, PresenceBook
from lanmsg.hub.published import Published, load_directory
from lanmsg.hub.publisher import Publisher
from lanmsg.hub.reading import start_fetch
from lanmsg.hub.receipts import ReceiptBook
from lanmsg.hub.retention import Retention
from lanmsg.hub.session import Session, SessionState
from lanmsg.hub.settings import HubSettings
from lanmsg.hub.settings_book import SettingsBook, apply_settings, settings_at_start
from lanmsg.hub.storage.interface import Storage
from lanmsg.wire import ids, limits
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Challenge, Frame, Receipts
from lanmsg.wire.ids import DeviceId, LogId, UserId

HOUSEKEEPING_INTERVAL_S = 1.0
"""Cursors are written and dead links found so often; a crash costs a repeated `ack` at most."""
RETRY_AFTER_SHUTDOWN_MS = 1000
"""When clients look again for a hub that was stopped; they add their own jitter."""
FAREWELL_TIMEOUT_S = 1.0
"""How long `close` waits for the farewells to leave: a stuck reader must not hold up a shutdown."""

log = structlog.get_logger("lanmsg.hub")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubProof:
    """What the hub shows every client: its key, and that key's signature over the certificate in use.

    `signature_of` gives it for the hash of a certificate, which may change while the hub runs.
    """

    identity_key: bytes
    signature_of: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the hub takes from outside, so that a test can give it another world."""

    loop: asyncio.AbstractEventLoop
    now_ms: Callable[[], int]
    random_bytes: Callable[[int], bytes]
    executor: Executor


class Gate(Protocol):
    """Counts connections that have not logged in; `net.listening.ConnectionGate` is one."""

    def authenticated(self, address: str) -> None:
        """One from this address has logged in."""

    def lost(self, address: str) -> None:
        """One from this address went away before it logged in."""


@dataclass(frozen=True, slots=True)
class HubStatistics:
    """What `/metrics` shows; the last four count since the start."""

    connections: int
    logged_in: int
    behind: int
    users: int
    logs: int
    waiting_jobs: int
    commits: int
    jobs: int
    entries: int
    deliveries: int


class Hub:
    """One hub on one storage. A listener gives each new link the handler `make_session` returns."""

    def __init__(
        self,
        storage: Storage,
        proof: HubProof,
        config: HubConfig,
        surroundings: Surroundings,
        *,
        on_failure: Callable[[BaseException], None],
        gate: Gate | None = None,
    ) -> None:
        self.config = config
        self.gate = gate
        self._started_s = surroundings.loop.time()
        self._open_links = 0
        self._all_links_lost = asyncio.Event()
        self.now_ms = surroundings.now_ms
        self.hub_id = ids.hub_id(proof.identity_key)
        self._proof = proof
        self._loop = surroundings.loop
        self._random_bytes = surroundings.random_bytes
        self._executor = surroundings.executor
        self._sessions: set[Session] = set()
        self._prune: dict[LogId, int] = {}
        self._after_publication: list[Callable[[], None]] = []
        state = storage.load()
        self.published = Published(state, load_directory(storage, state))
        self.fan_out = FanOut(self._loop)
        self.receipts = ReceiptBook(self._loop, cursors=state.cursors, send=self._send_receipts)
        self.presence = PresenceBook(
            self._loop,
            last_seen_ms=dict(state.last_seen_ms),
            statuses=self._statuses_of,
            now_ms=self.now_ms,
            announce=self.tell_everybody,
        )
        self.publisher = Publisher(self.published, self.fan_out, self.receipts, cut_off=self._cut_off)
        writer = LogWriter(
            storage, Logs.from_state(state), load_directory(storage, state), database=state.database
        )
        self.publisher.publish(writer.create_hub_logs())
        self.queue = CommitQueue(
            self._loop,
            writer,
            surroundings.executor,
            is_serving_crowd=self.fan_out.is_serving_crowd,
            published=self._publish,
            failed=on_failure,
        )
        self.fan_out.crowd_served = self.queue.crowd_served
        self.settings_book = SettingsBook(
            settings_at_start(storage, config), put=self.queue.put, apply=partial(apply_settings, self)
        )
        self.pairings = Pairings(now_s=self._loop.time)
        self.retention = Retention(
            self._loop, now_ms=self.now_ms, settings=lambda: self.settings, put=self.queue.put
        )
        self.pace = Pace(
            config, self.settings, now_s=self._loop.time, is_queue_full=lambda: self.queue.is_full
        )
        self._housekeeping = self._loop.call_later(HOUSEKEEPING_INTERVAL_S, self._keep_house)

    # --- sessions ----------------------------------------------------------------------------

    def make_session(self) -> Session:
        """Return the handler of a new link."""
        return Session(
            self._loop,
            self.fan_out,
            opened=self._session_opened,
            command=partial(run_command, self),
            drained=self._session_drained,
            closed=self._link_lost,
        )

    def _session_opened(self, session: Session) -> None:
        self._sessions.add(session)
        self._open_links += 1
        session.hub_nonce = self._random_bytes(ids.HASH_BYTES)
        session.send(
            Challenge(
                version=limits.PROTOCOL_VERSION,
                oldest_version=limits.OLDEST_PROTOCOL_VERSION,
                identity_key=self._proof.identity_key,
                signature=self._proof.signature_of(session.link.certificate_hash),
                certificate_hash=session.link.certificate_hash,
                nonce=session.hub_nonce,
                database=self.published.database,
                title=self.config.title,
                invite_only=self.settings.invite_only,
                software=f"lanmsg/{__version__}",
            )
        )

    def displace(self, device: DeviceId) -> None:
        """Close the older connection of a device that has just proved to be back."""
        self._close_device(device, Code.DISPLACED, "this device has logged in again elsewhere")

    def _cut_off(self, device: DeviceId) -> None:
        self.pairings.forget_device(device)
        self._close_device(device, Code.REVOKED_DEVICE, "this device was cut off by its owner")

    def _close_device(self, device: DeviceId, code: Code, text: str) -> None:
        session = self.session_of(device)
        if session is not None:
            self.close_session(session, code, text, retry_after_ms=-1)

    def close_session(self, session: Session, code: Code, text: str, *, retry_after_ms: int) -> None:
        """Say why, and close the connection of a device that is logged in."""
        session.close(code, text, retry_after_ms=retry_after_ms)
        self._session_closed(session)

    def session_of(self, device: DeviceId) -> Session | None:
        """Return the connection of a device that is logged in."""
        reader = self.fan_out.device(device)
        return reader if isinstance(reader, Session) else None

    def _statuses_of(self, user: UserId) -> list[DeviceStatus]:
        return [each.status for each in self.fan_out.of_user(user) if isinstance(each, Session)]

    def _session_drained(self, session: Session) -> None:
        """Let a reader that was behind fetch what it missed."""
        outgoing = session.outgoing
        outgoing.is_behind = False
        missed, outgoing.missed = outgoing.missed, set()
        session.send_heads([self.published.head(session, each) for each in missed])
        start_fetch(self, session)

    def _link_lost(self, session: Session) -> None:
        """Called once for each link, last; `_session_closed` may have come earlier, and may come again."""
        self._open_links -= 1
        if not self._open_links:
            self._all_links_lost.set()
        if self.gate is not None and not session.device:
            self.gate.lost(session.link.remote)
        self._session_closed(session)

    def _session_closed(self, session: Session) -> None:
        self._sessions.discard(session)
        if not self.fan_out.remove(session):
            return
        if self.fan_out.is_online(session.user):
            self.presence.status_changed(session.user)
        else:
            self.presence.disconnected(session.user)

    # --- publishing --------------------------------------------------------------------------

    def after_publication(self, callback: Callable[[], None]) -> None:
        """Call back when the batch whose outcomes are being handed out has been published."""
        self._after_publication.append(callback)

    def _publish(self, changes: Changes) -> None:
        self.publisher.publish(changes)
        callbacks, self._after_publication = self._after_publication, []
        for callback in callbacks:
            callback()

    def tell_everybody(self, frame: Frame) -> None:
        """Send a frame to every device that is logged in."""
        self.fan_out.broadcast(encode_frame(frame))

    def _send_receipts(self, device: DeviceId, receipts: Receipts) -> None:
        session = self.session_of(device)
        if session is not None:
            session.send(receipts)

    # --- housekeeping ------------------------------------------------------------------------

    def prune_later(self, inbox: LogId, up_to: int) -> None:
        """Delete an inbox's entries up to this seq with the next bookkeeping."""
        self._prune[inbox] = up_to

    def _keep_house(self) -> None:
        self._housekeeping = self._loop.call_later(HOUSEKEEPING_INTERVAL_S, self._keep_house)
        for session in list(self._sessions):
            if session.state is SessionState.LOGGED_IN:
                self._close_if_stuck(session)
        self._save_books()

    def _close_if_stuck(self, session: Session) -> None:
        reason = _why_stuck(session, self._loop.time())
        if reason is not None:
            session.close(Code.STUCK, reason)
            session.link.abort()  # whoever does not answer or read does not read the farewell either

    def _save_books(self) -> None:
        cursors = self.receipts.take_unsaved()
        last_seen_ms = self.presence.take_unsaved()
        prune, self._prune = self._prune, {}
        if cursors or last_seen_ms or prune:
            self.queue.put(BookkeepingJob(cursors, prune, last_seen_ms), lambda _outcome: None)

    @property
    def settings(self) -> HubSettings:
        """What may change while the hub runs, as it is on disk."""
        return self.settings_book.current

    def change_settings(self, settings: HubSettings, done: Callable[[], None] = lambda: None) -> None:
        """Run by other settings from their commit on; then `done` is called."""
        self.settings_book.change(settings, done)

    def now_s(self) -> float:
        """Return the clock by which connections are timed."""
        return self._loop.time()

    @property
    def uptime_s(self) -> float:
        """How long the hub runs."""
        return self.now_s() - self._started_s

    def statistics(self) -> HubStatistics:
        """Return a snapshot."""
        fan_out, queue = self.fan_out.statistics(), self.queue.statistics()
        return HubStatistics(
            connections=len(self._sessions),
            logged_in=fan_out.readers,
            behind=fan_out.behind,
            users=self.published.directory.size,
            logs=len(self.published.logs),
            waiting_jobs=queue.waiting_jobs + queue.waiting_reads,
            commits=queue.batches,
            jobs=queue.jobs,
            entries=self.publisher.entries,
            deliveries=self.publisher.deliveries,
        )

    async def close(self) -> None:
        """Say goodbye to everybody, finish what is queued, and stop. The storage stays open."""
        self._housekeeping.cancel()
        self.retention.close()
        for session in list(self._sessions):
            session.close(
                Code.SHUTTING_DOWN, "the hub is shutting down", retry_after_ms=RETRY_AFTER_SHUTDOWN_MS
            )
            self._session_closed(session)
        self._save_books()
        await self._farewells_sent()
        await self.queue.drain()
        self.presence.close()
        self.receipts.close()
        self._executor.close()

    async def _farewells_sent(self) -> None:
        self._all_links_lost.clear()
        if self._open_links:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_links_lost.wait(), FAREWELL_TIMEOUT_S)


def _why_stuck(session: Session, now_s: float) -> str | None:
    if now_s - session.received_at_s > limits.DEAD_AFTER_S:
        return f"nothing heard for {limits.DEAD_AFTER_S:.0f} s"
    if session.outgoing.stuck_for_s(now_s) >= limits.STUCK_AFTER_S:
        return f"nothing read for {limits.STUCK_AFTER_S:.0f} s"
    if session.link.unsent_bytes > limits.MAX_UNSENT_BYTES:
        return f"more than {limits.MAX_UNSENT_BYTES} bytes are unread"
    return None
