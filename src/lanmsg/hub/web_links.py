"""`/ws`: an HTTP request that becomes a link (`docs/protocol.md` §14.2)."""

import asyncio
from typing import Final

from aiohttp import web

from lanmsg.hub.http_door import Entrance, LinkMaker
from lanmsg.hub.own_address import is_own_page
from lanmsg.net.web_socket import handshake_answer, is_key
from lanmsg.net.web_socket_link import WebSocketLink

WEB_SOCKET_PATH: Final = "/ws"
_VERSION: Final = "13"
"""The only version of the protocol that was published (RFC 6455 §4.1)."""


class WebLinks:
    """The handler of `/ws`."""

    def __init__(self, links: LinkMaker) -> None:
        self._links = links

    async def open_link(self, request: web.Request) -> web.Response:
        """Make the connection a link, or say why not.

        Raises:
            web.HTTPException: this is no WebSocket handshake, another page's, or one too many.
        """
        key = _checked_key(request)
        entrance = _entrance_of(request.transport)
        if not self._links.admit(entrance.address):
            raise web.HTTPServiceUnavailable()
        link = WebSocketLink(self._links.make_handler(), certificate_hash=self._links.certificate_hash())
        entrance.transport.write(handshake_answer(key))
        request.protocol.transport = None  # or aiohttp would close it, now that it is told that it is lost
        entrance.hand_over(link)
        return web.Response(status=101)  # goes nowhere: for aiohttp this connection has ended


def _entrance_of(transport: asyncio.Transport | None) -> Entrance:
    protocol = None if transport is None else transport.get_protocol()
    if not isinstance(protocol, Entrance):
        raise web.HTTPBadRequest()
    return protocol


def _checked_key(request: web.Request) -> str:
    headers = request.headers
    origins = headers.getall("Origin", [])
    if len(origins) != 1 or not is_own_page(origins[0], headers["Host"]):
        raise web.HTTPForbidden()
    if not _is_upgrade(request):
        raise web.HTTPUpgradeRequired(headers={"Upgrade": "websocket"})
    keys = headers.getall("Sec-WebSocket-Key", [])
    if len(keys) != 1 or not is_key(keys[0]) or headers.getall("Sec-WebSocket-Version", []) != [_VERSION]:
        raise web.HTTPBadRequest()
    return keys[0]


def _is_upgrade(request: web.Request) -> bool:
    """RFC 6455 §4.2.1, points 1 to 4. A request that speaks of a body is none: what follows is frames."""
    tokens = {token.strip().lower() for token in request.headers.get("Connection", "").split(",")}
    return (
        request.version == (1, 1)
        and request.headers.get("Upgrade", "").lower() == "websocket"
        and "upgrade" in tokens
        and "Content-Length" not in request.headers
        and "Transfer-Encoding" not in request.headers
    )
