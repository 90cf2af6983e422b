"""The hub with one decision made otherwise: what each decision is worth, measured and not believed.

`python -m bench.variants NAME hub …` is `python -m lanmsg hub …` with that change. Nothing of it is in
the product; a change is a patch of a named constant or function, made before the hub starts.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import apsw

from lanmsg.cli import hub_server
from lanmsg.cli.main import main
from lanmsg.hub import commit_queue, fan_out, publisher
from lanmsg.hub.fan_out import FanOut, Reader
from lanmsg.hub.storage.sqlite import database
from lanmsg.hub.storage.sqlite.directory import DATABASE_NAME
from lanmsg.net import listening
from lanmsg.wire.ids import LogId


def _loop_of_asyncio() -> None:
    """Everything by the standard library: selector loop, its TLS in Python."""
    _use_transports_of_the_loop()
    cast("Any", hub_server).event_loop_runner = asyncio.Runner


def _loop_of_uvloop() -> None:
    """Everything by uvloop (libuv)."""
    import uvloop

    _use_transports_of_the_loop()
    cast("Any", hub_server).event_loop_runner = lambda: asyncio.Runner(loop_factory=uvloop.new_event_loop)


def _aiofastnet_on_uvloop() -> None:
    """The loop by uvloop, sockets and TLS by aiofastnet as always."""
    import aiofastnet
    import uvloop

    factory = aiofastnet.loop_factory(uvloop.new_event_loop)
    cast("Any", hub_server).event_loop_runner = lambda: asyncio.Runner(loop_factory=factory)


def _use_transports_of_the_loop() -> None:
    async def connect(loop: asyncio.AbstractEventLoop, *arguments: Any, **options: Any) -> object:  # noqa: ANN401
        return await loop.connect_accepted_socket(*arguments, **options)

    cast("Any", listening).aiofastnet = SimpleNamespace(connect_accepted_socket=connect)
    # What silences aiofastnet's reports of hung-up handshakes has nothing to do here.
    setattr(listening, "_hung_up_handshakes_unreported", contextlib.nullcontext)  # noqa: B010


def _set(module: object, name: str, value: float) -> Callable[[], None]:
    assert hasattr(module, name), name
    return lambda: setattr(module, name, value)


PAGE_SIZES = {"pages of 2 KiB": 2048, "pages of 8 KiB": 8192, "pages of 16 KiB": 16384}


def change_page_size(data: Path, size_bytes: int) -> None:
    """Write a hub's database anew with pages of this size."""
    connection = apsw.Connection(str(data / DATABASE_NAME))
    for statement in ("journal_mode = DELETE", f"page_size = {size_bytes}"):
        connection.execute(f"PRAGMA {statement}").fetchall()
    connection.execute("VACUUM").fetchall()
    assert connection.pragma("page_size") == size_bytes
    connection.close()


def _checkpoint_after_as_many_bytes(page_bytes: int) -> Callable[[], None]:
    pages = database.PAGE_SIZE_BYTES * database.CHECKPOINT_PAGES // page_bytes
    return _set(database, "CHECKPOINT_PAGES", pages)


def _encode_for_each_reader() -> None:
    """Encode a run again for each of its readers, instead of once for all."""
    plain = publisher.Publisher.encode_run
    encode: list[Callable[[], Sequence[bytes]]] = []

    def encode_run(self: publisher.Publisher, *arguments: Any) -> Sequence[bytes]:  # noqa: ANN401
        encode[:] = [lambda: plain(self, *arguments)]
        return encode[0]()

    send_entries = FanOut.send_entries

    def send_to_each(self: FanOut, readers: Sequence[Reader], log: LogId, frames: Sequence[bytes]) -> None:
        if len(readers) <= fan_out.SLICE_CONNECTIONS:
            send_entries(self, readers, log, frames)
            return
        for reader in readers:
            for frame in encode[0]():
                self._send_in_turn(reader.outgoing, frame)  # pyright: ignore[reportPrivateUsage]
        self._flush_soon()  # pyright: ignore[reportPrivateUsage]

    cast("Any", publisher.Publisher).encode_run = encode_run
    cast("Any", FanOut).send_entries = send_to_each


VARIANTS: dict[str, Callable[[], None]] = {
    "loop: asyncio": _loop_of_asyncio,
    "loop: uvloop": _loop_of_uvloop,
    "loop: aiofastnet on uvloop": _aiofastnet_on_uvloop,
    "batches of at most 64": _set(commit_queue, "COMMIT_BATCH_ENTRIES", 64),
    "batches of at most 512": _set(commit_queue, "COMMIT_BATCH_ENTRIES", 512),
    "batches of at most 8192": _set(commit_queue, "COMMIT_BATCH_ENTRIES", 8192),
    "no slices": _set(fan_out, "SLICE_CONNECTIONS", 1_000_000),
    "slices of 16": _set(fan_out, "SLICE_CONNECTIONS", 16),
    "slices of 256": _set(fan_out, "SLICE_CONNECTIONS", 256),
    "slices of 4 MiB": _set(fan_out, "SLICE_BYTES", 4 * 1024 * 1024),
    "a run encoded for each reader": _encode_for_each_reader,
    "checkpoint after 1,000 pages": _set(database, "CHECKPOINT_PAGES", 1000),
    **{name: _checkpoint_after_as_many_bytes(size_bytes) for name, size_bytes in PAGE_SIZES.items()},
    "garbage looked for as Python does": _set(hub_server, "COLLECT_AFTER_OBJECTS", 700),
}

if __name__ == "__main__":
    VARIANTS[sys.argv[1]]()
    sys.argv[1:2] = []
    main()
