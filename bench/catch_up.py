"""W5: coming back to 10,000 messages, alone with a real client, and with 200 others at once.

Alone: a real client with its encrypted store, on the generator's core, until all messages are decrypted
and on its disk. At once: 200 clients that only fetch and acknowledge (see `catch_up_crowd`), while
twenty others talk; what counts is how long the talkers' messages take meanwhile.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from bench import catch_up_client, catch_up_crowd, catch_up_talk, world
from bench.backlog import BYSTANDERS, copy_backlog, make_backlog
from bench.cells import CACHE
from bench.jobs import run_beside, run_generator
from bench.latency import Latencies
from bench.processes import cpu_s
from bench.rounds import Measurement, Reading, measure_in_rounds, middle

ROUNDS = 3
MESSAGES = 10_000
CROWD = 200
TALKERS = BYSTANDERS - CROWD
TALK_PER_S = 100
MESSAGES_EACH = 1000
"""More than a talker can send while the crowd is there."""
TALK_BEFORE_S = 5.0
TIMEOUT_S = 240.0


def run_catch_up(*, say: Callable[[str], None]) -> None:
    """Measure all rounds and print a table."""
    CACHE.mkdir(parents=True, exist_ok=True)
    home = make_backlog(CACHE, MESSAGES)
    measurements = [
        Measurement({"what": "alone", "messages": MESSAGES}, partial(_measure_alone, home)),
        Measurement(
            {"what": "crowd", "messages": MESSAGES, "clients": CROWD, "talk_per_s": TALK_PER_S},
            partial(_measure_crowd, home),
        ),
    ]
    readings = measure_in_rounds(measurements, rounds=ROUNDS, name="catch-up", say=say)
    say(_table(readings))


@dataclass(frozen=True, slots=True)
class _Place:
    """A running hub on a copy of the world: the copy, and where the hub listens."""

    directory: Path
    port: int
    pid: int


@contextlib.contextmanager
def _hub(home: Path) -> Iterator[_Place]:
    with tempfile.TemporaryDirectory(prefix="catch-up-", dir=CACHE) as text:
        directory = Path(text)
        copy_backlog(home, directory)
        with world.running_hub(directory / world.HUB, directory / "hub.log") as (process, port):
            yield _Place(directory, port, process.pid)


# --- alone -----------------------------------------------------------------------------------


def _measure_alone(home: Path) -> Reading:
    with _hub(home) as hub:
        before_s = cpu_s(hub.pid)
        job = catch_up_client.Job(str(hub.directory), hub.port, MESSAGES, started_s=time.monotonic())
        reading = run_generator("bench.catch_up_client", asdict(job), timeout_s=TIMEOUT_S)
        return {**reading, "hub_cpu_s": cpu_s(hub.pid) - before_s}


# --- at once ---------------------------------------------------------------------------------


def _measure_crowd(home: Path) -> Reading:
    people = catch_up_talk.partners(TALKERS)
    world.pair_frames(home, people, each=MESSAGES_EACH, text_bytes=128)
    with _hub(home) as hub:
        talk_job = asdict(catch_up_talk.Job(str(home), hub.port, TALKERS, TALK_PER_S, MESSAGES_EACH))
        crowd_job = asdict(catch_up_crowd.Job(str(home), hub.port, hub.pid, TALKERS, CROWD, MESSAGES))
        with run_beside("bench.catch_up_talk", talk_job, ready="talking", timeout_s=TIMEOUT_S) as finish_talk:
            time.sleep(TALK_BEFORE_S)
            crowd = run_generator("bench.catch_up_crowd", crowd_job, timeout_s=TIMEOUT_S)
            talk = finish_talk()
    started_s, finished_s = float(str(crowd["started_s"])), float(str(crowd["finished_s"]))
    seconds = finished_s - started_s
    return {
        "seconds": seconds,
        "hub_core": float(str(crowd["hub_cpu_s"])) / seconds,
        "crowd_core": float(str(crowd["crowd_cpu_s"])) / seconds,
        "pages": crowd["pages"],
        "entries_per_s": CROWD * MESSAGES / seconds,
        "mib_per_s": float(str(crowd["entries_mib"])) / seconds,
        **_latencies("quiet_delivery", talk["deliveries"], 0.0, started_s - 1.0),
        **_latencies("delivery", talk["deliveries"], started_s, finished_s),
        "lost": talk["lost"],
    }


def _latencies(
    name: str, deliveries: Sequence[tuple[float, float]], start_s: float, end_s: float
) -> dict[str, float]:
    """Return the figures of what was due in this time."""
    taken = Latencies([took_s for due_s, took_s in deliveries if start_s <= due_s < end_s])
    return taken.as_json(name)


# --- the table -------------------------------------------------------------------------------

_ALONE = (
    ("until all is stored, from the call (s; aim 3)", "catch_up_s"),
    ("  from the start of the process (s)", "catch_up_from_process_start_s"),
    ("  of it processor time of the client (s)", "client_cpu_s"),
    ("  of the hub (s)", "hub_cpu_s"),
)
_CROWD = (
    ("until all have everything (s)", "seconds"),
    ("entries a second", "entries_per_s"),
    ("MiB a second", "mib_per_s"),
    ("the hub's core", "hub_core"),
    ("the crowd's share of its core", "crowd_core"),
    ("talk before: delivery p99 (ms)", "quiet_delivery_p99_ms"),
    ("talk meanwhile: delivery p50 (ms)", "delivery_p50_ms"),
    ("  p99 (ms; aim 100)", "delivery_p99_ms"),
    ("  longest (ms)", "delivery_max_ms"),
    ("  lost", "lost"),
)


def _table(readings: Sequence[Reading]) -> str:
    alone = [each for each in readings if each["what"] == "alone"]
    crowd = [each for each in readings if each["what"] == "crowd"]
    return "\n".join(
        [
            f"\none real client, {MESSAGES:,} messages behind",
            *(f"  {title:48} {middle(alone, name)}" for title, name in _ALONE),
            f"\n{CROWD} clients at once, each as far behind; {TALK_PER_S} direct messages a second meanwhile",
            *(f"  {title:48} {middle(crowd, name)}" for title, name in _CROWD),
        ]
    )
