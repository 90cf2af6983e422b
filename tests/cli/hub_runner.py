"""A real hub in a process of its own, and a native client that is just enough to enrol.

Run as a program it is `lanmsg hub` without the command line around it.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from argparse import ArgumentParser, BooleanOptionalAction
from dataclasses import dataclass
from pathlib import Path

PROGRAM = (sys.executable, __file__)
STOP_TIMEOUT_S = 10


def main():
    from lanmsg.cli.hub_command import HubOptions, run_hub
    from lanmsg.cli.logs import LogFormat, LogLevel
    from lanmsg.cli.main import close_output

    parser = ArgumentParser(allow_abbrev=False)
    parser.add_argument("--listen", action="append", default=[])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--title", default="")
    parser.add_argument("--host-name", action="append", default=[])
    parser.add_argument("--invite-only", action="store_true")
    parser.add_argument("--advertise", action=BooleanOptionalAction, default=False)
    parser.add_argument("--metrics-public", action="store_true")
    parser.add_argument("--message-rate", type=float, default=20)
    parser.add_argument("--message-burst", type=float, default=60)
    parser.add_argument("--admin", action="append", default=[])
    parser.add_argument("--log-format", type=LogFormat, default=LogFormat.AUTO)
    parser.add_argument("--log-level", type=LogLevel, default=LogLevel.INFO)
    values = vars(parser.parse_args())
    several = {name: tuple(values[name]) for name in ("listen", "host_name", "admin")}
    code = run_hub(HubOptions(**{**values, **several}))
    close_output()
    return code


class HubRun:
    """One hub process. Its stdout is read by a thread, so that it never waits for us."""

    def __init__(self, *arguments, **popen):
        self.process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )
        self.stdout, self.stderr = "", ""
        self._is_ready = threading.Event()
        self._readers = [threading.Thread(target=self._read, args=(name,)) for name in ("stdout", "stderr")]
        for reader in self._readers:
            reader.start()

    def _read(self, name):
        with getattr(self.process, name) as lines:
            for line in lines:
                setattr(self, name, getattr(self, name) + line)
                if name == "stdout" and line.startswith("Stop it"):
                    self._is_ready.set()
        self._is_ready.set()

    def ready(self):
        assert self._is_ready.wait(20)
        assert self.stdout, self.stderr
        return self

    @property
    def addresses(self):
        return self.stdout.splitlines()[0].split()[1:]

    @property
    def port(self):
        return int(self.addresses[0].rpartition(":")[2])

    @property
    def link(self):
        return self.stdout.split('"lanmsg://')[1].split('"')[0]

    @property
    def events(self):
        """What it logged."""
        return [json.loads(line) for line in self.stderr.splitlines() if line.startswith("{")]

    def wait(self):
        """Wait for its end; return its exit code and the sentence it ended with."""
        code = self.process.wait(STOP_TIMEOUT_S)
        for reader in self._readers:
            reader.join(STOP_TIMEOUT_S)
        sentences = [line for line in self.stderr.splitlines() if not line.startswith("{")]
        return code, "\n".join(sentences)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()[0]


@contextlib.contextmanager
def running_hub(data, *arguments, **popen):
    """A hub on loopback, at a port the system chose."""
    run = HubRun("--data", data, "--listen", "127.0.0.1:0", *arguments, **popen)
    try:
        yield run.ready()
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.wait()


# --- a client --------------------------------------------------------------------------------


@dataclass
class Peer:
    """A link to a hub: frames out and in."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, frame):
        from lanmsg.wire.codec import encode_frame

        self.writer.write(encode_frame(frame))

    async def receive(self):
        from lanmsg.wire.codec import decode_hub_frame

        size = int.from_bytes(await self.reader.readexactly(4), "big")
        return decode_hub_frame(await self.reader.readexactly(size))


@contextlib.asynccontextmanager
async def connected(port):
    """A peer that has been greeted: `challenge` is read."""
    from lanmsg.net.tls import client_context
    from lanmsg.wire.frames import Hello
    from lanmsg.wire.limits import PROTOCOL_VERSION

    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context())
    peer = Peer(reader, writer)
    try:
        peer.challenge = await peer.receive()
        peer.send(Hello(version=PROTOCOL_VERSION, nonce=os.urandom(32)))
        yield peer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def enrolment(handle, *, invite=b""):
    """An `enrol` frame that a hub accepts."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from msgspec.structs import replace

    from lanmsg.wire import ids, labels
    from lanmsg.wire.frames import Enrol
    from lanmsg.wire.statements import DeviceStatement, PublishedKey, UserStatement, published_key_bytes

    identity, signing = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    user = UserStatement(handle, identity.public_key().public_bytes_raw())
    user = replace(user, signature=identity.sign(user.signed_bytes()))
    agreement_key, fallback = os.urandom(32), os.urandom(32)
    signing_key = signing.public_key().public_bytes_raw()
    device = DeviceStatement(user.user, signing_key, agreement_key, "test")
    device = replace(device, signature=identity.sign(device.signed_bytes()))
    signed = published_key_bytes(labels.FALLBACK_KEY, ids.device_id(signing_key, agreement_key), fallback)
    return Enrol(user, device, PublishedKey(fallback, signing.sign(signed)), invite=invite)


if __name__ == "__main__":
    sys.exit(main())
