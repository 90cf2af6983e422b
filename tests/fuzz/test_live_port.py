"""F-02, F-09, F-10, F-13: strangers at the port of a real hub, while two people talk over it.

Some sessions in `make test`, more in `make deep-fuzz SESSIONS=5000`. The hub lives, both read all that they
write to each other, and when the strangers have gone nothing of them is left.
"""

import asyncio
import contextlib
import os
import time
from pathlib import Path
from random import Random

import pytest

from lanmsg.client import Client, ClientSettings
from lanmsg.client.errors import HubIdentityChanged
from lanmsg.net.hub_identity import HubIdentity
from lanmsg.net.tls import server_context
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.frames import Challenge
from lanmsg.wire.limits import MAX_UNAUTHENTICATED_PER_ADDRESS
from tests.cli.hub_runner import running_hub
from tests.records import keep

from .hostile_sessions import ENDED, SESSIONS

COUNT = int(os.environ.get("LANMSG_SESSIONS", "60"))
AT_ONCE = 6
GENEROUS_S = 120
GROWTH_KIB = 150 * 1024


def resident_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@contextlib.asynccontextmanager
async def two_people(directory: Path, port: int):
    async with contextlib.AsyncExitStack() as stack:
        people = []
        for name in ("ann", "bob"):
            settings = ClientSettings(home=directory / name, name=name, hub=f"127.0.0.1:{port}")
            people.append(await stack.enter_async_context(Client(settings)))
        yield people


async def eventually(is_so) -> None:
    async with asyncio.timeout(GENEROUS_S):
        while not is_so():  # noqa: ASYNC110 - what is looked at is in another process
            await asyncio.sleep(0.05)


def texts(client: Client) -> list[str]:
    return [message.text for message in client.history(client.conversation("#"), limit=100_000)]


class Strangers:
    """Play sessions, some at a time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.played = 0
        self.failures: list[str] = []

    async def play(self, count: int) -> None:
        numbers = iter(range(count))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._play(numbers))

    async def _play(self, numbers) -> None:
        for number in numbers:
            session = SESSIONS[number % len(SESSIONS)]
            try:
                await session(Random(f"{session.__name__} {number}"), self.port)
            except TimeoutError:
                self.failures.append(f"{session.__name__} {number} was never closed")
            except ENDED:
                pass
            self.played += 1


@pytest.mark.timeout(300 + COUNT)
def test_strangers_at_the_port_disturb_nobody_and_leave_nothing(tmp_path):
    async def main(hub) -> None:
        pid = hub.process.pid
        async with two_people(tmp_path, hub.port) as (ann, bob):
            await ann.send(ann.conversation("#"), "before")
            await eventually(lambda: texts(bob) == ["before"])
            strangers = Strangers(hub.port)
            await strangers.play(len(SESSIONS))  # what is loaded once is no leak
            files, memory = open_files(pid), resident_kib(pid)
            said, slowest_s = ["before"], 0.0
            async with asyncio.TaskGroup() as group:
                playing = group.create_task(strangers.play(COUNT))
                while not playing.done():
                    said.append(f"message {len(said)}")
                    start_s = time.monotonic()
                    await ann.send(ann.conversation("#"), said[-1])
                    await eventually(lambda: texts(bob) == said)
                    slowest_s = max(slowest_s, time.monotonic() - start_s)
                    await asyncio.sleep(0.1)
            await eventually(lambda: open_files(pid) <= files)
            grown = resident_kib(pid) - memory
            figures = {"sessions": strangers.played, "messages meanwhile": len(said)}
            figures |= {"KiB more": grown, "s for the slowest message": round(slowest_s, 2)}
            print(keep("strangers at the port", figures, violations=len(strangers.failures), plan="F-02"))  # noqa: T201
            assert strangers.failures == []
            assert grown < GROWTH_KIB

    with running_hub(tmp_path / "hub") as hub:
        asyncio.run(main(hub))
        assert hub.process.poll() is None


@pytest.mark.timeout(120)
def test_who_says_nothing_or_a_byte_a_second_is_shown_out_and_others_come_in(tmp_path):
    """F-09: from one address a few may wait before they log in; the hub closes them after seconds."""

    async def stuck(port: int, number: int) -> float:
        """Hold a connection as long as the hub lets us; returns for how long."""
        address = ("127.0.1.1", 0)
        start_s = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=address)
        try:
            async with asyncio.timeout(GENEROUS_S):
                while True:
                    if number % 2:
                        writer.write(b"\x16")
                    with contextlib.suppress(TimeoutError):
                        if not await asyncio.wait_for(reader.read(100), 1):
                            break
        except OSError:
            pass
        writer.transport.abort()
        return time.monotonic() - start_s

    async def main(hub) -> None:
        async with asyncio.TaskGroup() as group, two_people(tmp_path, hub.port) as (ann, bob):
            count = MAX_UNAUTHENTICATED_PER_ADDRESS * 3
            waiting = [group.create_task(stuck(hub.port, number)) for number in range(count)]
            await asyncio.sleep(0.5)
            await ann.send(ann.conversation("#"), "in spite of them")
            await eventually(lambda: texts(bob) == ["in spite of them"])
            async with Client(ClientSettings(home=tmp_path / "cid", name="cid", hub=f"127.0.0.1:{hub.port}")):
                pass  # others come in meanwhile
            held_s = [await each for each in waiting]
        assert all(each < GENEROUS_S for each in held_s)

    with running_hub(tmp_path / "hub") as hub:
        asyncio.run(main(hub))


@pytest.mark.parametrize("lie", ["its own key", "the true hub's challenge"])
def test_a_false_hub_at_the_address_of_a_known_one_gets_no_byte_from_a_client(lie, tmp_path):
    """F-13: another identity, or what was overheard of the true one, behind a certificate of its own."""
    with running_hub(tmp_path / "hub") as hub:
        asyncio.run(_meet_first(tmp_path, hub.port))
        port = hub.port
    asyncio.run(_meet_the_false_one(tmp_path, port, lie))


async def _meet_first(directory: Path, port: int) -> None:
    settings = ClientSettings(home=directory / "ann", name="ann", hub=f"127.0.0.1:{port}")
    async with Client(settings) as ann:
        await ann.synced()


async def _meet_the_false_one(directory: Path, port: int, lie: str) -> None:
    false = HubIdentity.load_or_create(directory / "false")
    true = HubIdentity.load_or_create(directory / "hub")
    shown = false if lie == "its own key" else true
    received: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        challenge = Challenge(
            1,
            1,
            shown.identity_key,
            shown.certificate_signature,
            shown.certificate_hash,
            os.urandom(32),
            bytes(16),
        )
        writer.write(encode_frame(challenge))
        received.append(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, ssl=server_context(false))
    async with server:
        settings = ClientSettings(home=directory / "ann", name="ann", hub=f"127.0.0.1:{port}")
        with pytest.raises(HubIdentityChanged if lie == "its own key" else RemoteError):
            await Client(settings).__aenter__()
        await eventually(lambda: received)
    assert received[0] == b""
