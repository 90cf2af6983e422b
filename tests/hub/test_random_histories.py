"""Random commands of three devices through real sessions, held against a model: a list per log.

The hub is restarted on the way, in half of the runs on SQLite. A failure names its seed.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.hub.storage.sqlite import SqliteStorage
from lanmsg.wire.codec import decode_message_body
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Ack, Append, Appended, Entries, OpenDirect, Refused, Share
from lanmsg.wire.ids import DeviceId, LogId, MessageId

from .lab import Device, Lab, Peer, settle, virtual

STEPS = 120


@dataclass
class Model:
    """What the hub should hold."""

    logs: dict[LogId, list[tuple[DeviceId, MessageId]]] = field(default_factory=dict)
    places: dict[tuple[DeviceId, MessageId], tuple[LogId, int]] = field(default_factory=dict)
    counters: dict[tuple[LogId, DeviceId], int] = field(default_factory=dict)

    def add(self, device: DeviceId, append: Append) -> None:
        entries = self.logs.setdefault(append.log, [])
        entries.append((device, append.message_id))
        self.places[device, append.message_id] = append.log, len(entries)
        if append.kind == EntryKind.MESSAGE:
            self.counters[append.log, device] = decode_message_body(append.body).counter


class History:
    """One run."""

    def __init__(self, lab: Lab, seed: int, tmp_path: Path | None) -> None:
        self.lab = lab
        self.chance = random.Random(seed)
        self.tmp_path = tmp_path
        self.model = Model()
        self.peers: list[Peer] = []
        self.sent: list[tuple[Device, Append]] = []
        self.newcomers = 0

    async def begin(self) -> None:
        ann = await self.lab.join("ann")
        self.peers = [ann, await self.lab.join("tablet", owner=ann.device), await self.lab.join("bob")]
        await ann.ask(OpenDirect(self.peers[2].device.user), OpenDirect(ann.device.user))

    def conversations(self, peer: Peer) -> list[LogId]:
        ann, _, bob = self.peers
        mine = [self.lab.everyone, self.lab.direct(ann.device, bob.device)]
        return mine if peer is bob else [*mine, self.lab.direct(ann.device, ann.device)]

    # --- steps -------------------------------------------------------------------------------

    async def step(self) -> None:
        steps = [self.send, self.send, self.send, self.repeat, self.send_wrong, self.write_inbox, self.burst]
        steps += [self.reconnect, self.somebody_joins, self.acknowledge] if self.chance.random() < 0.4 else []
        steps += [self.restart] if self.chance.random() < 0.1 else []
        await self.chance.choice(steps)()

    def next_message(self, peer: Peer) -> Append:
        log = self.chance.choice(self.conversations(peer))
        others = [each.device.id for each in self.peers if log in self.conversations(each)]
        shares = [Share(device, b"key") for device in self.chance.sample(others, self.chance.randint(0, 2))]
        counter = self.model.counters.get((log, peer.device.id), 0) + 1
        return peer.message(log, self.chance.randbytes(20), counter=counter, shares=shares)

    async def ask(self, peer: Peer, append: Append, code: str) -> None:
        peer.take(Entries)
        await peer.ask(append)
        self.sent.append((peer.device, append))
        key = peer.device.id, append.message_id
        if code != "ok":
            assert [(each.code, each.message_id) for each in peer.all(Refused)] == [(code, append.message_id)]
            return
        if key not in self.model.places:
            for share in append.shares:
                self.model.logs.setdefault(self.lab.inbox(share.device), []).append(key)
            self.model.add(peer.device.id, append)
        log, seq = self.model.places[key]
        (appended,) = peer.all(Appended)
        assert (appended.message_id, appended.log, appended.seq) == (append.message_id, log, seq)

    async def send(self) -> None:
        peer = self.chance.choice(self.peers)
        await self.ask(peer, self.next_message(peer), "ok")

    async def write_inbox(self) -> None:
        peer, other = self.chance.choices(self.peers, k=2)
        await self.ask(peer, peer.device_message(other.device.id), "ok")

    async def repeat(self) -> None:
        """Send the same bytes again, however long ago and whatever changed since."""
        done = [
            (device, append)
            for device, append in self.sent
            if (device.id, append.message_id) in self.model.places
        ]
        if done:
            device, append = self.chance.choice(done)
            (peer,) = [peer for peer in self.peers if peer.device is device]
            await self.ask(peer, append, "ok")

    async def send_wrong(self) -> None:
        peer = self.chance.choice(self.peers)
        right = self.next_message(peer)
        counter = decode_message_body(right.body).counter
        wrong, code = self.chance.choice(
            [
                (
                    peer.message(right.log, counter=counter + self.chance.choice([-1, 1, 5])),
                    Code.OUT_OF_ORDER,
                ),
                (peer.message(right.log, counter=counter, directory_seq=1), Code.STALE_VIEW),
                (peer.message(LogId(bytes(16)), counter=1), Code.UNKNOWN_LOG),
                (
                    peer.message(right.log, counter=counter, shares=[Share(DeviceId(bytes(16)), b"")]),
                    Code.NOT_A_MEMBER,
                ),
            ]
        )
        await self.ask(peer, wrong, code)

    async def burst(self) -> None:
        """Everybody at once, with repetitions: the order is the hub's, the rest must hold all the same."""
        before = {log: len(entries) for log, entries in self.model.logs.items()}
        appends: dict[DeviceId, list[Append]] = {}
        for peer in self.peers:
            peer.take(Entries)
            log = self.chance.choice(self.conversations(peer))
            counter = self.model.counters.get((log, peer.device.id), 0)
            messages = [peer.message(log, counter=counter + number) for number in range(1, 5)]
            appends[peer.device.id] = messages
            peer.send(*messages, self.chance.choice(messages), *messages)
        await settle()
        for peer in self.peers:
            messages = appends[peer.device.id]
            answers = peer.all(Appended)
            assert {each.message_id for each in answers} == {each.message_id for each in messages}
            assert len(answers) == 9
            assert len({(each.log, each.seq, each.hash) for each in answers}) == 4
            self.sent += [(peer.device, message) for message in messages]
        await self.take_order_from_hub(
            {log for logs in appends.values() for log in [logs[0].log]}, before, appends
        )

    async def take_order_from_hub(
        self, logs: set[LogId], before: dict[LogId, int], appends: dict[DeviceId, list[Append]]
    ) -> None:
        for log in logs:
            reader = self.peers[0]
            entries = await self.read(reader, log)
            known = self.model.logs.get(log, [])[: before.get(log, 0)]
            assert entries[: len(known)] == known
            for device, mid in entries[len(known) :]:
                (append,) = [each for each in appends[device] if each.message_id == mid]
                assert (
                    decode_message_body(append.body).counter == self.model.counters.get((log, device), 0) + 1
                )
                self.model.add(device, append)

    async def acknowledge(self) -> None:
        peer = self.chance.choice(self.peers)
        log = self.chance.choice(self.conversations(peer))
        await peer.ask(Ack(log, self.chance.randint(0, 100)))

    async def somebody_joins(self) -> None:
        self.newcomers += 1
        await self.lab.enrol(Device(f"newcomer{self.newcomers}"))

    async def reconnect(self) -> None:
        index = self.chance.randrange(len(self.peers))
        self.peers[index] = await self.lab.log_in(self.peers[index].device)
        self.check_heads(self.peers[index])

    async def restart(self) -> None:
        if self.tmp_path is None:
            await self.lab.restart()
        else:
            await self.lab.hub.close()
            self.lab.storage.close()
            self.lab.storage = SqliteStorage.open(self.tmp_path, generation_entries=8)
            self.lab.start()
        self.peers = [await self.lab.log_in(peer.device) for peer in self.peers]

    # --- checks ------------------------------------------------------------------------------

    def check_heads(self, peer: Peer) -> None:
        for log in self.conversations(peer):
            head = peer.head(log)
            assert head.seq == len(self.model.logs.get(log, []))
            assert head.counter == self.model.counters.get((log, peer.device.id), 0)

    async def read(self, peer: Peer, log: LogId) -> list[tuple[DeviceId, MessageId]]:
        peer.take(Entries)
        after = 0
        while (page := await peer.fetch(log, after)).items:
            after += len(page.items)
        entries = peer.entries(log)
        assert list(entries) == list(range(1, len(entries) + 1))
        return [(entry.sender, entry.message_id) for entry in entries.values()]

    async def check_everything(self) -> None:
        for peer in self.peers:
            for log in (*self.conversations(peer), self.lab.inbox(peer.device.id)):
                assert await self.read(peer, log) == self.model.logs.get(log, [])


@pytest.mark.parametrize("seed", range(12))
@virtual
async def test_the_hub_is_a_list_per_log(seed: int, tmp_path: Path) -> None:
    is_on_disk = seed % 4 == 3
    path = tmp_path / "hub" if is_on_disk else None
    storage = SqliteStorage.open(path, generation_entries=8) if path else MemoryStorage()
    async with Lab(storage=storage) as lab:
        history = History(lab, seed, path)
        await history.begin()
        for _ in range(STEPS):
            await history.step()
        await history.check_everything()
        await history.restart()
        await history.check_everything()
