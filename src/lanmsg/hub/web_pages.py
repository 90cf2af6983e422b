"""Serves the built web client: from memory, packed as the browser takes it, under a strict policy."""

from typing import Final

from aiohttp import web

from lanmsg.hub.web_client_files import WebClient, WebFile, choose_coding

WEB_CLIENT_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",  # Olm is WebAssembly
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        # Svelte's templates, which hold nothing that anybody wrote, and the address of the service worker.
        "trusted-types svelte-trusted-html lanmsg-worker",
    ]
)
"""Content-Security-Policy of the web client: nothing from elsewhere, nothing inline, no HTML from text."""

FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_EACH_TIME: Final = "no-cache"


class WebPages:
    """The handler of every path that has no other."""

    def __init__(self, client: WebClient) -> None:
        self._files = client.files

    async def file(self, request: web.Request) -> web.Response:
        """Send one of the client's files; 304 if the browser has it.

        Raises:
            web.HTTPNotFound: there is no such file.
        """
        file = self._files.get(request.path)
        if file is None:
            raise web.HTTPNotFound
        coding = choose_coding(file, request.headers.get("Accept-Encoding", ""))
        headers = _headers(file, coding)
        if headers["ETag"] in _tags(request.headers.get("If-None-Match", "")):
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.contents[coding], headers=headers)


def _headers(file: WebFile, coding: str) -> dict[str, str]:
    headers = {
        "Content-Type": file.content_type,
        "Content-Security-Policy": WEB_CLIENT_POLICY,
        "Cache-Control": FOR_EVER if file.is_kept_for_ever else ASK_EACH_TIME,
        "ETag": f'"{file.tag}-{coding}"',
        "Vary": "Accept-Encoding",
    }
    return headers if coding == "identity" else headers | {"Content-Encoding": coding}


def _tags(header: str) -> set[str]:
    """Weak or strong does not matter here (RFC 9110 §13.1.2)."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
