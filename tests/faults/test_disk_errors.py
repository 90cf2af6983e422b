"""A disk that is full or broken: the hub stops with the reason, and no acknowledged message is lost."""

import asyncio
import contextlib
import shutil
import subprocess
from collections import Counter

import pytest
from tests.faults.crowd import figure
from tests.faults.library import all_have_all, open_client, people_at, soon, stay_here
from tests.faults.strace import HUB_FILES, STORE_FILES, injecting, needs_strace
from tests.processes import Hub, run_lanmsg
from tests.records import keep

from lanmsg.cli.exit_codes import ExitCode

NAMES = ("anna", "ben")
NUMBERS = range(1, figure("LANMSG_DISK_POINTS", 0) + 1) or (1, 4, 12)
SMALL_DISK_KIB = 700

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(autouse=True)
def _on_this_machine(monkeypatch):
    stay_here(monkeypatch)


@pytest.fixture(scope="module", autouse=True)
def stops(request):
    """Counts how hubs and clients stopped for their disks, and keeps that when all is done."""
    failed_before = request.session.testsfailed
    stops = Counter()
    yield stops
    failed = request.session.testsfailed - failed_before
    keep("disk errors", dict(sorted(stops.items())), violations=failed, plan="R-06")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few hundred KiB; gives its directory."""
    directory = tmp_path / "small"
    directory.mkdir()
    size = f"size={SMALL_DISK_KIB}k"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", directory], check=False, capture_output=True, timeout=10
    )
    if mounted.returncode:
        pytest.skip("a small disk of its own needs root: mount -t tmpfs")
    yield directory
    subprocess.run(["umount", "-l", directory], check=True, timeout=10)


class Talk:
    """Two people who write until their hub has stopped; then they come back to one on a good disk."""

    def __init__(self, hub, homes):
        self.hub = hub
        self.homes = homes
        self.queued, self.acknowledged = [], []

    async def until_the_hub_stops(self):
        """Write until the hub has ended by itself; what is on the way then stays in the outboxes."""
        async with people_at(self.hub, self.homes, NAMES) as people, asyncio.TaskGroup() as tasks:
            writing = [tasks.create_task(self._write(person)) for person in people]
            await asyncio.to_thread(self.hub.wait, 60)
            for task in writing:
                task.cancel()

    async def _write(self, person):
        number = 0
        while True:
            number += 1
            text = f"{person.handle} {number}".ljust(2000)
            message = await person.send(person.conversation("#"), text)
            self.queued.append(text)
            await person.wait_sent(message.id)
            self.acknowledged.append(text)

    async def on_a_good_disk(self):
        """Nothing is lost or doubled, and what waited is sent by itself."""
        async with people_at(self.hub, self.homes, NAMES) as people:
            await all_have_all(people)
            first, second = map(self._texts, people)
        assert first == second
        assert len(first) == len(set(first))
        assert set(self.acknowledged) - set(first) == set(), "acknowledged and lost"
        assert set(self.queued) - set(first) == set(), "never sent"

    def _texts(self, person):
        messages = person.history(person.conversation("#"), limit=100_000)
        assert all(each.state != "unreadable" for each in messages)
        return [each.text for each in messages]


def assert_stopped_for(hub, reason):
    assert hub.process.returncode == ExitCode.STORE
    sentence = hub.stderr.rstrip().splitlines()[-1]
    assert sentence.startswith("lanmsg hub: stopped, and acknowledged nothing more: ")
    assert reason in sentence.casefold()


async def test_a_hub_on_a_full_disk_stops_and_loses_nothing(small_disk, tmp_path, stops):
    full = Hub(small_disk / "hub", "--message-rate", "0", logs=tmp_path)
    with contextlib.closing(full.start()):
        talk = Talk(full, tmp_path)
        await talk.until_the_hub_stops()
    assert_stopped_for(full, "full")
    assert talk.acknowledged

    shutil.copytree(small_disk / "hub", tmp_path / "hub")
    with Hub(tmp_path / "hub", "--message-rate", "0", port=full.port) as hub:
        talk.hub = hub
        await talk.on_a_good_disk()
    stops["hubs whose disk became full"] += 1


async def test_a_hub_starts_on_a_full_disk_with_a_reason_or_not_at_all(small_disk, tmp_path, stops):
    (small_disk / "stone").write_bytes(bytes(SMALL_DISK_KIB * 1024 - 8192))
    hub = Hub(small_disk / "hub", logs=tmp_path)
    with contextlib.closing(hub.spawn()):
        assert hub.wait() == ExitCode.STORE
    stops["starts on a full disk"] += 1
    assert "Traceback" not in hub.stderr
    assert "full" in hub.stderr or "space" in hub.stderr


def test_a_hub_does_not_start_on_a_disk_that_takes_no_writes(small_disk, tmp_path, stops):
    with Hub(small_disk / "hub", logs=tmp_path) as hub:
        assert hub.stop() == 0
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True, timeout=10)
    with contextlib.closing(hub.spawn()):
        assert hub.wait() == ExitCode.STORE
    assert "Traceback" not in hub.stderr
    assert "read-only" in hub.stderr.casefold()
    stops["starts on a read-only disk"] += 1


@needs_strace
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    ("call", "fault", "reason"),
    [
        ("fdatasync", "error=EIO", "disk i/o error"),
        ("pwrite64", "error=ENOSPC", "full"),
        ("pwrite64", "error=EIO", "disk i/o error"),
    ],
)
async def test_a_hub_whose_disk_fails_stops_and_loses_nothing(call, fault, reason, number, tmp_path, stops):
    with Hub(tmp_path / "hub", "--message-rate", "0") as hub:
        talk = Talk(hub, tmp_path)
        async with people_at(hub, tmp_path, NAMES):
            pass  # both are known before anything breaks
        assert hub.stop() == 0

        # In the thread that writes; the start of the hub has its own calls, in another.
        hub.prefix = injecting(hub.data, HUB_FILES, (call, f"{number + 20}+"), fault)
        hub.start()
        await talk.until_the_hub_stops()
        assert_stopped_for(hub, reason)

        hub.prefix = ()
        hub.start()
        await talk.on_a_good_disk()
    stops[f"hubs whose {call} gave {fault.removeprefix('error=')}"] += 1


@needs_strace
@pytest.mark.parametrize(
    ("call", "fault"), [("fdatasync", "error=EIO"), ("pwrite64", "error=ENOSPC"), ("pwrite64", "error=EIO")]
)
async def test_a_client_whose_disk_fails_says_so_and_loses_nothing(call, fault, tmp_path, stops):
    with Hub(tmp_path / "hub") as hub:
        async with open_client(hub, tmp_path / "ben", "ben") as ben:
            options = ("--hub", hub.address, "--home", tmp_path / "anna", "--name", "anna")
            assert run_lanmsg("send", *options, "#", "before").returncode == 0
            files = [f"hubs/{ben.hub_id.hex()}/{name}" for name in STORE_FILES]
            codes = {}
            for number in (1, 3, 8):
                prefix = injecting(tmp_path / "anna", files, (call, f"{number}+"), fault)
                done = await asyncio.to_thread(
                    run_lanmsg, "send", *options, "#", f"at {number}", prefix=prefix
                )
                assert done.returncode in {ExitCode.OK, ExitCode.STORE}, done.stderr
                assert "Traceback" not in done.stderr
                codes[number] = done.returncode
                stops[f"clients whose {call} gave {fault.removeprefix('error=')}"] += 1
            assert ExitCode.STORE in codes.values()
            assert run_lanmsg("send", *options, "#", "after").returncode == 0
            await soon(lambda: "after" in texts(ben))
            said = texts(ben)
    assert len(said) == len(set(said))
    assert {f"at {number}" for number, code in codes.items() if code == ExitCode.OK} <= set(said)


def texts(client):
    return [message.text for message in client.history(client.conversation("#"), limit=1000)]
