"""Coming back to 10,000 messages in a browser, until the hub has the acknowledgement of the last one.

A page acknowledges what is in its store, on the disk, and nothing before; so that is when all is stored.
"""

import asyncio
import contextlib
import shutil
from pathlib import Path
from zlib import crc32

from bench.backlog import TEXT, open_person
from bench.cells import CACHE
from bench.processes import cpu_s
from bench.summary import Reading
from bench.web.browser import tab, trust, wait_for
from bench.web.place import HUB, copy_of, hub_in
from bench.web.visits import join
from lanmsg.client import EVERYONE
from lanmsg.wire.frames import Ack

MESSAGES = 10_000
_NAMES = ("anna", "bela", "cyril", "dora", "emil", "fritz", "greta", "hugo", "iris", "jonas")
_TURN = 20
_TIMEOUT_S = 900.0
_MADE = "made"
_CLIENT = Path(__file__).parents[2] / "web" / "src" / "client"
_STORED_BY = ("store/database.ts", "store/encryption.ts", "store/record-shapes.ts", "crypto/olm-pickle.ts")

WATCH_ACKS = f"""
(() => {{
  const send = WebSocket.prototype.send;
  const seqAt = (view, at) => {{
    const kind = view.getUint8(at);
    if (kind === 0xcd) return view.getUint16(at + 1);
    if (kind === 0xce) return view.getUint32(at + 1);
    return kind === 0xcc ? view.getUint8(at + 1) : kind;
  }};
  WebSocket.prototype.send = function (data) {{
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 4; at < view.byteLength; at += 4 + view.getUint32(at - 4)) {{
      // A list of three: the tag, 16 bytes behind their two of length, and the seq.
      const isAck = view.getUint8(at) === 0x93 && view.getUint8(at + 1) === {Ack.__struct_config__.tag};
      if (isAck && seqAt(view, at + 20) === {MESSAGES}) marks.stored ??= performance.now();
    }}
    return send.call(this, data);
  }};
}})();
"""


def measure_catch_up() -> Reading:
    """Come back, and wait until all is stored."""
    with copy_of(_make_backlog()) as directory, hub_in(directory) as hub:
        hub_before_s = cpu_s(hub.pid)
        with tab(hub.person, WATCH_ACKS) as page:
            page.goto(hub.origin)
            in_s = wait_for(page, "marks.in") / 1000
            stored_s = wait_for(page, "marks.stored") / 1000
            page.wait_for_selector(f"article >> text={TEXT}")
        return {
            "messages": MESSAGES,
            "in_s": in_s,
            "stored_s": stored_s,
            "catch_up_s": stored_s - in_s,
            "hub_cpu_s": cpu_s(hub.pid) - hub_before_s,
        }


def _make_backlog() -> Path:
    """Return the directory of a hub and of a person who missed all that was written there; made once."""
    home = CACHE / f"web-backlog-{MESSAGES}-{_store_version():08x}"
    if (home / _MADE).exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with hub_in(home) as hub:
        trust(hub.person, home / HUB)
        with tab(hub.person) as page:
            join(page, hub)
        asyncio.run(_write(home, hub.port))
    (home / _MADE).touch()
    return home


def _store_version() -> int:
    """Return what changes with the program that wrote the person's store: another could not read it."""
    return crc32(b"".join((_CLIENT / name).read_bytes() for name in _STORED_BY))


async def _write(home: Path, port: int) -> None:
    async with contextlib.AsyncExitStack() as stack, asyncio.timeout(_TIMEOUT_S):
        senders = [await stack.enter_async_context(open_person(home, name, port)) for name in _NAMES]
        while any(len(sender.people()) < len(_NAMES) + 1 for sender in senders):
            await asyncio.sleep(0.1)
        for turn in range(MESSAGES // _TURN):
            sender = senders[turn % len(senders)]
            sent = [await sender.send(EVERYONE, TEXT) for _ in range(_TURN)]
            await sender.wait_sent(sent[-1].id)
    for name in _NAMES:
        shutil.rmtree(home / name)
