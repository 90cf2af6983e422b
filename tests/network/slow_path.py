"""A detour to the hub on which bytes take their time: `python slow_path.py LISTEN_PORT HUB_ADDRESS SEED`.

Each chunk waits up to a quarter of a second, those of other connections another while, so they overtake
each other; some chunks travel a byte at a time. Says `ready`, takes a new address of the hub on each line of
its input, and says at the end of it how many chunks it has held up.
"""

import asyncio
import contextlib
import random
import sys

LONGEST_S = 0.25
CHUNK_BYTES = 16_384
TORN_BYTES = 40
"""So many bytes of a torn chunk come one by one."""


class Path:
    """All connections, and what was done to them."""

    def __init__(self, host, port, chance):
        self.host = host
        self._port = port
        self._chance = chance
        self.held_up = 0

    async def connect(self, reader, writer):
        with contextlib.suppress(OSError):
            back, on = await asyncio.open_connection(self.host, self._port)
            await asyncio.gather(self._pass_on(reader, on), self._pass_on(back, writer))
        writer.close()

    async def _pass_on(self, source, target):
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                self.held_up += 1
                await asyncio.sleep(self._chance.random() * LONGEST_S)
                await self._write(target, data, is_torn=self._chance.random() < 0.1)
        target.close()

    async def _write(self, target, data, *, is_torn):
        for at in range(TORN_BYTES if is_torn else 0):
            target.write(data[at : at + 1])
            await asyncio.sleep(0)
        target.write(data[TORN_BYTES if is_torn else 0 :])
        await target.drain()


async def main(port, address, seed):
    host, _, hub_port = address.rpartition(":")
    path = Path(host, int(hub_port), random.Random(seed))
    server = await asyncio.start_server(path.connect, "0.0.0.0", int(port))  # noqa: S104 - in a namespace
    print("ready", flush=True)  # noqa: T201 - for who started it
    while address := (await asyncio.to_thread(sys.stdin.readline)).strip():
        path.host = address
    print("held up", path.held_up, flush=True)  # noqa: T201
    server.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
