"""Commands under strace, which counts the calls that change some files, or lets one of them go wrong.

Paths are those of the files, in one directory; calls on other files are neither counted nor harmed.
"""

import re
import shutil
from collections import Counter

import pytest

CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "rename", "openat")
HUB_FILES = (
    "hub.sqlite3",
    "hub.sqlite3-wal",
    "hub.sqlite3-journal",
    "identity.key",
    "authority.pem",
    "tls.pem",
    "hub.ready",
)
STORE_FILES = ("store.sqlite3", "store.sqlite3-wal", "store.sqlite3-journal", "store.key")

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs the command strace")


def traced(directory, names, *options):
    """The prefix that runs a command under strace, which looks at these files alone."""
    paths = [part for name in names for part in ("-P", str(directory / name))]
    # -D: the program is our own child, strace is not in between.
    return ("strace", "-D", "-qq", "-f", *options, *paths, "-P", str(directory))


def counting(directory, names, log):
    """The prefix that writes the calls of a command to a log, for `points_in`."""
    return traced(directory, names, "-o", str(log), "-e", f"trace={','.join(CALLS)}")


def killing(directory, names, point):
    """The prefix that has a command killed at this point."""
    return injecting(directory, names, point, "signal=KILL")


def injecting(directory, names, point, fault):
    """The prefix that lets a fault happen at a point: a call and its number (`3+`: from there on)."""
    call, number = point
    inject = f"{call}:{fault}:when={number}"
    return traced(directory, names, "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={inject}")


def points_in(log):
    """Every (call, number) of a trace. strace counts for each thread, so the busiest one decides."""
    calls = Counter(re.match(r"(\d+) +(\w+)\(", line).groups() for line in _calls(log))
    most = Counter()
    for (_, call), number in calls.items():
        most[call] = max(most[call], number)
    return [(call, number) for call in CALLS for number in range(1, most[call] + 1)]


def _calls(log):
    return [line for line in log.read_text().splitlines() if re.match(r"\d+ +\w+\(", line)]
