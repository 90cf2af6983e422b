"""The link: frames between two ends, whatever carries them.

A link and its handler call each other synchronously on the event loop. That keeps the whole path of
a message free of tasks and awaits, and lets the same code run over TLS, WebSocket or memory.
"""

from typing import Protocol

from lanmsg.wire.errors import RemoteError


class LinkHandler(Protocol):
    """The owner of one end of a link."""

    def link_opened(self, link: "Link") -> None:
        """The link is up and may be sent on. Called once, before anything else."""

    def frames_received(self, payloads: list[bytes]) -> None:
        """Take the payloads that arrived together, in order; never empty."""

    def link_broken(self, error: RemoteError) -> None:
        """The other end sent what is no frame. The handler may send `bye`, and must close."""

    def link_drained(self) -> None:
        """Unsent bytes fell to the low mark after they had passed the high mark."""

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
        """Change what a frame from the other end may hold: little before login, more after."""

    def close(self) -> None:
        """Send what is unsent, for a few seconds at most, then close."""

    def abort(self) -> None:
        """Close at once; unsent bytes are lost."""
