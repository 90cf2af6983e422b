"""A hub in a process of its own that serves the web client, and can be killed and started again."""

import signal
import socket
from pathlib import Path

from tests.cli.hub_runner import HubRun


class WebHub:
    """Where browsers go. The port stays the same over restarts, as it does in life."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._options = ("--data", directory, "--title", "Attic", *options)
        self._port = _free_port()
        self._run: HubRun | None = None

    @property
    def origin(self) -> str:
        """Its address in a browser."""
        return f"https://127.0.0.1:{self._port}"

    @property
    def address(self) -> str:
        """Its address for native clients."""
        return f"127.0.0.1:{self._port}"

    @property
    def run(self) -> HubRun:
        """The process."""
        assert self._run is not None, "it was started"
        return self._run

    def start(self, *options: str) -> "WebHub":
        """Start it, and wait until it accepts; `options` stay."""
        self._options += options
        self._run = HubRun("--listen", self.address, *self._options).ready()
        return self

    def stop(self) -> None:
        """Stop it with farewells."""
        self.run.stop()

    def kill(self) -> None:
        """Kill it, as a power cut does."""
        self.run.stop(signal.SIGKILL)

    def end(self) -> None:
        """Make sure that it is gone."""
        if self._run is not None:
            if self._run.process.poll() is None:
                self._run.process.kill()
            self._run.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
