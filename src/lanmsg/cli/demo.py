"""`lanmsg demo`: the main job without a person, in one terminal, each line of it real.

A hub process and three people with stores of their own on this machine: what each of them sees, one of
them away and back, the hub killed in between, and what its file holds of it all.
"""

import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Final

from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.output import write_line
from lanmsg.client import EVERYONE, Client, ClientSettings, Event, Message, MessageAdded
from lanmsg.wire.check_words import check_words

STEP_TIMEOUT_S: Final = 5.0
"""How long one step may take; the whole runs in a few seconds."""
CANARY: Final = "The cake is in the blue cupboard"
COLUMNS: Final = {"ann": 0, "bob": 26, "cid": 52}
"""Where each person's screen begins."""


def demo() -> ExitCode:
    """Show the main job, and end by itself."""
    with tempfile.TemporaryDirectory(prefix="lanmsg-demo-") as directory:
        asyncio.run(_Demo(Path(directory)).run())
    return ExitCode.OK


class _Demo:
    """One performance in a directory that is deleted afterwards."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._hub: Process
        self._port = "0"
        self._watchers: list[asyncio.Task[None]] = []
        self._seen: dict[str, list[str]] = {name: [] for name in COLUMNS}
        self._started_s = time.monotonic()

    async def run(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            await self._start_hub()
            stack.push_async_callback(self._stop_hub)
            stack.push_async_callback(self._stop_watching)
            ann, bob = [await stack.enter_async_context(self._person(name)) for name in ("ann", "bob")]
            await self._meet(ann, bob)
            await self._talk_while_cid_is_away(stack, ann, bob)
            await self._kill_the_hub(ann)
            self._look_into_the_hub()
        self._say(
            f"Done in {time.monotonic() - self._started_s:.1f} s. Nothing of it is left on this machine."
        )

    # --- the acts ----------------------------------------------------------------------------

    async def _meet(self, ann: Client, bob: Client) -> None:
        self._say(
            f"A hub at 127.0.0.1:{self._port}. Its check words: {' '.join(check_words(ann.hub_identity_key))}"
        )
        self._say("")
        write_line("".join(f"{f'screen of {name}':26}" for name in COLUMNS))
        await ann.send(ann.conversation("@bob"), CANARY)
        await self._until_seen("bob", CANARY)
        await bob.send(EVERYONE, "Cake at four, everybody!")
        await self._until_seen("ann", "Cake at four, everybody!")

    async def _talk_while_cid_is_away(
        self, stack: contextlib.AsyncExitStack, ann: Client, bob: Client
    ) -> None:
        async with self._person("cid") as cid:
            await cid.send(EVERYONE, "I am in. Back in a minute.")
            await self._until_seen("ann", "I am in. Back in a minute.")
            await self._until_seen("cid", "I am in. Back in a minute.")
        self._say("cid goes away")
        await ann.send(ann.conversation("@cid"), "bring plates")
        await bob.send(EVERYONE, "and forks")
        await self._until_seen("ann", "and forks")
        self._say("cid comes back, and has it all:")
        await stack.enter_async_context(self._person("cid"))
        await self._until_seen("cid", "bring plates")
        await self._until_seen("cid", "and forks")

    async def _kill_the_hub(self, ann: Client) -> None:
        self._say("the hub is killed (SIGKILL), and ann goes on writing")
        self._hub.send_signal(signal.SIGKILL)
        await self._hub.wait()
        await self._until(lambda: not ann.is_online)
        sent = await ann.send(EVERYONE, "does this get lost?")
        self._say(f"{ann.waiting} message waits in ann's outbox; the hub starts again")
        await self._start_hub()
        await ann.wait_sent(sent.id, timeout_s=STEP_TIMEOUT_S)
        for name in COLUMNS:
            await self._until_seen(name, "does this get lost?")

    def _look_into_the_hub(self) -> None:
        files = [path for path in (self._directory / "hub").rglob("*") if path.is_file()]
        data = b"".join(path.read_bytes() for path in files)
        found = data.count(CANARY.encode())
        self._say(f"what the hub holds: {len(data):,} bytes in {len(files)} files,")
        self._say(f"and {CANARY!r} is in them {found} times")
        if found:
            raise AssertionError("the hub can read a message")

    # --- the people --------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _person(self, name: str) -> AsyncGenerator[Client]:
        home = self._directory / name
        client = Client(ClientSettings(home=home, hub=f"127.0.0.1:{self._port}", name=name))
        async with client:
            events = client.events()
            self._watchers.append(asyncio.get_running_loop().create_task(self._watch(name, events)))
            yield client

    async def _watch(self, name: str, events: AsyncIterator[Event]) -> None:
        async for event in events:
            if isinstance(event, MessageAdded):
                self._show(name, event.message)
                self._seen[name].append(event.message.text)

    def _show(self, name: str, message: Message) -> None:
        target = "#" if message.conversation == EVERYONE else message.conversation_name
        if message.is_own:
            line = f"{target} {message.text}"
        else:
            line = f"{message.sender}{' #' if target == '#' else ''}: {message.text}"
        write_line(" " * COLUMNS[name] + line)

    async def _until_seen(self, name: str, text: str) -> None:
        await self._until(lambda: text in self._seen[name])

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(STEP_TIMEOUT_S):
            while not condition():  # noqa: ASYNC110 - many things change it; this shows, it does not serve
                await asyncio.sleep(0.005)

    async def _stop_watching(self) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)

    # --- the hub -----------------------------------------------------------------------------

    async def _start_hub(self) -> None:
        self._hub = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "lanmsg", "hub", "--listen", f"127.0.0.1:{self._port}"),
            *("--data", str(self._directory / "hub"), "--title", "demo", "--no-advertise"),
            stdout=PIPE,
            stderr=PIPE,
        )
        assert self._hub.stdout is not None
        async with asyncio.timeout(STEP_TIMEOUT_S):
            async for line in self._hub.stdout:
                if line.startswith(b"ready "):
                    self._port = line.split()[1].decode().rpartition(":")[2]
                    return
        raise AssertionError("the hub did not start")

    async def _stop_hub(self) -> None:
        self._hub.terminate()
        await self._hub.communicate()

    def _say(self, text: str) -> None:
        write_line(f"-- {text}" if text else "")
