"""The hub, then a client, is killed at each call that changes its files; what is left is always whole.

First a workload runs under strace to count the calls, then once for each call that is chosen, and there
the process is killed. LANMSG_KILL_POINTS is how many are chosen for each workload; 0 means every one.
"""

import asyncio
import contextlib
import json
import random
import secrets
import shutil
import statistics
import time

import pytest
from tests.faults.crowd import figure
from tests.faults.library import all_have_all, close_at, open_client, people_at, soon, stay_here
from tests.faults.strace import HUB_FILES, STORE_FILES, counting, killing, needs_strace, points_in
from tests.processes import COMMAND_S, LANMSG, Hub, environment, run_lanmsg
from tests.records import keep

POINTS = figure("LANMSG_KILL_POINTS", 6)
TOGETHER = 2
RESTART_S = 10.0
"""Half of the restarts must be quicker: a hang, if not. The plan's 2 s are for a quiet machine."""

pytestmark = [needs_strace, pytest.mark.slow, pytest.mark.timeout(120 + 10 * POINTS if POINTS else 7200)]


@pytest.fixture(autouse=True)
def _on_this_machine(monkeypatch):
    stay_here(monkeypatch)


def chosen(points):
    """Some of the points, or all, in an order that a printed seed decides."""
    seed = secrets.randbits(32)
    return random.Random(seed).sample(points, min(POINTS or len(points), len(points))), seed


# --- the hub ---------------------------------------------------------------------------------

WRITERS = ("anna", "ben")


class HubRun:
    """One directory with a hub and two people, who write a few messages until the hub is gone."""

    def __init__(self, directory, prefix=None):
        self.directory = directory
        self.hub = Hub(directory / "hub")
        if prefix is not None:
            self.hub.prefix = prefix(directory / "hub")
        self.queued, self.acknowledged = [], []

    async def talk(self):
        """Write until the hub is gone, or all is written."""
        await asyncio.to_thread(self.hub.spawn)
        with contextlib.suppress(AssertionError):  # killed before it was ready
            await asyncio.to_thread(self.hub.ready)
        if self.hub.is_ready:
            gone = asyncio.to_thread(self.hub.process.wait)
            await first_of(self._write(), gone)

    async def _write(self):
        async with people_at(self.hub, self.directory, WRITERS) as people:
            for number in range(4):
                for person in people:
                    await self._send(
                        person, "#" if number % 2 else f"@{WRITERS[person is people[0]]}", number
                    )

    async def _send(self, person, target, number):
        text = f"{self.directory.name} {target} {person.handle} {number}"
        message = await person.send(person.conversation(target), text)
        self.queued.append(text)
        await person.wait_sent(message.id)
        self.acknowledged.append(text)

    async def recover(self):
        """Start the hub again and let both come back; return how long it took, and who has what."""
        self.hub.prefix = ()
        started_s = time.monotonic()
        await asyncio.to_thread(self.hub.start)
        ready_s = time.monotonic() - started_s
        async with people_at(self.hub, self.directory, WRITERS) as people:
            last = await people[0].send(people[0].conversation("#"), "the last one")
            await people[0].wait_sent(last.id, timeout_s=20)
            await all_have_all(people)
            histories = [dict(everything(person)) for person in people]
        return ready_s, histories


def texts(person, target):
    return [message.text for message in person.history(person.conversation(target), limit=1000)]


def everything(person):
    peers = [f"@{name}" for name in WRITERS if name != person.handle]
    for target in ("#", *peers):
        messages = person.history(person.conversation(target), limit=1000)
        assert {each.state.value for each in messages} <= {"sent", "delivered", "received"}, messages
        assert [each.seq for each in messages] == list(range(1, len(messages) + 1))
        yield target[0], [(each.seq, each.id, each.text) for each in messages]


async def first_of(*works):
    """Run some things beside each other until the first is done; end the others."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(quietly(work)) for work in works]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()


async def quietly(work):
    """Opening a client fails in many ways while its hub dies; that is no fault here."""
    with contextlib.suppress(close_at):
        await work


async def kill_hub_at(point, directory, template):
    """One point; return whether it was hit and how long the restart took."""
    if template is None:
        directory.mkdir()
    else:
        shutil.copytree(template, directory)
    run = HubRun(directory, lambda data: killing(data, HUB_FILES, point))
    with contextlib.closing(run.hub):
        await run.talk()
        was_hit = not run.hub.is_running and run.hub.process.returncode == -9
        if run.hub.is_running:
            run.hub.kill()
        ready_s, histories = await run.recover()
    assert histories[0] == histories[1], point
    stored = [text for log in histories[0].values() for _, _, text in log]
    assert len(stored) == len(set(stored)), point
    assert set(run.acknowledged) <= set(run.queued) <= set(stored), point
    shutil.rmtree(directory)
    return was_hit, ready_s


@pytest.mark.parametrize("workload", ["first start", "later"])
async def test_a_hub_killed_at_any_call_comes_back_whole(workload, tmp_path, capsys):
    template = await a_hub_with_people(tmp_path / "template") if workload == "later" else None
    if template is not None:
        shutil.copytree(template, tmp_path / "counted")
    else:
        (tmp_path / "counted").mkdir()
    counted = HubRun(tmp_path / "counted", lambda data: counting(data, HUB_FILES, tmp_path / "calls"))
    with contextlib.closing(counted.hub):
        await counted.talk()
        counted.hub.stop()
    assert len(counted.acknowledged) == 8

    all_points = points_in(tmp_path / "calls")
    points, seed = chosen(all_points)
    results = await some_at_a_time(
        lambda number, point: kill_hub_at(point, tmp_path / f"point{number}", template), points
    )
    report(capsys, f"the hub, {workload}", results, of=len(all_points), seed=seed)


async def a_hub_with_people(directory):
    """Make a directory in which both have joined and written; the hub is stopped again."""
    directory.mkdir()
    run = HubRun(directory)
    with contextlib.closing(run.hub):
        await run.talk()
        run.hub.stop()
    return directory


async def some_at_a_time(work, points):
    gate = asyncio.Semaphore(TOGETHER)

    async def one(number, point):
        async with gate:
            return await work(number, point)

    return await asyncio.gather(*(one(number, point) for number, point in enumerate(points)))


def report(capsys, what, results, *, of, seed):
    """Print what a run came to; enough must have been hit, and have come back soon."""
    hits = sum(was_hit for was_hit, _ in results)
    times = [took_s for _, took_s in results]
    median_s = statistics.median(times)
    figures = {
        "points": len(results),
        "points there are": of,
        "kills": hits,
        "s in the middle to start again": round(median_s, 2),
        "s at most": round(max(times), 2),
    }
    # Nothing was violated: each point has asserted that before it gave a result.
    totals = keep(f"kills at system calls of {what}", figures, violations=0, plan="R-05, E-05")
    with capsys.disabled():
        print(f"\n  {totals}, seed {seed}")  # noqa: T201 - the figures of a run belong to its result
    assert hits >= len(results) / 3  # when a process has how much to write is a matter of luck
    assert median_s <= RESTART_S


# --- a client --------------------------------------------------------------------------------


class Sender:
    """Somebody who sends with `lanmsg send`; each point kills one of these commands."""

    def __init__(self, hub, home, name):
        self.hub = hub
        self.home = home
        self.name = name

    @property
    def options(self):
        return ("--hub", self.hub.address, "--home", self.home, "--name", self.name)

    def store(self, hub_id):
        return self.home / "hubs" / hub_id

    async def send(self, text, prefix=()):
        """Run the command; return its exit code and how long it took."""
        started_s = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *prefix,
            *LANMSG,
            *map(str, ("send", *self.options, "#", text)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
        )
        async with asyncio.timeout(COMMAND_S):
            code = await process.wait()
        return code, time.monotonic() - started_s

    def texts(self):
        """What everybody wrote, as this home has it."""
        done = run_lanmsg("history", *self.options, "--json", "--limit", "100000", "#")
        assert done.returncode == 0, done.stderr
        messages = [json.loads(line) for line in done.stdout.splitlines()]
        assert {each["state"] for each in messages} <= {"sent", "delivered", "received", "unreadable"}
        assert {each["reason"] for each in messages} <= {None, "before_you_joined"}
        return [each["text"] for each in messages if each["state"] != "unreadable"]


@pytest.mark.parametrize("workload", ["first start", "later"])
async def test_a_client_killed_at_any_call_comes_back_whole(workload, tmp_path, capsys):
    with Hub(tmp_path / "hub", "--message-rate", "0") as hub:
        async with open_client(hub, tmp_path / "ben", "ben") as ben:
            names = (f"anna{number}" if workload == "first start" else "anna" for number in range(10**6))
            senders = (Sender(hub, tmp_path / name, name) for name in names)
            anna = next(senders)
            if workload == "later":
                assert (await anna.send("before"))[0] == 0
            store = f"hubs/{ben.hub_id.hex()}"
            files = (*(f"{store}/{name}" for name in STORE_FILES), store, "known_hubs.json")
            await ben.send(ben.conversation("#"), "hello to count by")
            assert (await anna.send("counted", counting(anna.home, files, tmp_path / "calls")))[0] == 0

            all_points = points_in(tmp_path / "calls")
            points, seed = chosen(all_points)
            results = [
                await kill_client_at(point, number, next(senders), ben, files)
                for number, point in enumerate(points)
            ]
            await soon(lambda: not ben.waiting)
            said = texts(ben, "#")
        assert len(said) == len(set(said))
        assert {f"after {number}" for number in range(len(points))} <= set(said)
        if workload == "later":
            assert anna.texts() == said
    report(capsys, f"a client, {workload}", results, of=len(all_points), seed=seed)


async def kill_client_at(point, number, sender, ben, files):
    """One point: something to receive, a killed `send`, and one that must get through and say so."""
    hello = await ben.send(ben.conversation("#"), f"hello {number}")
    await ben.wait_sent(hello.id, timeout_s=20)
    code, _ = await sender.send(f"killed {number}", killing(sender.home, files, point))
    assert code in {0, -9}, point
    second_code, took_s = await sender.send(f"after {number}")
    assert second_code == 0, point
    await soon(lambda: texts(ben, "#")[-1] == f"after {number}")
    if code == 0:
        assert f"killed {number}" in texts(ben, "#")
    return code == -9, took_s
