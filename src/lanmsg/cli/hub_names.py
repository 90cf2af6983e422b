"""What a hub is called: on screens, and in the address bars of browsers."""

import os
import re
from collections.abc import Iterable
from typing import Final

from lanmsg.net.tls import CERTIFICATE_NAME
from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import MAX_TITLE_CODE_POINTS
from lanmsg.wire.safe_text import safe_line

MAX_HOST_NAMES: Final = 16
"""Names an operator may add: they stand in each certificate."""
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*")


def hub_title(title: str) -> str:
    """Return what the operator wants the hub to be called, or else this machine's name, safe to show.

    Raises:
        LocalError: it is too long.
    """
    chosen = safe_line(title.strip()).strip()
    if len(chosen) > MAX_TITLE_CODE_POINTS:
        raise LocalError(f"the title has {len(chosen)} characters: {MAX_TITLE_CODE_POINTS} is the most")
    return chosen or safe_line(_node_name()).partition(".")[0][:MAX_TITLE_CODE_POINTS] or "hub"


def hub_host_names(chosen: Iterable[str]) -> frozenset[str]:
    """Return the names under which browsers may ask for this hub, in lower case.

    The operator's, this machine's with and without `.local` (mDNS, RFC 6762) and the one that is in
    every hub's certificate.

    Raises:
        LocalError: one of the operator's is no host name, or there are more than `MAX_HOST_NAMES`.
    """
    names = [_checked(name) for name in chosen]
    if len(names) > MAX_HOST_NAMES:
        raise LocalError(f"{len(names)} host names: {MAX_HOST_NAMES} are the most")
    own = _node_name().lower()
    first = own.partition(".")[0]
    return frozenset(
        name
        for name in (*names, own, first, f"{first}.local", CERTIFICATE_NAME)
        if _HOST_NAME.fullmatch(name) is not None
    )


def _checked(name: str) -> str:
    lowered = name.strip().lower()
    if _HOST_NAME.fullmatch(lowered) is None:
        raise LocalError(f"{name!r} is no host name: write one like hub.example.org, without https and port")
    return lowered


def _node_name() -> str:
    return (os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")).strip()
