"""A network of its own: machines (network namespaces) on one bridge, and a tap that hears all of it.

The bridge has an address and is everybody's way out, as a router is; it leads nowhere. So a packet for
the world outside shows on the bridge instead of failing unseen.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
from ipaddress import ip_address, ip_network

import pytest
from tests.processes import Program, run_lanmsg, until

NETWORK = ip_network("10.78.0.0/24")
ROUTER = "10.78.0.254"
OUTSIDE = "203.0.113.7"
"""An address of nobody (RFC 5737)."""
# The broadcast address of all networks, the groups of this link alone (mDNS, IGMP; their IPv6 kin).
ON_LINK = [ip_network(text) for text in ("255.255.255.255/32", "224.0.0.0/24", "fe80::/10", "ff02::/16")]

needs_nft = pytest.mark.skipif(shutil.which("nft") is None, reason="needs the command nft (nftables)")
numbers = itertools.count()

# Frames of all ports of the bridge, in and out; each with its length in front.
TAP = """
import socket, sys
every_kind = socket.htons(3)
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, every_kind) as tap, open(sys.argv[1], 'wb', 0) as log:
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    print('listening', flush=True)
    while True:
        frame = tap.recv(1 << 17)
        log.write(len(frame).to_bytes(4, 'big') + frame)
"""


def run(*command):
    subprocess.run(command, check=True, timeout=20, capture_output=True)


class Machine:
    """A namespace with one cable (eth0, at the bridge `port`), one address, and a person with a home."""

    def __init__(self, name, person, home, *, bridge, port):
        self.name = name
        self.bridge = bridge
        self.port = port
        self.person = person
        self.home = home
        self.address = ""

    @property
    def prefix(self):
        return ("ip", "netns", "exec", self.name)

    def run(self, *command):
        run(*self.prefix, *command)

    def start(self, *arguments):
        """Run `lanmsg` beside the test, as this person, with no option but the home."""
        return Program(*arguments, "--home", self.home, login=self.person, prefix=self.prefix)

    def start_hub(self):
        """Run `lanmsg hub` beside the test."""
        return Program("hub", "--data", self.home, login=self.person, prefix=self.prefix)

    def lanmsg(self, *arguments):
        """Run a command to its end."""
        return run_lanmsg(*arguments, "--home", self.home, login=self.person, prefix=self.prefix)

    def drop(self, *rules):
        """Let it neither send nor receive what each of these rules describes."""
        self.run("nft", "add", "table", "inet", "t")
        for hook in ("input", "output"):
            chain = f"{{ type filter hook {hook} priority 0; }}"
            self.run("nft", "add", "chain", "inet", "t", hook, chain)
            for rule in rules:
                self.run("nft", "add", "rule", "inet", "t", hook, *rule.split(), "drop")

    def move(self, address):
        """Take another address, as after a new DHCP lease."""
        self.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
        self.give(address)

    def give(self, address):
        self.address = address
        self.run("ip", "address", "add", f"{address}/{NETWORK.prefixlen}", "dev", "eth0")
        self.run("ip", "route", "replace", "default", "via", ROUTER)


class Lan:
    """A bridge and the machines on it."""

    def __init__(self, directory):
        self._directory = directory
        self._prefix = f"lanmsg{os.getpid() % 100_000}n{next(numbers)}"
        self.bridge = f"{self._prefix}b"
        self.machines = []

    def open(self):
        run("ip", "netns", "add", self.bridge)
        run("ip", "-n", self.bridge, "link", "set", "lo", "up")
        run("ip", "-n", self.bridge, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.bridge, "address", "add", f"{ROUTER}/{NETWORK.prefixlen}", "dev", "br0")
        run("ip", "-n", self.bridge, "link", "set", "br0", "up")
        return self

    def machine(self, person):
        number = len(self.machines) + 1
        name, port = f"{self._prefix}m{number}", f"p{number}"
        machine = Machine(name, person, self._directory / person, bridge=self.bridge, port=port)
        self.machines.append(machine)
        run("ip", "netns", "add", machine.name)
        cable = ("type", "veth", "peer", "eth0", "netns", machine.name)
        run("ip", "-n", self.bridge, "link", "add", port, *cable)
        run("ip", "-n", self.bridge, "link", "set", port, "master", "br0", "up")
        for link in ("lo", "eth0"):
            run("ip", "-n", machine.name, "link", "set", link, "up")
        machine.give(f"10.78.0.{number}")
        return machine

    @contextlib.contextmanager
    def tap(self):
        """Hear everything on the bridge, from here on."""
        log = self._directory / f"{self.bridge}.frames"
        command = (sys.executable, "-c", TAP)
        with Program(log, command=command, prefix=("ip", "netns", "exec", self.bridge)) as program:
            program.wait_for("listening")
            yield Tap(log)

    def remove(self):
        for name in (*(machine.name for machine in self.machines), self.bridge):
            subprocess.run(["ip", "netns", "del", name], check=False, timeout=20, capture_output=True)


class Tap:
    """What was heard."""

    def __init__(self, log):
        self._log = log

    @property
    def frames(self):
        data, frames = self._log.read_bytes(), []
        while len(data) >= 4 + (length := int.from_bytes(data[:4], "big")):
            frames.append(data[4 : 4 + length])
            data = data[4 + length :]
        return frames

    @property
    def targets(self):
        """Every IP address that something was sent to, or that somebody asked for by ARP."""
        return {target for frame in self.frames if (target := _target(frame)) is not None}

    @property
    def outside(self):
        """Those that are not on this network."""
        inside = [NETWORK, *ON_LINK]
        return {target for target in self.targets if not any(target in network for network in inside)}

    def wait_for(self, data):
        until(lambda: any(data in frame for frame in self.frames), timeout_s=20, what=f"{data!r} on the wire")


def _target(frame):
    kind, packet = frame[12:14], frame[14:]
    match kind:
        case b"\x08\x00":
            return ip_address(packet[16:20])
        case b"\x86\xdd":
            return ip_address(packet[24:40])
        case b"\x08\x06":
            return ip_address(packet[24:28])
    return None
