"""How long a person waits: from nothing to the first message, and what a hub at rest takes.

Whole processes on loopback, measured from outside. The machine's processors are shared, so each is
measured several times and the median is quoted.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure

ROUNDS = 7
LANMSG = (sys.executable, "-m", "lanmsg")
TIMEOUT_S = 20


def measure_startup() -> list[Figure]:
    """Return the figures of the first issue: first message, send, hub at rest."""
    first: list[float] = []
    sends: list[float] = []
    ready: list[float] = []
    rest: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="lanmsg-bench-") as directory:
            home = Path(directory)
            started_s = time.perf_counter()
            with _hub(home / "hub") as (process, address):
                ready.append(time.perf_counter() - started_s)
                first.append(_first_message(home, address))
                sends.append(_send_again(home, address))
                rest.append(_resident_mib(process.pid))
    return [
        Figure("hub: start to ready", "s", tuple(ready)),
        Figure("newcomer: start to message on the other screen", "s", tuple(first), aim=0.7),
        Figure("lanmsg send: start to exit", "s", tuple(sends), aim=0.5),
        Figure("hub after three people: resident memory", "MiB", tuple(rest), aim=57.2),
    ]


@contextlib.contextmanager
def _hub(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    arguments = ("hub", "--listen", "127.0.0.1:0", "--data", str(data), "--no-advertise")
    with subprocess.Popen(
        [*LANMSG, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=_env()
    ) as process:
        assert process.stdout is not None
        address = ""
        for line in process.stdout:
            if line.startswith("ready "):
                address = line.split()[1]
                break
        try:
            yield process, address
        finally:
            process.terminate()
            process.communicate(timeout=TIMEOUT_S)


def _first_message(home: Path, address: str) -> float:
    """A listener is there; measure a newcomer from its start to its line on the listener's screen."""
    listen = ("listen", "--json", "--count", "1", "--timeout", str(TIMEOUT_S))
    with subprocess.Popen(
        [*LANMSG, *listen, *_who(home, "ann", address)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_env(),
    ) as listener:
        _wait_until_known(home, address)
        started_s = time.perf_counter()
        sender = subprocess.Popen(
            [*LANMSG, "send", *_who(home, "bob", address), "#", "hello"],
            stderr=subprocess.DEVNULL,
            env=_env(),
        )
        assert listener.stdout is not None
        line = listener.stdout.readline()
        elapsed_s = time.perf_counter() - started_s
        sender.wait(TIMEOUT_S)
        assert "hello" in line, line
        return elapsed_s


def _wait_until_known(home: Path, address: str) -> None:
    """Return when the listener is logged in: somebody else sees it."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s:
        who = subprocess.run(
            [*LANMSG, "who", *_who(home, "watcher", address)],
            check=True,
            capture_output=True,
            text=True,
            env=_env(),
        )
        if any(line.startswith("ann") and "here" in line for line in who.stdout.splitlines()):
            return
    raise TimeoutError("the listener never came")


def _send_again(home: Path, address: str) -> float:
    started_s = time.perf_counter()
    subprocess.run([*LANMSG, "send", *_who(home, "bob", address), "#", "again"], check=True, env=_env())
    return time.perf_counter() - started_s


def _who(home: Path, name: str, address: str) -> tuple[str, ...]:
    return ("--home", str(home / name), "--hub", address, "--name", name)


def _env() -> dict[str, str]:
    """Programs as they are installed: with compiled bytecode kept."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def _resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmRSS")
