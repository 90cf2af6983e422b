"""A web client in a Node process, at a real hub: what `web/tests/peers/client.ts` serves over a pipe."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

WEB = Path(__file__).parents[2] / "web"
WAIT_S = 40
_MAX_LINE_BYTES = 64 * 1024 * 1024


class WebError(Exception):
    """What a verb has thrown; `name` is the class."""

    def __init__(self, error: dict[str, str]) -> None:
        super().__init__(f"{error['name']}: {error['message']}\n{error.get('stack')}")
        self.name = error["name"]


class WebClient:
    """One client, its verbs as `call("send", …)`, its events as they came in `events`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived = asyncio.Event()
        self._reader = asyncio.get_running_loop().create_task(self._read())
        self._ids = itertools.count()
        self.events: list[dict[str, Any]] = []

    @classmethod
    async def start(cls) -> Self:
        """Start the process; skips the test where Node or the packages of `web/` are missing."""
        node = shutil.which("node")
        if node is None or not (WEB / "node_modules").is_dir():
            pytest.skip("needs Node, and `npm ci` in web/")
        process = await asyncio.create_subprocess_exec(
            node,
            "--experimental-websocket",
            "--no-warnings",
            "tests/run.mjs",
            "tests/peers/client.ts",
            cwd=WEB,
            env={**os.environ, "NODE_TLS_REJECT_UNAUTHORIZED": "0"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_MAX_LINE_BYTES,
        )
        client = cls(process)
        await asyncio.wait_for(client._ready, WAIT_S)
        return client

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._take(json.loads(line))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the process has ended"))

    def _take(self, line: dict[str, Any]) -> None:
        if "event" in line:
            self.events.append(line["event"])
            self._arrived.set()
        elif "ready" in line:
            self._ready.set_result(None)
        elif "error" in line:
            self._answers.pop(line["id"]).set_exception(WebError(line["error"]))
        else:
            self._answers.pop(line["id"]).set_result(line["result"])

    async def call(self, verb: str, *values: object) -> Any:
        """Call a verb, or read a fact. Raises WebError."""
        assert self._process.stdin is not None
        call_id = next(self._ids)
        answer = self._answers[call_id] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": call_id, "verb": verb, "values": values})
        self._process.stdin.write(line.encode() + b"\n")
        return await asyncio.wait_for(answer, WAIT_S)

    async def open(self, address: str, name: str = "") -> str:
        """Open the client; returns its handle."""
        return await self.call("open", {"address": address, "name": name})

    async def until(self, is_it: Callable[[dict[str, Any]], bool], *, since: int = 0) -> dict[str, Any]:
        """Wait for an event, from number `since` on."""
        async with asyncio.timeout(WAIT_S):
            place = since
            while True:
                while place < len(self.events):
                    if is_it(self.events[place]):
                        return self.events[place]
                    place += 1
                self._arrived.clear()
                await self._arrived.wait()

    async def event(
        self, kind: str, is_it: Callable[[dict[str, Any]], bool] = lambda _: True, *, since: int = 0
    ) -> dict[str, Any]:
        """Wait for an event of this type."""
        return await self.until(lambda each: each["type"] == kind and is_it(each), since=since)

    async def changed(self, change: str) -> dict[str, Any]:
        """Wait until a message was changed so; returns the event."""
        return await self.event("message_changed", lambda each: each["change"] == change)

    async def added(self, text: str) -> dict[str, Any]:
        """Wait for a message with this text."""
        event = await self.until(
            lambda each: each["type"] == "message_added" and each["message"]["text"] == text
        )
        return event["message"]

    async def texts(self, target: str) -> list[str]:
        """Return the texts of a conversation."""
        conversation = await self.call("conversation", target)
        return [message["text"] for message in await self.call("history", conversation)]

    async def stop(self) -> None:
        """End the process."""
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
