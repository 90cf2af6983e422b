"""`lanmsg hub` with somebody who looks at its event loop: `python watched_hub.py FILE hub --data …`.

Fifty times a second a task asks to be woken. How much later that was, is how long all wait for whom the loop
has something for; how much its thread has worked meanwhile tells what of it is the hub's own doing, and not
a busy machine's. Each second a line of JSON goes to the file: how many tasks there are, how much memory
SQLite has, how often the loop was how late, and how often it worked for how long.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter

import apsw

from lanmsg.cli import hub_server
from lanmsg.cli.main import main

EVERY_S = 0.02


async def look(path):
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    late, work, told_s = Counter(), Counter(), time.monotonic()
    while True:
        wanted_s, worked_s = time.monotonic() + EVERY_S, time.thread_time()
        await asyncio.sleep(EVERY_S)
        now_s = time.monotonic()
        late[int((now_s - wanted_s) * 1000)] += 1
        work[int((time.thread_time() - worked_s) * 1000)] += 1
        if now_s > told_s + 1:
            line = {
                "t": now_s,
                "tasks": len(asyncio.all_tasks()),
                "database_bytes": apsw.memory_used(),
                "late_ms": late,
                "work_ms": work,
            }
            os.write(file, json.dumps(line).encode() + b"\n")
            late, work, told_s = Counter(), Counter(), now_s


def watch(path):
    run = hub_server.HubServer.run

    async def watched(server):
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(look(path))
            await run(server)
            looking.cancel()

    hub_server.HubServer.run = watched


if __name__ == "__main__":
    watch(sys.argv.pop(1))
    main()
