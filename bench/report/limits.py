"""The physical limit of W1 on the page, how near the hub comes to it, and the generator's own ceiling."""

from collections.abc import Sequence
from itertools import chain

from bench.fan_out import MAIN_READERS
from bench.limits import BARE_WRITERS, RECORD_BYTES
from bench.report.kept import Kept, Section
from bench.report.peers import HUB, title
from bench.report.words import percent, short, spread_of, table
from bench.summary import Reading, Selection, rates, ratios, share


def write_limits(kept: Kept) -> Section:
    """Return the section."""
    readings = kept.cells("limits")
    entry_bytes = next((int(each["entry_bytes"]) for each in readings if "entry_bytes" in each), 0)
    if not entry_bytes:
        return Section("### The physical limit of W1\n\nNothing could be measured.\n")
    encrypted: list[float] = kept.records["limits"].get("encrypted_bytes_per_s", [])
    parts = [_TEXT, _writers_table(readings, entry_bytes)]
    if encrypted:
        in_entries = spread_of([each / entry_bytes for each in encrypted])
        in_mb = spread_of([each / 1e6 for each in encrypted])
        parts.append(_ENCRYPTION_TEXT.format(kib=RECORD_BYTES // 1024, mb=in_mb, entries=in_entries))
    return Section("\n".join([*parts, _CEILING_TEXT, _ceiling_table(readings)]))


def _writers_table(readings: Sequence[Reading], entry_bytes: int) -> str:
    rows: list[list[str]] = []
    for window, writers in BARE_WRITERS.items():
        selection = Selection("room", MAIN_READERS, window)
        ours = selection.of(readings, HUB)
        for peer in (HUB, *writers):
            cells = selection.of(readings, peer)
            found = rates(cells, "deliveries")
            if found:
                nearness = "" if peer == HUB else spread_of(ratios(ours, cells, "deliveries"), percent)
                megabytes = spread_of([each * entry_bytes / 1e6 for each in found])
                shares = [percent(share(cells, name)) for name in ("server_cpu_s", "generator_cpu_s")]
                rows.append([str(window), title(peer), spread_of(found), megabytes, nearness, *shares])
    head = ["in flight", "", "deliveries/s", "MB/s", "the hub reaches", "server's core", "generator's core"]
    return table(head, rows, left=2)


def _ceiling_table(readings: Sequence[Reading]) -> str:
    """Return how much the generator could take if its core did nothing else, by what it reads."""
    rows: list[list[str]] = []
    for window, writers in BARE_WRITERS.items():
        for peer in chain(writers, (HUB,)):
            cells = Selection("room", MAIN_READERS, window).of(readings, peer)
            ceilings = [
                each["deliveries"] / each["generator_cpu_s"]
                for each in cells
                if "failure" not in each and each["generator_cpu_s"]
            ]
            if ceilings:
                rows.append([title(peer), str(window), spread_of(ceilings, short)])
    return table(["the generator reads from", "in flight", "deliveries for each second of its core"], rows)


_TEXT = """### The physical limit of W1

A server cannot send faster than one core can write. The bare writer is no server: it only writes the same
bytes to the same 500 readers for ever, and waits for nobody. Its loop is one call into C for each write. With
64 messages in flight it writes 64 entries at once, as a server could at best; with one in flight one entry.
It stores nothing and reads nothing. All were measured in turn.
"""
_ENCRYPTION_TEXT = """Encryption alone, by `openssl speed -evp aes-256-gcm` with records of {kib} KiB on
the server's core: {mb} MB/s, which is {entries} entries a second.
"""
_CEILING_TEXT = """**The generator's own ceiling.** All readers are in one process on one core, which
decrypts all that comes. This is what it took for each second of its processor time: a server that sends more
cannot be measured here. It takes more when more comes at once.
"""
