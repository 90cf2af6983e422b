"""Where a program's time goes: samples of its stacks, each counted for the area of its innermost known frame.

`py-spy` takes the samples from outside. A line of what it writes is a stack, outermost frame first, and
how often it was seen; time in C belongs to the Python frame that called it.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLES_PER_S = 200
_SLACK_S = 60.0

Areas = Sequence[tuple[str, str]]
"""Names, and what a frame (`function (module.py:line)`) of each looks like; the first that fits counts."""

CLIENT_AREAS: Areas = (
    ("signature check", r"^(OlmCrypto\.)?verify \(lanmsg/client/crypto"),
    ("decrypt", r"decrypt \(lanmsg/client/crypto"),
    ("encrypt, sign, shares", r"\(lanmsg/client/(crypto/|sealer|message_keys|peer_sessions)"),
    ("store", r"\(lanmsg/client/store/|\(apsw"),
    ("decode, encode, hash", r"\(lanmsg/wire/"),
    ("TLS, network", r"\(lanmsg/net/|\(aiofastnet|\(ssl\.py|\(asyncio/(sslproto|selector_events)"),
    ("events", r"\(lanmsg/client/(event_stream|events|effects|committer)|\(bench/"),
    ("sync, outbox, state", r"\(lanmsg/client/"),
    ("event loop", r"\(asyncio/|\(selectors\.py|\(threading\.py"),
)
HUB_AREAS: Areas = (
    ("storage", r"\(lanmsg/hub/storage/"),
    ("log writer", r"\(lanmsg/hub/(log_writer|commit_queue|logs)"),
    ("decode, encode, hash", r"\(lanmsg/wire/"),
    ("fan-out, TLS, network", r"\(lanmsg/hub/(fan_out|publisher)|\(lanmsg/net/|\(aiofastnet|\(ssl\.py"),
    ("receipts, bookkeeping", r"\(lanmsg/hub/(receipts|presence)"),
    ("commands, sessions", r"\(lanmsg/hub/"),
    ("event loop", r"\(asyncio/|\(selectors\.py|\(threading\.py|\(lanmsg/cli/"),
)
_OTHER = "other"
_WAITING = re.compile(
    r"(select \(selectors\.py|wait \(threading\.py|\(concurrent/futures/thread\.py"
    r"|ThreadExecutor\._run \(lanmsg/hub/commit_queue)[^;]*$"
)
"""Innermost frames of threads that have nothing to do. One that was woken and has no core yet stands there
too, and counts as running for `py-spy`: such samples are left out, or twenty clients on a core would seem
to spend their time there."""


def find_py_spy() -> str | None:
    """Return the program, beside our Python or on the path; None if it is not installed."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")


@dataclass(frozen=True, slots=True)
class Recording:
    """A running recording of one process."""

    process: "subprocess.Popen[bytes]"
    path: Path

    @classmethod
    def start(cls, pid: int, path: Path, *, seconds: int) -> "Recording":
        """Record for so long; `find_py_spy` has found the program."""
        program = find_py_spy()
        assert program is not None
        options = ("--format", "raw", "--rate", str(SAMPLES_PER_S), "--duration", str(seconds))
        command = [program, "record", *options, "--pid", str(pid), "--output", str(path)]
        return cls(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), path)

    def shares(self, areas: Areas) -> dict[str, float]:
        """Wait for its end and return each area's share of the samples, largest first."""
        self.process.wait(_SLACK_S)
        counts: Counter[str] = Counter()
        for line in self.path.read_text(encoding="utf-8").splitlines():
            stack, _, count = line.rpartition(" ")
            if not _WAITING.search(stack):
                counts[_area(stack, areas)] += int(count)
        total = sum(counts.values())
        return {area: count / total for area, count in counts.most_common()}


def _area(stack: str, areas: Areas) -> str:
    for frame in reversed(stack.split(";")):
        for area, pattern in areas:
            if re.search(pattern, frame):
                return area
    return _OTHER
