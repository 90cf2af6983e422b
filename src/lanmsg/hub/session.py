"""One connection, from its first byte to its last: which frames it may send when, and how fast.

    GREETING --hello--> KNOWN --login--> LOGGED_IN --> CLOSED
                        | enrol: stays KNOWN

What each frame does stands in `commands.py`. A peer that breaks the protocol loses its link; a bug of
ours loses that link too, with a traceback in the log, and never the process.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

import structlog

from lanmsg.hub.fan_out import FanOut, Outgoing
from lanmsg.hub.jobs import ReadJob, ReadMembersJob, StaleView
from lanmsg.hub.pace import Rates
from lanmsg.hub.presence import DeviceStatus
from lanmsg.net.link import Link
from lanmsg.wire.codec import decode_client_frame, encode_frame
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.frames import Bye, ClientFrame, Frame, Head, Heads, Refused, Share, Shares
from lanmsg.wire.ids import ZERO_HASH, DeviceId, UserId
from lanmsg.wire.limits import (
    LOGIN_TIMEOUT_S,
    MAX_HEADS_PER_FRAME,
    MAX_SHARES,
    MAX_UNAUTHENTICATED_FRAME_BYTES,
)

MAX_HELD_FRAMES = 256
"""Frames a client may send ahead while its `enrol` or `login` is answered, and fetches it may ask for."""
MAX_PENDING_REQUESTS = 512
"""Requests that no rate limits and that wait for the disk: an honest client has a few."""

log = structlog.get_logger("lanmsg.hub")


class SessionState(Enum):
    """How far a connection has come."""

    GREETING = auto()
    KNOWN = auto()
    LOGGED_IN = auto()
    CLOSED = auto()


class Session:
    """The hub's end of a link. Implements `net.link.LinkHandler` and `fan_out.Reader`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fan_out: FanOut,
        *,
        opened: Callable[["Session"], None],
        command: Callable[["Session", ClientFrame], None],
        drained: Callable[["Session"], None],
        closed: Callable[["Session"], None],
    ) -> None:
        self._loop = loop
        self._fan_out = fan_out
        self._opened = opened
        self._command = command
        self._drained = drained
        self._closed = closed
        self._held: deque[ClientFrame] = deque()
        self._held_fetches: deque[ReadJob | ReadMembersJob] = deque()
        self._shares: Shares | None = None
        self._is_waiting = False
        self._is_fetching = False
        self._pending_requests = 0
        self._login_timer: asyncio.TimerHandle | None = None
        self.state = SessionState.GREETING
        self.link: Link
        self.outgoing: Outgoing
        self.rates: Rates
        self.status = DeviceStatus()
        self.device = DeviceId(b"")
        self.user = UserId(b"")
        self.hub_nonce = b""
        self.client_nonce = b""
        self.version = 0
        self.received_at_s = 0.0
        self.connected_at_s = 0.0

    # --- LinkHandler -------------------------------------------------------------------------

    def link_opened(self, link: Link) -> None:
        """Greet the other end and start the clock for its login."""
        self.link = link
        self.outgoing = Outgoing(link, caught_up=self.link_drained)
        self.connected_at_s = self.received_at_s = self._loop.time()
        link.set_max_frame_bytes(MAX_UNAUTHENTICATED_FRAME_BYTES)
        self._login_timer = self._loop.call_later(LOGIN_TIMEOUT_S, self._login_timed_out)
        self._opened(self)

    def frames_received(self, payloads: list[bytes]) -> None:
        """Do what the frames ask, in order."""
        self.received_at_s = self._loop.time()
        for payload in payloads:
            if self.state is SessionState.CLOSED:
                return
            self._take(payload)

    def link_alive(self) -> None:
        """The other end is there, though it has nothing to say."""
        self.received_at_s = self._loop.time()

    def link_broken(self, error: RemoteError) -> None:
        """The bytes are no frames: say so and close."""
        self._close_for(error)

    def link_drained(self) -> None:
        """The connection keeps up again."""
        if self.state is SessionState.LOGGED_IN:
            self._drained(self)

    def link_lost(self, reason: str) -> None:
        """Forget the connection."""
        self._stop_login_timer()
        was_logged_in = self.state is SessionState.LOGGED_IN
        self.state = SessionState.CLOSED
        if was_logged_in:
            log.info("disconnected", device=self.device.hex(), reason=reason)
        self._closed(self)

    # --- taking frames -----------------------------------------------------------------------

    def _take(self, payload: bytes) -> None:
        try:
            frame = decode_client_frame(payload)
        except RemoteError as error:
            self._close_for(error)
            return
        if frame is None:
            return
        if not self._is_waiting:
            self._run(frame)
        elif len(self._held) < MAX_HELD_FRAMES:
            self._held.append(frame)
        else:
            self._close_for(RemoteError(Code.PROTOCOL, "too many frames before the login was answered"))

    def _run(self, frame: ClientFrame) -> None:
        try:
            self._command(self, frame)
        except Refusal as refusal:
            self.refuse(refusal)
        except RemoteError as error:
            self._close_for(error)
        except Exception:
            log.exception("bug in a command", frame=type(frame).__name__, remote=self.link.remote)
            self._close_for(RemoteError(Code.INTERNAL, "the hub made a mistake; it is in its log"))

    def wait(self) -> None:
        """Hold later frames back until `resume`: their meaning depends on a pending answer."""
        self._is_waiting = True

    def resume(self) -> None:
        """Go on with the frames that were held back."""
        self._is_waiting = False
        while self._held and not self._is_waiting and self.state is not SessionState.CLOSED:
            self._run(self._held.popleft())

    def hold_fetch(self, job: ReadJob | ReadMembersJob) -> None:
        """Keep a fetch until its turn comes. Raises RemoteError when too many wait."""
        if len(self._held_fetches) >= MAX_HELD_FRAMES:
            raise RemoteError(Code.PROTOCOL, f"more than {MAX_HELD_FRAMES} fetches wait for an answer")
        self._held_fetches.append(job)

    def next_fetch(self) -> ReadJob | ReadMembersJob | None:
        """Return the fetch whose turn it is; None while another is read, or the link is full.

        One page at a time: a page is a thousand times larger than what asks for it.
        """
        if self._is_fetching or self.outgoing.is_behind or not self._held_fetches:
            return None
        self._is_fetching = True
        return self._held_fetches.popleft()

    def fetched(self) -> None:
        """The page has been sent."""
        self._is_fetching = False

    def request_queued(self) -> None:
        """Count a request that waits for the disk. Raises RemoteError when there are too many."""
        if self._pending_requests >= MAX_PENDING_REQUESTS:
            raise RemoteError(Code.THROTTLED, f"more than {MAX_PENDING_REQUESTS} requests wait for an answer")
        self._pending_requests += 1

    def request_answered(self) -> None:
        """One of them was answered."""
        self._pending_requests -= 1

    def hold_shares(self, frame: Shares) -> None:
        """Keep shares for the append with the same message id; earlier ones for it stay."""
        earlier = self._shares
        kept = earlier.shares if earlier is not None and earlier.message_id == frame.message_id else []
        if len(kept) + len(frame.shares) > MAX_SHARES:
            raise RemoteError(Code.TOO_LARGE, f"at most {MAX_SHARES} shares belong to one message")
        self._shares = Shares(frame.message_id, [*kept, *frame.shares])

    def take_shares(self, message_id: bytes) -> list[Share]:
        """Return the shares kept for this message, and keep none any more."""
        kept, self._shares = self._shares, None
        return kept.shares if kept is not None and kept.message_id == message_id else []

    # --- sending and closing -----------------------------------------------------------------

    def send(self, frame: Frame) -> None:
        """Queue a frame for this connection."""
        if self.state is not SessionState.CLOSED:
            self._fan_out.send(self.outgoing, encode_frame(frame))

    def send_heads(self, heads: list[Head]) -> None:
        """Queue heads, in frames of a bounded size."""
        for start in range(0, len(heads), MAX_HEADS_PER_FRAME):
            self.send(Heads(heads[start : start + MAX_HEADS_PER_FRAME]))

    def refuse(self, refusal: Refusal, *, message_id: bytes = b"", request: int = 0) -> None:
        """Tell the client that nothing of its request was stored, and why."""
        stale = refusal if isinstance(refusal, StaleView) else None
        self.send(
            Refused(
                refusal.code,
                refusal.text,
                message_id=message_id,
                request=request,
                retry_after_ms=refusal.retry_after_ms,
                view=stale.view if stale is not None else None,
                membership_hash=stale.membership_hash if stale is not None else ZERO_HASH,
            )
        )

    def logged_in(self, device: DeviceId, user: UserId) -> None:
        """The other end has proved to be this device."""
        self._stop_login_timer()
        self.state = SessionState.LOGGED_IN
        self.device = device
        self.user = user

    def close(self, code: Code, text: str, *, retry_after_ms: int = 0) -> None:
        """Say why, and close."""
        if self.state is SessionState.CLOSED:
            return
        self.send(Bye(code, text, retry_after_ms))
        self._fan_out.flush()
        was_logged_in = self.state is SessionState.LOGGED_IN
        self.state = SessionState.CLOSED
        if was_logged_in:
            log.info("disconnected", device=self.device.hex(), reason=text)
        self.link.close()

    def _close_for(self, error: RemoteError) -> None:
        what = {"remote": self.link.remote, "code": error.code, "detail": error.detail[:200]}
        if self.device:
            log.info("protocol error", **what)
        else:
            log.debug("protocol error", **what)  # strangers do not fill the log
        self.close(error.code, error.detail[:1000])

    def _login_timed_out(self) -> None:
        self._login_timer = None
        self.close(Code.LOGIN_TIMEOUT, f"no login within {LOGIN_TIMEOUT_S:.0f} s")

    def _stop_login_timer(self) -> None:
        if self._login_timer is not None:
            self._login_timer.cancel()
            self._login_timer = None
