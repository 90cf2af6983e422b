"""A hub at a port that stays the same: what a browser stores belongs to the address of the page."""

import contextlib
import random
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.cells import CACHE
from bench.processes import SERVER_CORE, Process, start_pinned

HUB = "hub"
PERSON = "person"
PORT_FILE = "port"
START_TIMEOUT_S = 30.0
PORTS = range(20_000, 32_000)
"""Below those that the system gives to whoever asks for any: the hub comes back to its port."""


@dataclass(frozen=True, slots=True)
class Place:
    """A running hub with its data below `directory`, where the person with the browser lives too."""

    directory: Path
    port: int
    pid: int

    @property
    def origin(self) -> str:
        """Its address in a browser."""
        return f"https://127.0.0.1:{self.port}/"

    @property
    def person(self) -> Path:
        """The person's home."""
        return self.directory / PERSON


@contextlib.contextmanager
def hub_in(directory: Path) -> Iterator[Place]:
    """Run the hub of a directory; a new one chooses a free port and keeps it."""
    port = _port_of(directory)
    process = _start(directory, port)
    try:
        yield Place(directory, port, process.pid)
    finally:
        process.stop()


@contextlib.contextmanager
def copy_of(home: Path) -> Iterator[Path]:
    """Copy a directory for one round."""
    with tempfile.TemporaryDirectory(prefix="web-", dir=CACHE) as text:
        shutil.copytree(home, text, dirs_exist_ok=True, symlinks=True)
        yield Path(text)


@contextlib.contextmanager
def empty_directory() -> Iterator[Path]:
    """Make a directory for one round."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="web-", dir=CACHE) as text:
        yield Path(text)


def _port_of(directory: Path) -> int:
    path = directory / PORT_FILE
    if not path.exists():
        path.write_text(str(_free_port()), encoding="ascii")
    return int(path.read_text(encoding="ascii"))


def _free_port() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("all ports are in use")


def _start(directory: Path, port: int) -> Process:
    command = [
        *(sys.executable, "-m", "lanmsg", "hub", "--no-advertise"),
        *("--listen", f"127.0.0.1:{port}", "--data", str(directory / HUB)),
        *("--message-rate", "0", "--log-level", "warning"),
    ]
    log = directory / "hub.log"
    log.write_bytes(b"")
    process = start_pinned(command, log, core=SERVER_CORE)
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while process.popen.poll() is None and time.monotonic() < deadline_s:
        if f"ready 127.0.0.1:{port}" in log.read_text(encoding="utf-8"):
            return process
        time.sleep(0.02)
    process.stop()
    raise RuntimeError(f"the hub did not start: {log.read_text(encoding='utf-8')}")
