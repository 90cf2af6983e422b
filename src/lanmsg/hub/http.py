"""What the hub answers to HTTP: the web client, a page that says how to join, its health and its figures.

Imported on a thread by `http_door.HttpDoor`, when the first HTTP connection comes.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from lanmsg.hub.http_door import HubSite
from lanmsg.hub.join_page import STYLE_SOURCE, render_join_page
from lanmsg.hub.metrics import CONTENT_TYPE, Metrics
from lanmsg.hub.own_address import is_loopback, is_own_host
from lanmsg.hub.trust_page import AUTHORITY_PATH, AUTHORITY_TYPE, TRUST_PATH, render_trust_page
from lanmsg.hub.web_client_files import WebClient, load_web_client
from lanmsg.hub.web_links import WEB_SOCKET_PATH, WebLinks
from lanmsg.hub.web_pages import WebPages

REQUEST_TIMEOUT_S: Final = 10.0
"""How long a connection may take for its first request (aiohttp alone would wait for ever),"""
KEEPALIVE_TIMEOUT_S: Final = 15.0
"""and how long it may then wait before the next: longer than a browser takes for the parts of a page."""
MAX_LINE_BYTES: Final = 4096
MAX_HEADER_BYTES: Final = 8192
MAX_HEADERS: Final = 64
MAX_BODY_BYTES: Final = 1024
"""Nothing here takes a body."""
SHUTDOWN_TIMEOUT_S: Final = 0.5

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {STYLE_SOURCE}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "lanmsg",
}


log = structlog.get_logger("lanmsg.hub")


class Deadlines:
    """Closes connections that do not get as far as a first request."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timers: dict[object, asyncio.TimerHandle] = {}

    def start(self, transport: asyncio.Transport) -> None:
        """A new connection: its time runs from now on."""
        self._timers[transport] = self._loop.call_later(REQUEST_TIMEOUT_S, self._too_late, transport)

    def met(self, transport: object) -> None:
        """A request of this connection is there."""
        timer = self._timers.pop(transport, None)
        if timer is not None:
            timer.cancel()

    def _too_late(self, transport: asyncio.Transport) -> None:
        del self._timers[transport]
        transport.abort()

    def close(self) -> None:
        """Stop all timers."""
        for timer in self._timers.values():
            timer.cancel()


class AiohttpServer:
    """Makes aiohttp's protocol for connections that `http_door` let in."""

    def __init__(self, server: web.Server, deadlines: Deadlines) -> None:
        self._server = server
        self._deadlines = deadlines

    def make_protocol(self, transport: asyncio.Transport) -> asyncio.Protocol:
        """Return the protocol that takes this transport over."""
        self._deadlines.start(transport)
        return self._server()


@contextlib.asynccontextmanager
async def serve(site: HubSite) -> AsyncGenerator[AiohttpServer]:
    """Run the HTTP side; when it ends its connections are closed."""
    deadlines = Deadlines()
    client = await asyncio.get_running_loop().run_in_executor(None, _load_client)
    runner = web.AppRunner(
        make_app(site, deadlines, client),
        shutdown_timeout=SHUTDOWN_TIMEOUT_S,
        keepalive_timeout=KEEPALIVE_TIMEOUT_S,
        lingering_time=SHUTDOWN_TIMEOUT_S,
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
        auto_decompress=False,
        access_log=None,
        logger=_silent_logger(),
    )
    await runner.setup()
    assert runner.server is not None
    try:
        yield AiohttpServer(runner.server, deadlines)
    finally:
        deadlines.close()
        await runner.cleanup()


def _silent_logger() -> logging.Logger:
    """Keep aiohttp from logging a traceback for each request that is none: strangers could fill the disk.

    Bugs of ours do not get that far: `_answering` logs them.
    """
    silent = logging.getLogger("lanmsg.http")
    silent.setLevel(logging.CRITICAL + 1)
    return silent


def _load_client() -> WebClient | None:
    try:
        client = load_web_client()
    except (OSError, ValueError) as error:
        log.warning("web client damaged", reason=str(error))
        return None
    if client is None:
        log.warning("no web client")
    else:
        log.info("web client loaded", bundle=client.bundle.bundle)
    return client


def make_app(site: HubSite, deadlines: Deadlines, client: WebClient | None = None) -> web.Application:
    """Make the application: its pages, and what is the same for every answer."""
    pages = Pages(site)
    app = web.Application(middlewares=[_answering(site, deadlines)], client_max_size=MAX_BODY_BYTES)
    app.add_routes(
        [
            web.get("/join", pages.join),
            web.get(TRUST_PATH, pages.trust),
            web.get(AUTHORITY_PATH, pages.authority),
            web.get("/healthz", pages.health),
            web.get("/metrics", pages.metrics),
            web.get(WEB_SOCKET_PATH, WebLinks(site.links).open_link, allow_head=False),
            web.get("/", pages.join) if client is None else web.get("/{path:.*}", WebPages(client).file),
        ]
    )
    return app


def _answering(site: HubSite, deadlines: Deadlines) -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.transport is not None:
            deadlines.met(request.transport)
        try:
            _check_host(request, site)
            response = await handler(request)
        except web.HTTPException as error:
            response = _error_page(error)
        except Exception:
            log.exception("bug in a page", path=request.path[:100], remote=request.remote)
            response = web.Response(status=500, text="The hub made a mistake; it is in its log.\n")
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def _check_host(request: web.Request, site: HubSite) -> None:
    """Refuse what is meant for somebody else; a target that names a host is for a proxy (RFC 9112 §3.2.2)."""
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or not is_own_host(hosts[0], site.names) or not request.raw_path.startswith("/"):
        raise web.HTTPMisdirectedRequest


def _error_page(error: web.HTTPException) -> web.Response:
    sentence = _SENTENCES.get(error.status, f"{error.reason}.")
    kept = {name: error.headers[name] for name in ("Allow", "Upgrade") if name in error.headers}
    return web.Response(status=error.status, text=f"{sentence}\n", headers=kept)


_SENTENCES = {
    400: "This request is not one that HTTP knows.",
    403: "Only this hub's own page may do this.",
    404: "There is nothing here. The page that says how to join is at /join",
    405: "This can only be read (GET).",
    421: "This hub does not go by that name: use its IP address, or let its operator name it (--host-name).",
    426: "Here browsers exchange messages with the hub, by WebSocket.",
    503: "Too many connections wait to log in. Try again in a moment.",
}


class Pages:
    """The handlers."""

    def __init__(self, site: HubSite) -> None:
        self._site = site
        self._metrics = Metrics(site.statistics)

    async def join(self, request: web.Request) -> web.Response:
        """Say how to join."""
        return web.Response(text=render_join_page(self._site.facts()), content_type="text/html")

    async def trust(self, request: web.Request) -> web.Response:
        """Say how a browser learns to trust this hub."""
        return web.Response(text=render_trust_page(self._site.facts()), content_type="text/html")

    async def authority(self, request: web.Request) -> web.Response:
        """Hand out the hub's own authority, to be installed."""
        der = self._site.authority()
        if not der:
            raise web.HTTPNotFound
        return web.Response(body=der, content_type=AUTHORITY_TYPE)

    async def health(self, request: web.Request) -> web.Response:
        """Say whether messages are taken."""
        if self._site.is_healthy():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="The hub's storage has failed; its log says why.\n")

    async def metrics(self, request: web.Request) -> web.Response:
        """Show the figures, to this machine alone unless the operator said otherwise."""
        if not self._site.metrics_public and not is_loopback(request.remote):
            return web.Response(
                status=403, text="Figures are for the hub's own machine only (see --metrics-public).\n"
            )
        return web.Response(body=self._metrics.render(), headers={"Content-Type": CONTENT_TYPE})
