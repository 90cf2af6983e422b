"""What `lanmsg doctor` finds out about the web client that a hub serves: is it the one of its version?

A hub could show a browser something else than it shows us. What can be told is whether it serves us every
file just as the lanmsg of its version has it.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from lanmsg.hub.web_client_files import BUNDLE_NAME, INDEX_NAME, Bundle, load_bundle, parse_bundle
from lanmsg.net.http_get import http_get
from lanmsg.wire.addresses import Address

LONGEST_S: Final = 4.0
MAX_FILES: Final = 256
MAX_FILE_BYTES: Final = 8 * 1024 * 1024
_AT_ONCE: Final = 4
"""Connections: the hub has room for more, but other people look at it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebTry:
    """The web client of a hub, by its fingerprint.

    Attributes:
        served: of what the hub lists; empty if it serves none.
        own: of the one that came with this lanmsg; empty if none did.
        false_files: names of files that are not what the hub lists.
        error: why nothing can be said about it.
    """

    served: str = ""
    own: str = ""
    false_files: tuple[str, ...] = ()
    error: str = ""


async def try_web_client(address: Address) -> WebTry:
    """Fetch every file that the hub lists, and compare it with its hash there."""
    own = await asyncio.to_thread(_own_fingerprint)
    try:
        async with asyncio.timeout(LONGEST_S):
            return await _try(address, own)
    except TimeoutError:
        return WebTry(own=own, error="the hub did not answer in time")
    except ValueError as error:
        return WebTry(own=own, error=f"the hub's list of files is none ({error})")


def _own_fingerprint() -> str:
    try:
        bundle = load_bundle()
    except (OSError, ValueError):
        return ""
    return "" if bundle is None else bundle.bundle


async def _try(address: Address, own: str) -> WebTry:
    listing = await http_get(address, f"/{BUNDLE_NAME}", timeout_s=LONGEST_S, max_bytes=MAX_FILE_BYTES)
    if listing is None:
        return WebTry(own=own, error="the hub did not answer")
    if listing.status != 200:
        return WebTry(own=own)
    served = parse_bundle(listing.body)
    if len(served.files) > MAX_FILES:
        raise ValueError(f"it has more than {MAX_FILES} files")
    return WebTry(served=served.bundle, own=own, false_files=await _false_files(address, served))


async def _false_files(address: Address, served: Bundle) -> tuple[str, ...]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def is_true(name: str, digest: str) -> bool:
        path = "/" if name == INDEX_NAME else f"/{name}"
        async with turns:
            answer = await http_get(address, path, timeout_s=LONGEST_S, max_bytes=MAX_FILE_BYTES)
        return answer is not None and hashlib.sha256(answer.body).hexdigest() == digest

    checks = await asyncio.gather(*(is_true(name, digest) for name, digest in served.files.items()))
    return tuple(name for name, good in zip(served.files, checks, strict=True) if not good)
