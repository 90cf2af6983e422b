"""W8: the whole system. Twenty people talk to everyone, each with a real client in a process of its own.

The hub has the first core, the twenty clients share the other: they are what is measured here, with
their stores, their keys and their events. Latency is from the call of `send` in one process to the
event in another. Twenty clients have twenty disks elsewhere, and one here, which syncs for each of
their commits: so there is a second set of rounds with their stores in memory. The hub's is on disk.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from bench.areas import CLIENT_AREAS, HUB_AREAS, Recording, find_py_spy
from bench.cells import CACHE
from bench.latency import Latencies
from bench.processes import cpu_s, resident_bytes
from bench.readings import keep_readings, spread_lines
from bench.summary import Reading
from bench.whole_client import TIMEOUT_S, Job
from bench.world import running_hub

ROUNDS = 3
CLIENTS = 20
MESSAGES = 150
"""Of each: more than one sending session, so handing out new keys is part of it."""
WINDOW = 2
TEXT_BYTES = 128
PROFILE_S = 8
STORES = {"on disk": CACHE, "in memory": Path("/dev/shm")}
"""Where clients keep theirs."""
_LETTERS = "abcdefgh"
_PRINTED = (
    "messages_per_s",
    "deliveries_per_s",
    "delivery_p50_ms",
    "delivery_p99_ms",
    "own_p50_ms",
    "own_p99_ms",
    "hub_cpu_us_per_message",
    "client_cpu_us_per_delivery",
    "hub_core",
    "clients_core",
    "client_resident_mib",
)

Say = Callable[[str], None]


def run_whole(*, say: Say) -> None:
    """Measure all rounds, then once more for where the time goes."""
    CACHE.mkdir(parents=True, exist_ok=True)
    readings: list[Reading] = []
    for number in range(1, ROUNDS + 1):
        for stores in STORES:
            readings.append({**_measure(stores), "round": number})
            keep_readings("whole", readings)
    for stores in STORES:
        say(f"whole system: {CLIENTS} clients, {MESSAGES} messages each, {WINDOW} in flight, stores {stores}")
        say("\n".join(spread_lines([each for each in readings if each["stores"] == stores], _PRINTED)))
    if find_py_spy() is None:
        say("where the time goes: left out, py-spy is not installed")
        return
    for stores in STORES:
        readings.append({**_measure(stores, profile=True), "round": 0})
        keep_readings("whole", readings)
        for who in ("client", "hub"):
            say(f"\nwhere the processor time of a {who} goes, stores {stores}:")
            shares = readings[-1][f"{who}_areas"]
            say("\n".join(f"  {area:32} {share:6.1%}" for area, share in shares.items()))


def _measure(stores: str, *, profile: bool = False) -> Reading:
    """Measure once; with `profile`, one client and the hub are slowed by being looked at."""
    with (
        tempfile.TemporaryDirectory(prefix="whole-", dir=CACHE) as text,
        tempfile.TemporaryDirectory(prefix="lanmsg-whole-", dir=STORES[stores]) as homes,
    ):
        directory = Path(text)
        with (
            running_hub(directory / "hub", directory / "hub.log") as (hub, port),
            _clients(Path(homes), port) as clients,
        ):
            reading = _talk(clients, hub.pid, directory if profile else None)
    return {"stores": stores, **reading}


@contextlib.contextmanager
def _clients(homes: Path, port: int) -> Iterator[list["subprocess.Popen[str]"]]:
    """Start everybody, and let them hand out their keys."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(_client(homes, port, number)) for number in range(CLIENTS)]
        for client in clients:  # one by one: the hub lets few strangers of one address in at a time
            _say_to([client], "join", after="ready")
            _say_to([client], "meet", after="ready")
        _say_to(clients, "warm-up", after="ready")
        yield clients


@contextlib.contextmanager
def _client(homes: Path, port: int, number: int) -> Iterator["subprocess.Popen[str]"]:
    name = f"bench-{_LETTERS[number // len(_LETTERS)]}{_LETTERS[number % len(_LETTERS)]}"
    job = Job(str(homes / name), name, port, CLIENTS, MESSAGES, WINDOW, TEXT_BYTES)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.whole_client", json.dumps(asdict(job))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        try:
            yield process
            process.communicate("end\n", timeout=TIMEOUT_S)
        finally:
            process.kill()


def _say_to(clients: list["subprocess.Popen[str]"], word: str, *, after: str) -> None:
    for client in clients:
        line = _line_of(client)
        if line != after:
            raise RuntimeError(f"a client said {line!r}")
    for client in clients:
        assert client.stdin is not None
        client.stdin.write(f"{word}\n")
        client.stdin.flush()


def _line_of(client: "subprocess.Popen[str]") -> str:
    assert client.stdout is not None
    return client.stdout.readline().strip()


def _talk(clients: list["subprocess.Popen[str]"], hub_pid: int, profile_in: Path | None) -> Reading:
    recordings: dict[str, Recording] = {}
    hub_before_s, started_s = cpu_s(hub_pid), time.monotonic()
    _say_to(clients, "go", after="ready")
    if profile_in is not None:
        recordings = {
            "client_areas": Recording.start(clients[0].pid, profile_in / "client.raw", seconds=PROFILE_S),
            "hub_areas": Recording.start(hub_pid, profile_in / "hub.raw", seconds=PROFILE_S),
        }
    lines = [_line_of(client) for client in clients]
    hub_cpu_s = cpu_s(hub_pid) - hub_before_s
    if not all(lines):
        raise RuntimeError("a client ended early")
    resident_mib = sum(resident_bytes(client.pid) for client in clients) / len(clients) / 2**20
    reports = [json.loads(line) for line in lines]
    seconds = max(report["finished_s"] for report in reports) - started_s
    areas = {
        name: recording.shares(HUB_AREAS if name == "hub_areas" else CLIENT_AREAS)
        for name, recording in recordings.items()
    }
    return {
        **_figures(reports, seconds=seconds, hub_cpu_s=hub_cpu_s),
        "client_resident_mib": resident_mib,
        **areas,
    }


def _figures(reports: list[Reading], *, seconds: float, hub_cpu_s: float) -> Reading:
    deliveries = [each for report in reports for each in report["latencies_s"]]
    own = [each for report in reports for each in report["own_latencies_s"]]
    messages = CLIENTS * MESSAGES
    if len(own) != messages or len(deliveries) != messages * (CLIENTS - 1):
        raise RuntimeError(f"{len(own)} messages and {len(deliveries)} deliveries, not all")
    clients_cpu_s = sum(report["cpu_s"] for report in reports)
    return {
        "clients": CLIENTS,
        "window": WINDOW,
        "text_bytes": TEXT_BYTES,
        "messages": messages,
        "deliveries": len(deliveries),
        "seconds": seconds,
        "messages_per_s": messages / seconds,
        "deliveries_per_s": len(deliveries) / seconds,
        **Latencies(deliveries).as_json("delivery"),
        **Latencies(own).as_json("own"),
        "hub_cpu_us_per_message": hub_cpu_s / messages * 1e6,
        "client_cpu_us_per_delivery": clients_cpu_s / (messages * CLIENTS) * 1e6,
        "hub_core": hub_cpu_s / seconds,
        "clients_core": clients_cpu_s / seconds,
    }
