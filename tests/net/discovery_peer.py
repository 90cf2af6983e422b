"""A hub that only advertises, or a search, in a process of its own; see test_discovery_namespaces."""

import asyncio
import json
import sys
import time

from lanmsg.net import discovery_dns_sd
from lanmsg.net.discovery import advertise, find_hubs

discovery_dns_sd.INTERFACES_CHECK_S = 0.2


def tell(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def advertise_until_told(hub, port):
    async with advertise(bytes.fromhex(hub), int(port)) as advertising:
        tell(advertising.warnings)
        await asyncio.to_thread(sys.stdin.read)


async def find(timeout_s, settle_s):
    started = time.perf_counter()
    search = await find_hubs(timeout_s=float(timeout_s), settle_s=float(settle_s))
    found = [[hub.hub.hex(), hub.port, hub.addresses, hub.how] for hub in search.hubs]
    tell(
        {
            "hubs": found,
            "attempts": [str(attempt) for attempt in search.attempts],
            "elapsed_s": time.perf_counter() - started,
            "has_loaded_zeroconf": "zeroconf" in sys.modules,
        }
    )


asyncio.run({"advertise": advertise_until_told, "find": find}[sys.argv[1]](*sys.argv[2:]))
