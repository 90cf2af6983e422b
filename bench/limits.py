"""The physical limit of W1: what one core can write at all, beside the hub, and what it can encrypt.

`openssl speed` gives the encryption alone, for the records that TLS makes of long writes. The bare
writer (`baselines/bare_writer.py`) adds the system's side. At one message in flight a server writes
single messages, at 64 at most 64 at once; the writer does the same, but waits for nobody.
"""

import json
import subprocess
from collections.abc import Callable

from bench.cells import Cell
from bench.fan_out import MAIN_READERS, MAIN_WINDOW
from bench.peers.programs import find_program
from bench.processes import SERVER_CORE
from bench.results import run_rounds

ROUNDS = 3
RECORD_BYTES = 16 * 1024
SUPPLY = 12_000
BARE_WRITERS = {1: ("limit-single", "limit-tls-single"), MAIN_WINDOW: ("limit", "limit-tls")}
"""The writers by messages in flight: plain, TLS."""
_OPENSSL_S = 3
_CIPHER = "aes-256-gcm"


def run_limits(*, say: Callable[[str], None], rounds: int = ROUNDS) -> None:
    """Measure writers and hub in turn, then the encryption alone; all goes into one file."""
    path = run_rounds(cells(), rounds=rounds, name="limits", say=say)
    record = json.loads(path.read_text(encoding="utf-8"))
    if find_program("openssl"):
        record["encrypted_bytes_per_s"] = [measure_encryption() for _ in range(rounds)]
        say(f"{_CIPHER}: " + ", ".join(f"{each / 1e6:,.0f} MB/s" for each in record["encrypted_bytes_per_s"]))
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def cells() -> list[Cell]:
    """Return all cells."""
    return [
        Cell("room", peer, MAIN_READERS, window, supply=SUPPLY)
        for window, writers in BARE_WRITERS.items()
        for peer in ("lanmsg", *writers)
    ]


def measure_encryption() -> float:
    """Return the bytes a second that one core encrypts in records of TLS. Raises RuntimeError."""
    options = ("-evp", _CIPHER, "-bytes", str(RECORD_BYTES), "-seconds", str(_OPENSSL_S), "-mr")
    command = ["taskset", "-c", str(SERVER_CORE), find_program("openssl"), "speed", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    for line in done.stdout.splitlines():
        if line.startswith("+F:"):
            return float(line.rpartition(":")[2])
    raise RuntimeError(f"openssl speed said nothing: {done.stdout}")
