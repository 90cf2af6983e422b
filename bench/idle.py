"""W4: thousands of clients that are there and say nothing: what each costs, and how fast they come."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench.cells import CACHE
from bench.idle_clients import IdleJob
from bench.idle_peers import IDLE_PEERS
from bench.jobs import run_generator
from bench.rounds import Measurement, Reading, measure_in_rounds, middle

CLIENTS = 5000
IDLE_S = 60.0
ROUNDS = 3
TIMEOUT_S = 400.0
AIM_KIB = 60.0
AIM_CORE_SHARE = 0.10
_COLUMNS = (
    "kib_per_client",
    "empty_mib",
    "core_percent",
    "logins_per_s",
    "login_p50_ms",
    "login_p99_ms",
    "login_server_percent",
    "login_generator_percent",
    "unanswered",
    "lost",
)


def run_idle(
    *, say: Callable[[str], None], peers: Sequence[str] = tuple(IDLE_PEERS), rounds: int = ROUNDS
) -> None:
    """Measure the hub and its peers in turn, and print the figures."""
    measurements = [
        Measurement(
            {"workload": "idle", "peer": name, "runtime": IDLE_PEERS[name].runtime, "clients": CLIENTS},
            partial(_measure, name),
        )
        for name in peers
    ]
    _print(measure_in_rounds(measurements, rounds=rounds, name="idle", say=say), peers, say=say)


def _measure(name: str) -> Mapping[str, object]:
    peer = IDLE_PEERS[name]
    if peer.missing():
        raise RuntimeError(f"not installed: {peer.missing()}")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as directory:
        running = peer.start(Path(directory), CLIENTS)
        try:
            job = IdleJob(name, running.port, running.process.pid, CLIENTS, IDLE_S)
            return _with_shares(run_generator("bench.idle_clients", asdict(job), timeout_s=TIMEOUT_S))
        finally:
            running.process.stop()


def _with_shares(reading: Reading) -> Reading:
    """Add what the table shows: memory in MiB, processor time in percent of one core."""

    def number(name: str) -> float:
        return float(str(reading[name]))

    return {
        **reading,
        "empty_mib": number("empty_bytes") / 1024**2,
        "core_percent": 100 * number("server_cpu_s") / number("seconds"),
        "login_server_percent": 100 * number("login_server_cpu_s") / number("login_seconds"),
        "login_generator_percent": 100 * number("login_generator_cpu_s") / number("login_seconds"),
    }


def _print(readings: Sequence[Reading], peers: Sequence[str], *, say: Callable[[str], None]) -> None:
    say(f"\nW4: {CLIENTS} idle clients with TLS; the hub's aims: {AIM_KIB:g} KiB each, {AIM_CORE_SHARE:.0%}")
    for name in peers:
        mine = [each for each in readings if each["peer"] == name]
        say(f"{IDLE_PEERS[name].title}")
        for figure in _COLUMNS:
            say(f"  {figure:26} {middle(mine, figure)}")
        for each in mine:
            if "failure" in each:
                say(f"  failed: {each['failure']}")
