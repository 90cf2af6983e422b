"""All connections of a soak, one of them cut each second: `python churn.py PORT HUB_PORT SEED`.

Takes commands, a line each: `hold` (nothing passes), `pass`, `cut` (all are cut at once). At the end of its
input it says how many connections it has cut.
"""

import asyncio
import contextlib
import random
import sys

CHUNK_BYTES = 65_536
EVERY_S = 1.0


class Churn:
    """The connections that pass now."""

    def __init__(self, hub_port, chance):
        self._hub_port = hub_port
        self._chance = chance
        self._open = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self.cuts = 0

    async def connect(self, reader, writer):
        with contextlib.suppress(OSError):
            back, on = await asyncio.open_connection("127.0.0.1", self._hub_port)
            self._open.add(writer)
            await asyncio.gather(self._pass_on(reader, on), self._pass_on(back, writer))
        self._open.discard(writer)
        writer.close()

    async def _pass_on(self, source, target):
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                await self._passes.wait()
                target.write(data)
                await target.drain()
        target.close()

    async def cut_one_each_second(self):
        while True:
            await asyncio.sleep(EVERY_S)
            if self._open:
                self._cut(self._chance.choice(sorted(self._open, key=id)))

    def _cut(self, writer):
        writer.transport.abort()
        self.cuts += 1

    def obey(self, command):
        match command:
            case "hold":
                self._passes.clear()
            case "pass":
                self._passes.set()
            case "cut":
                for writer in list(self._open):
                    self._cut(writer)


async def main(port, hub_port, seed):
    churn = Churn(int(hub_port), random.Random(seed))
    async with (
        await asyncio.start_server(churn.connect, "127.0.0.1", int(port)),
        asyncio.TaskGroup() as tasks,
    ):
        cutting = tasks.create_task(churn.cut_one_each_second())
        print("ready", flush=True)  # noqa: T201 - for who started it
        while command := (await asyncio.to_thread(sys.stdin.readline)).strip():
            churn.obey(command)
        print("cuts", churn.cuts, flush=True)  # noqa: T201
        cutting.cancel()
        churn.obey("cut")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
