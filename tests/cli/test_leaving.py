"""What is left of a client that has gone: nothing, whatever the hub does meanwhile."""

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import pytest
from tests.processes import Hub

from lanmsg.client import Client, ClientSettings

SOCKETS = Path("/proc/self/fd")
pytestmark = pytest.mark.skipif(not SOCKETS.exists(), reason="only Linux tells which sockets a process has")


def sockets() -> set[str]:
    """The sockets of this process, by their names in the kernel."""
    names = set()
    for each in SOCKETS.iterdir():
        with contextlib.suppress(FileNotFoundError):
            names.add(str(each.readlink()))
    return {name for name in names if name.startswith("socket:")}


async def come_and_go(hub: Hub, home: Path, *, meanwhile: int | None = None) -> None:
    before = sockets()
    async with Client(ClientSettings(home=home, name="ann", hub=hub.address)) as client:
        await client.synced()
        assert sockets() > before
        if meanwhile is not None:
            hub.process.send_signal(meanwhile)
    assert sockets() == before


def test_a_client_that_has_left_has_no_connection(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        asyncio.run(come_and_go(hub, tmp_path / "ann"))


def test_a_hub_that_hangs_keeps_nobody_from_leaving(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        begun_s = time.monotonic()
        try:
            asyncio.run(come_and_go(hub, tmp_path / "ann", meanwhile=signal.SIGSTOP))
        finally:
            hub.process.send_signal(signal.SIGCONT)
        assert time.monotonic() - begun_s < 20  # the link's own end would take half a minute
