"""A table of handlers, each for frames of one type."""

from collections.abc import Callable
from typing import TypeVar, cast

from lanmsg.wire.frames import HubFrame

F = TypeVar("F", bound=HubFrame)


def taking(handler: Callable[[F], None]) -> Callable[[HubFrame], None]:
    """The table is keyed by the handler's own frame type, so the cast holds."""
    return cast("Callable[[HubFrame], None]", handler)
