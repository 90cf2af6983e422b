"""Frames in WebSocket messages: the link between a browser and the hub."""

import asyncio
import secrets

from lanmsg.net.link import LOW_MARK_BYTES, LinkHandler
from lanmsg.net.tls_link import CLOSED_BY_THEM, TlsLink
from lanmsg.net.web_socket import (
    CLOSE_NORMAL,
    MASK_BYTES,
    Opcode,
    Piece,
    PieceReader,
    encode_header,
    encode_piece,
)
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.limits import PING_INTERVAL_S


class WebSocketLink(TlsLink):
    """The hub's end of a WebSocket, after its handshake; see `Link` for the promises.

    Each `send` is one binary message with whole frames. Where the other end's messages begin and end
    means nothing. A page in the background may be kept from sending for a minute, but its browser
    answers pings: they go out every `PING_INTERVAL_S` in which nothing came.

    The certificate hash is the one the hub signed: a page can't see the certificate of its connection.
    """

    __slots__ = ("_has_heard", "_is_closed_by_them", "_ping_timer", "_reader")

    _is_peer_masking = True

    def __init__(self, handler: LinkHandler, *, certificate_hash: bytes) -> None:
        super().__init__(handler, certificate_hash=certificate_hash)
        self._reader = PieceReader(is_masked=self._is_peer_masking)
        self._is_closed_by_them = False
        self._has_heard = True
        self._ping_timer: asyncio.TimerHandle | None = None

    # --- Link --------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send encoded frames as one message."""
        if data and not self._is_deaf:
            self._write(Opcode.BINARY, data)

    def close(self) -> None:
        """Send what is unsent, say that this is the end, then close."""
        if not self._is_deaf:
            self._write(Opcode.CLOSE, CLOSE_NORMAL)
        super().close()

    @property
    def _is_deaf(self) -> bool:
        return self._is_closing or self._is_closed_by_them

    def _write(self, opcode: Opcode, data: bytes) -> None:
        self._transport.writelines((encode_header(opcode, len(data)), data))

    # --- asyncio.Protocol --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the link."""
        super().connection_made(transport)
        self._ping_later()

    def data_received(self, data: bytes) -> None:
        """Take the messages' frames out, and answer what WebSockets say to each other."""
        if self._is_deaf or self._is_broken:
            return
        self._has_heard = True
        try:
            pieces = self._reader.feed(data)
        except RemoteError as error:
            self._is_broken = True
            self._handler.link_broken(error)
            return
        frames = [piece.data for piece in pieces if piece.opcode < Opcode.CLOSE]
        if frames:
            super().data_received(frames[0] if len(frames) == 1 else b"".join(frames))
        for piece in pieces:
            self._control(piece)

    def _control(self, piece: Piece) -> None:
        if self._is_deaf or self._is_broken:
            return
        if piece.opcode is Opcode.CLOSE:
            self._is_closed_by_them = True
            if not self._transport.is_closing():
                self._write(Opcode.CLOSE, CLOSE_NORMAL)
            self._transport.close()
        elif piece.opcode is Opcode.PONG:
            self._handler.link_alive()
        # An answer to each of many pings that nobody reads would pile up (RFC 6455 §5.5.3 allows fewer).
        elif piece.opcode is Opcode.PING and self.unsent_bytes <= LOW_MARK_BYTES:
            self._write(Opcode.PONG, piece.data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        if self._ping_timer is not None:
            self._ping_timer.cancel()
        if self._is_closed_by_them and not self._is_closing:
            self._is_closing = True
            self._handler.link_lost(CLOSED_BY_THEM)
        else:
            super().connection_lost(exc)

    # --- pings -------------------------------------------------------------------------------

    def _ping_later(self) -> None:
        self._ping_timer = asyncio.get_running_loop().call_later(PING_INTERVAL_S, self._ping)

    def _ping(self) -> None:
        if not self._has_heard and not self._is_deaf:
            self._write(Opcode.PING, b"")
        self._has_heard = False
        self._ping_later()


class WebSocketClientLink(WebSocketLink):
    """The other end: what it sends is masked (RFC 6455 §5.3). For our tests and tools, not for people."""

    __slots__ = ()

    _is_peer_masking = False

    def _write(self, opcode: Opcode, data: bytes) -> None:
        self._transport.write(encode_piece(opcode, data, mask=secrets.token_bytes(MASK_BYTES)))
