"""W7: everybody is cut off at once, in the middle of talking: when are they back, and is anything lost?

In two ways: the hub is killed (SIGKILL) and started again, or the network ends all connections, by `ss -K`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench import world
from bench.cells import CACHE
from bench.cut_off_clients import CutOffJob
from bench.jobs import run_beside
from bench.peers.interface import Running, free_port, wait_for_port
from bench.processes import SERVER_CORE, pids_of_session, start_pinned
from bench.rounds import Measurement, measure_in_rounds, middle

CLIENTS = 2000
ROUNDS = 3
AIM_S = 20.0
TIMEOUT_S = 240.0
_COLUMNS = ("all_back_s", "half_back_s", "attempts", "said", "unacknowledged", "lost", "duplicates")


def run_cut_off(*, say: Callable[[str], None], rounds: int = ROUNDS) -> None:
    """Measure both ways in turn, and print the figures."""
    measurements = [
        Measurement({"workload": "cut-off", "peer": "lanmsg", "cut": cut}, partial(_measure, CUTS[cut]))
        for cut in CUTS
    ]
    readings = measure_in_rounds(measurements, rounds=rounds, name="cut-off", say=say)
    say(f"\nW7: {CLIENTS} clients cut off at once; aims: all back within {AIM_S:g} s, nothing lost")
    for cut in CUTS:
        mine = [each for each in readings if each["cut"] == cut]
        say(cut)
        for figure in _COLUMNS:
            say(f"  {figure:16} {middle(mine, figure)}")
        for each in mine:
            if "failure" in each or each["failures"] or each["back"] != CLIENTS:
                say(f"  not well: {each}")


class _Hub:
    """A hub that can be started again where it was."""

    def __init__(self, directory: Path) -> None:
        self._data = directory / world.HUB
        self._log = directory / "log"
        self.port = free_port()
        self.running = self._start()

    def _start(self) -> Running:
        command = [
            *(sys.executable, "-m", "lanmsg", "hub", "--data", str(self._data), "--no-advertise"),
            *("--listen", f"127.0.0.1:{self.port}", "--message-rate", "0", "--log-level", "warning"),
        ]
        return wait_for_port(Running(start_pinned(command, self._log, core=SERVER_CORE), self.port))

    def kill(self) -> None:
        """End it without a word, and start it again at once."""
        for pid in pids_of_session(self.running.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.running.process.popen.wait()
        self.running = self._start()

    def cut_connections(self) -> None:
        """Let the kernel reset all connections; the hub lives on. Needs root."""
        ours = ("state", "established", "sport", "=", f":{self.port}")
        subprocess.run(["ss", "-K", *ours], check=True, capture_output=True)


CUTS: dict[str, Callable[[_Hub], None]] = {
    "hub killed": _Hub.kill,
    "connections reset": _Hub.cut_connections,
}


def _measure(cut: Callable[[_Hub], None]) -> Mapping[str, object]:
    home = world.make_world(CACHE, CLIENTS)
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as text:
        directory = Path(text)
        shutil.copytree(home / world.HUB, directory / world.HUB)
        hub = _Hub(directory)
        try:
            return _cut_and_read(hub, cut, CutOffJob(str(home), hub.port, CLIENTS))
        finally:
            hub.running.process.stop()


def _cut_and_read(hub: _Hub, cut: Callable[[_Hub], None], job: CutOffJob) -> Mapping[str, object]:
    with run_beside("bench.cut_off_clients", asdict(job), ready="talking", timeout_s=TIMEOUT_S) as finish:
        cut_at_s = time.monotonic()
        cut(hub)
        cutting_s = time.monotonic() - cut_at_s
        reading = finish()
    return {
        **reading,
        "cutting_s": cutting_s,
        "all_back_s": reading["all_back_at_s"] - cut_at_s,
        "half_back_s": reading["half_back_at_s"] - cut_at_s,
    }
