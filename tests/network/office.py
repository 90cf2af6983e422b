"""People on machines of their own, and a hub on one more, who talk while their network is broken."""

import contextlib
import time
from collections import Counter

from tests.faults.crowd import Crowd, crowds_of, finish
from tests.faults.outcome import Outcome, load
from tests.network import breaking
from tests.network.lan import ROUTER, Lan
from tests.processes import LANMSG, Hub, Later, Program, until

from lanmsg.wire.limits import DEAD_AFTER_S

PORT = 7777
BACK_S = DEAD_AFTER_S + 45.0
"""Everybody has their hub again so long after a network is whole again: a hang, if not.

R-08 says 45 s; a connection that something in between has forgotten is only given up after `DEAD_AFTER_S`,
and a busy machine takes its time. The figures of a run say how long it really took.
"""
SETTLED_S = 120.0
SLOW_PATH = __file__.replace("office.py", "slow_path.py")

BREAKS = {
    "loss of 1 %": lambda office: breaking.loses(office.anybody(), 1),
    "loss of 5 %": lambda office: breaking.loses(office.anybody(), 5),
    "loss of 20 %": lambda office: breaking.loses(office.anybody(), 20),
    "loss of 20 % at the hub": lambda office: breaking.loses(office.host, 20),
    "partition": lambda office: breaking.is_cut_off(office.anybody()),
    "partition of the hub": lambda office: breaking.is_cut_off(office.host),
    "one way cut": lambda office: breaking.is_cut_off(
        office.anybody(), [office.chance.choice(breaking.WAYS)]
    ),
    "reset": lambda office: breaking.is_reset(office.anybody(), PORT),
    "reset of all": lambda office: breaking.is_reset(office.host, PORT),
    "half-open": lambda office: breaking.forgets_connections(office.anybody(), PORT),
    "cable out": lambda office: breaking.is_unplugged(office.anybody()),
    "cable of the hub out": lambda office: breaking.is_unplugged(office.host),
    "256 kbit/s": lambda office: breaking.is_slow(office.anybody()),
    "packets of 576 bytes": lambda office: breaking.takes_small_packets_only(office.anybody()),
    "another address": lambda office: office.moves(office.anybody()),
    "another address of the hub": lambda office: office.moves(office.host),
    "hub asleep": lambda office: breaking.sleeps(office.hub.process.pid),
    "people asleep": lambda office: breaking.sleeps(office.chance.choice(office.crowds).program.pid),
    "hub killed": lambda office: office.hub_is_killed(),
}


class Office:
    """Some groups of people, one program and one machine each; the last one takes a slow path if asked."""

    def __init__(self, directory, groups, *, chance, pace_s, has_slow_path):
        self.chance = chance
        self._lan = Lan(directory)
        self._lan.open()
        self.host = self._lan.machine("host")
        self.machines = [self._lan.machine(f"desk{number}") for number in range(len(groups))]
        self.names = [name for group in groups for name in group]
        self.hub = self._hub(directory)
        addresses = [self.hub.address] * len(groups)
        if has_slow_path:
            addresses[-1] = f"{ROUTER}:{PORT}"
        self._has_slow_path = has_slow_path
        self.crowds = [
            Crowd(
                directory / "people",
                group,
                hub=address,
                everybody=len(self.names),
                seed=chance.random(),
                prefix=machine.prefix,
                pace_s=pace_s,
                looks_far=True,
            )
            for group, machine, address in zip(groups, self.machines, addresses, strict=True)
        ]
        self.did = Counter()
        self.broken = Counter()
        self.away_s = []
        self._moves = 0
        self._path = None

    def _hub(self, directory):
        hub = Hub(directory / "hub", "--message-rate", "0", port=PORT, host=self.host.address)
        hub.prefix = self.host.prefix
        hub.listen = f"0.0.0.0:{PORT}"
        return hub

    @contextlib.contextmanager
    def talking(self):
        """Let all talk until the block ends; then wait until all is with everybody."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.hub)
            if self._has_slow_path:
                self._path = stack.enter_context(self._slow_path())
            stack.enter_context(crowds_of(self.crowds))
            for crowd in self.crowds:
                crowd.ask("talk")
            yield self
            finish(self.crowds, timeout_s=SETTLED_S)
            if self._has_slow_path:
                self._path.end()
                self.did["slow path"] = int(self._path.stdout.rpartition(" ")[2])

    @contextlib.contextmanager
    def _slow_path(self):
        arguments = (LANMSG[0], SLOW_PATH, PORT, self.hub.address, self.chance.random())
        prefix = ("ip", "netns", "exec", self._lan.bridge)
        with Program(*arguments[2:], command=arguments[:2], prefix=prefix) as path:
            path.wait_for("ready")
            yield path

    def suffers(self, kind, *, lasts_s):
        """Break something for so long, and until it had an effect; then see everybody back."""
        end_s = time.monotonic() + lasts_s
        with BREAKS[kind](self) as hits:
            until(
                lambda: hits() and time.monotonic() >= end_s, timeout_s=lasts_s + BACK_S, what=f"{kind} hits"
            )
            self.did[kind] += hits()
        self.broken[kind] += 1
        self.away_s.append(self._all_are_back())

    def _all_are_back(self):
        """Wait until each person has got something across; return how long that took."""
        started_s = time.monotonic()
        before = self._acknowledged()
        away = Later(lambda: f"{self._away(before)} are back")
        until(lambda: not self._away(before), timeout_s=BACK_S, what=away)
        return time.monotonic() - started_s

    def _acknowledged(self):
        return {name: crowd.count_of(name, "ok") for crowd in self.crowds for name in crowd.names}

    def _away(self, before):
        return [name for name, number in self._acknowledged().items() if number == before[name]]

    def anybody(self):
        return self.chance.choice(self.machines)

    @contextlib.contextmanager
    def moves(self, machine):
        """Give a machine another address, for good."""
        self._moves += 1
        before = machine.address
        machine.move(f"10.78.0.{100 + self._moves}")
        if machine is self.host and self._has_slow_path:
            self._path.say(machine.address)
        yield lambda: machine.address != before

    @contextlib.contextmanager
    def hub_is_killed(self):
        self.hub.kill()
        yield lambda: not self.hub.is_running
        self.hub.start()

    def outcome(self):
        return Outcome(load(crowd.record_path for crowd in self.crowds), self.names)

    def close(self):
        self._lan.remove()
