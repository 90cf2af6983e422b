"""The answer to a browser that speaks http where only https is spoken: people type addresses without it."""

import re

MAX_REQUEST_BYTES = 2048
"""Enough for a browser's first line and `Host`; a longer address is not one a person typed."""

_REQUEST = re.compile(rb"(?:GET|HEAD) (/[!-~]*) HTTP/1\.[01]\r\n", re.ASCII)
_HOST = re.compile(
    rb"\r\nhost:[ \t]*([0-9a-z.\-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?[ \t]*\r\n", re.IGNORECASE
)


def redirect_for(request: bytes, *, port: int) -> bytes | None:
    """Return the answer that sends a browser to https on the same host; None: hang up.

    The host is the one the browser itself sent, and only if it is made of the characters of host
    names and addresses. `port` is ours, for a request that names none (a tunnel, a proxy).
    """
    line = _REQUEST.match(request)
    host = _HOST.search(request)
    if line is None or host is None:
        return None
    target = host[1] + b":" + (host[2] or str(port).encode()) + line[1]
    return (
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://" + target + b"\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
