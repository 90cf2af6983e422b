"""What goes wrong on a network of `lan.py`, each thing for as long as a block lasts.

Every break gives a function that counts what it did: packets that it lost, connections that it reset. A
break that never did anything proves nothing.
"""

import contextlib
import itertools
import json
import os
import signal
import subprocess
from pathlib import Path

WAYS = ("iifname", "oifname")
"""From the machine, and to it."""
ON_BRIDGE = ("forward", "input", "output")
"""Between machines, and to and from the bridge itself, where the slow path is."""

_tables = itertools.count()


def _output(*command):
    return subprocess.run(command, check=True, timeout=20, capture_output=True, text=True).stdout


@contextlib.contextmanager
def _rules(namespace, family, hooks, rules):
    """Have rules in force; count the packets that they met. Each rule has the word `counter` in it."""
    table = f"break{next(_tables)}"
    nft = ("ip", "netns", "exec", namespace, "nft")
    _output(*nft, "add", "table", family, table)
    try:
        for hook in hooks:
            _output(*nft, "add", "chain", family, table, hook, f"{{ type filter hook {hook} priority 0; }}")
            for rule in rules:
                _output(*nft, "add", "rule", family, table, hook, *rule.split())
        yield lambda: _packets(json.loads(_output(*nft, "-j", "list", "table", family, table)))
    finally:
        _output(*nft, "delete", "table", family, table)


def _packets(listing):
    """The sum of all counters in what nft lists."""
    rules = [each["rule"] for each in listing["nftables"] if "rule" in each]
    return sum(part["counter"]["packets"] for rule in rules for part in rule["expr"] if "counter" in part)


def loses(machine, percent):
    """Lose so many of a machine's packets in each direction, by chance."""
    rules = [f"{way} {machine.port} numgen random mod 100 < {percent} counter drop" for way in WAYS]
    return _rules(machine.bridge, "bridge", ON_BRIDGE, rules)


def is_cut_off(machine, ways=WAYS):
    """Let nothing through to and from a machine, or one way alone; nobody is told."""
    return _rules(machine.bridge, "bridge", ON_BRIDGE, [f"{way} {machine.port} counter drop" for way in ways])


def is_reset(machine, port):
    """Answer every packet of its connections to a port with RST, to both ends, and new ones too."""
    rules = [f"tcp {end} {port} counter reject with tcp reset" for end in ("dport", "sport")]
    return _rules(machine.name, "inet", ["input", "output"], rules)


@contextlib.contextmanager
def forgets_connections(machine, port):
    """What is connected now stays silent, as when a router has forgotten it; new connections work."""
    found = _output(*machine.prefix, "ss", "-tnH", "state", "established", f"( dport = :{port} )")
    ours = ",".join(line.split()[2].rpartition(":")[2] for line in found.splitlines())
    ports = f"{{ {ours} }}"
    rules = (f"iifname {machine.port} tcp sport {ports} counter drop",)
    rules += (f"oifname {machine.port} tcp dport {ports} counter drop",)
    assert ours, "nothing is connected"
    with _rules(machine.bridge, "bridge", ON_BRIDGE, rules) as hits:
        yield hits


@contextlib.contextmanager
def is_unplugged(machine):
    """Take its cable out."""
    before = _carrier_changes(machine)
    _output("ip", "-n", machine.bridge, "link", "set", machine.port, "down")
    try:
        yield lambda: _carrier_changes(machine) - before
    finally:
        _output("ip", "-n", machine.bridge, "link", "set", machine.port, "up")


def _carrier_changes(machine):
    return int(_output(*machine.prefix, "cat", "/sys/class/net/eth0/carrier_changes"))


@contextlib.contextmanager
def is_slow(machine, rate="256kbit"):
    """Make its cable as slow as a bad Wi-Fi, in both directions; count what had to wait or was lost."""
    bucket = ("root", "tbf", "rate", rate, "burst", "8kb", "latency", "300ms")
    ends = ((machine.bridge, machine.port), (machine.name, "eth0"))
    for namespace, device in ends:
        _output("ip", "netns", "exec", namespace, "tc", "qdisc", "add", "dev", device, *bucket)
    try:
        yield lambda: sum(_delayed(*end) for end in ends)
    finally:
        for namespace, device in ends:
            _output("ip", "netns", "exec", namespace, "tc", "qdisc", "del", "dev", device, "root")


def _delayed(namespace, device):
    listed = _output("ip", "netns", "exec", namespace, "tc", "-s", "-j", "qdisc", "show", "dev", device)
    return sum(each["overlimits"] + each["drops"] for each in json.loads(listed) if each["kind"] == "tbf")


@contextlib.contextmanager
def takes_small_packets_only(machine, size_bytes=576):
    """Larger ones disappear on their way to it, and nobody is told; what it connects anew says so itself."""
    before = _dropped(machine)
    machine.run("ip", "link", "set", "eth0", "mtu", str(size_bytes))
    try:
        yield lambda: _dropped(machine) - before
    finally:
        machine.run("ip", "link", "set", "eth0", "mtu", "1500")


def _dropped(machine):
    """What the machine's end of the cable did not take."""
    shown = json.loads(_output("ip", "-n", machine.bridge, "-s", "-j", "link", "show", machine.port))
    return shown[0]["stats64"]["tx"]["dropped"]


@contextlib.contextmanager
def sleeps(pid):
    """Stop a process as a closed laptop does; count whether it really stands still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield lambda: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    finally:
        os.kill(pid, signal.SIGCONT)
