"""A hub's storage under load, to be killed: `python kill_load.py DIRECTORY`.

Prints the head's seq after each commit: what it printed was acknowledged.
"""

import sys
from itertools import count
from pathlib import Path

from lanmsg.hub.storage.conformance.bench import ROOM, chain, head_in, message
from lanmsg.hub.storage.interface import StoredLog
from lanmsg.hub.storage.sqlite import SqliteStorage
from lanmsg.wire.entries import LogKind


def main(directory: Path) -> None:
    storage = SqliteStorage.open(directory, generation_entries=100)
    if not storage.load().logs:
        with storage.transaction():
            storage.add_log(ROOM, LogKind.EVERYONE)
    head = head_in(storage.load(), ROOM)
    for _ in count():
        new = chain(head, [message(head.seq + n, size_bytes=500) for n in range(1, 8)], counter=head.seq + 1)
        with storage.transaction():
            storage.add_entries(new)
        head = StoredLog(ROOM, LogKind.EVERYONE, new[-1].seq, new[-1].hash)
        print(head.seq, flush=True)  # noqa: T201  # that is how it acknowledges


if __name__ == "__main__":
    main(Path(sys.argv[1]))
