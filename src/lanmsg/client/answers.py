"""Requests of ours that somebody waits for, by what the answer will name them with."""

import asyncio
from typing import Generic, TypeVar

from lanmsg.client.errors import StaleView
from lanmsg.wire.errors import Code, LinkLost, Refusal
from lanmsg.wire.frames import Refused

T = TypeVar("T")


class Answers(Generic[T]):
    """Futures by request number or message id. A lost link fails them all: nobody knows their fate."""

    def __init__(self) -> None:
        self._futures: dict[int | bytes, asyncio.Future[T]] = {}

    def expect(self, key: int | bytes) -> "asyncio.Future[T]":
        """Return a future for the answer to this request."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._futures[key] = future
        return future

    def succeeded(self, key: int | bytes, result: T) -> None:
        """The hub has done it."""
        future = self._futures.pop(key, None)
        if future is not None and not future.done():
            future.set_result(result)

    def refused(self, frame: Refused) -> bool:
        """The hub has refused it; False if nobody waits for that."""
        future = self._futures.pop(frame.message_id or frame.request, None)
        if future is None:
            return False
        if not future.done():
            future.set_exception(_refusal(frame))
        return True

    def lost(self) -> None:
        """The link is gone."""
        futures, self._futures = self._futures, {}
        for future in futures.values():
            if not future.done():
                future.set_exception(LinkLost("the hub went away before it answered"))


def _refusal(frame: Refused) -> Refusal:
    if frame.view is not None:
        return StaleView(frame.text, frame.view, frame.membership_hash)
    code = Code(frame.code) if frame.code in set(Code) else Code.PROTOCOL
    return Refusal(code, frame.text, retry_after_ms=frame.retry_after_ms)
