"""The link: frames between two ends, whatever carries them.

A link and its handler call each other synchronously on the event loop. That keeps the whole path of
a message free of tasks and awaits, and lets the same code run over TLS, WebSocket or memory.
"""

from typing import Final, Protocol

from lanmsg.wire.errors import RemoteError
from lanmsg.wire.limits import OUTBOUND_QUEUE_BYTES

HIGH_MARK_BYTES: Final = OUTBOUND_QUEUE_BYTES
"""Unsent bytes above which `link_drained` will be called once they have gone,"""
LOW_MARK_BYTES: Final = HIGH_MARK_BYTES // 4
"""namely when so many are left: a quarter, as asyncio does, so that it does not flap."""
CLOSE_TIMEOUT_S: Final = 3.0
"""How long `close` tries to send what is unsent: a stuck reader must not hold up a shutdown."""


class LinkHandler(Protocol):
    """The owner of one end of a link."""

    def link_opened(self, link: "Link") -> None:
        """The link is up and may be sent on. Called once, before anything else."""

    def frames_received(self, payloads: list[bytes]) -> None:
        """Take the payloads that arrived together, in order; never empty."""

    def link_alive(self) -> None:
        """The other end answered without a frame. Only links that ask by themselves call it (WebSocket)."""

    def link_broken(self, error: RemoteError) -> None:
        """The other end sent what is no frame. The handler may send `bye`, and must close."""

    def link_drained(self) -> None:
        """Unsent bytes fell to `LOW_MARK_BYTES` after they had passed `HIGH_MARK_BYTES`."""

    def link_lost(self, reason: str) -> None:
        """The link is gone. Called exactly once, last, whoever closed it."""


class Link(Protocol):
    """One end of a connection that carries frames in order or not at all.

    Every implementation guarantees: payloads arrive whole, in order and unchanged until `link_lost`;
    nothing arrives after it; `send` never blocks and never raises because of the network.
    """

    @property
    def remote(self) -> str:
        """The other end's address, for logs and per-address limits (`192.168.1.7`, `memory`)."""
        ...

    @property
    def is_same_machine(self) -> bool:
        """Whether the other end is on this machine, as far as addresses tell: not knowing it counts as no."""
        ...

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the hub's TLS certificate in DER form, the same on both ends (32 bytes)."""
        ...

    @property
    def unsent_bytes(self) -> int:
        """Bytes taken by `send` that the network has not taken yet."""
        ...

    def send(self, data: bytes) -> None:
        """Send one or many encoded frames (`codec.encode_frame`); after a close, do nothing."""

    def set_max_frame_bytes(self, limit: int) -> None:
        """Change what a frame from the other end may hold: little before login, more after.

        Both ends of a new link start with `limits.MAX_UNAUTHENTICATED_FRAME_BYTES`.
        """

    def close(self) -> None:
        """Send what is unsent, for `CLOSE_TIMEOUT_S` at most, then close; nothing arrives any more."""

    def abort(self) -> None:
        """Close at once; unsent bytes are lost."""
