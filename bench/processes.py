"""The processes of a measurement: each on its own core, with its processor time and memory.

Servers run on `SERVER_CORE`, the generator on `GENERATOR_CORE`. A server may be several processes
(Erlang starts helpers): all that share its session count as it.
"""

import contextlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE = 0
GENERATOR_CORE = 1
STOP_TIMEOUT_S = 10.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def allow_many_connections() -> None:
    """Raise our own limit of open files as far as we may: 5,000 clients need as many, at both ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@dataclass(frozen=True, slots=True)
class Process:
    """A process we started, leader of a session of its own."""

    popen: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """The leader."""
        return self.popen.pid

    def stop(self) -> None:
        """End the whole session: politely, then not."""
        self._signal(signal.SIGTERM)
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        while pids_of_session(self.pid) and time.monotonic() < deadline_s:
            self.popen.poll()
            time.sleep(0.02)
        self._signal(signal.SIGKILL)
        self.popen.wait(STOP_TIMEOUT_S)

    def _signal(self, number: signal.Signals) -> None:
        for pid in pids_of_session(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def start_pinned(
    command: Sequence[str], log: Path, *, core: int, env: dict[str, str] | None = None
) -> Process:
    """Start a program on one core; all it says goes to `log`."""
    with log.open("ab") as output:
        popen = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(env or {})},
        )
    return Process(popen)


def pids_of_session(session: int) -> list[int]:
    """Return the living processes of a session."""
    return [pid for pid, fields in _stats() if int(fields[3]) == session and fields[0] != "Z"]


def cpu_s(session: int) -> float:
    """Return the processor seconds all processes of a session have used, those that ended too."""
    ticks = sum(int(ticks) for _, fields in _stats() if int(fields[3]) == session for ticks in fields[11:15])
    return ticks / _TICKS_PER_S


def machine_cpu_s() -> float:
    """Return the processor seconds that all programs of this machine have used since it started."""
    user, nice, system, _, _, irq, softirq = map(
        int, Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=8)[1:8]
    )
    return (user + nice + system + irq + softirq) / _TICKS_PER_S


def resident_bytes(session: int) -> int:
    """Return the memory that the processes of a session hold for themselves, shared pages split."""
    total = 0
    for pid in pids_of_session(session):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Yield each process with the fields of its stat file after the name, from `state` on (proc(5))."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                yield int(entry.name), text.rpartition(")")[2].split()
