"""Random histories of people with native and web clients who come, go, are put out, cut off, start again.

After each step somebody says something in each place, and everybody who may read it must show it. In the end
each device is judged by the hub's disk: also those that were cut off, with all keys they ever had.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lanmsg.wire.ids import MessageId

from .devices import Device, NativeDevice, WebDevice
from .entitled import Entitled
from .site import Site
from .web_client import WAIT_S

NAMES = ("ann", "bob", "cat", "dan")
ROOMS = ("kitchen", "attic")
"""The attic keeps its history for newcomers."""
MAX_DEVICES = 3
MAX_WEB = 5
"""Processes of Node at a time."""


@dataclass
class History:
    """One history. Ann made the rooms and stays in them; her first device is never cut off."""

    site: Site
    chance: random.Random
    devices: dict[str, list[Device]] = field(default_factory=dict)
    cut_off: list[Device] = field(default_factory=list)
    members: dict[str, set[str]] = field(default_factory=dict)
    said: dict[MessageId, str] = field(default_factory=dict)
    own: list[tuple[Device, MessageId]] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)

    async def begin(self) -> None:
        """Let everybody join, two of them with browsers, and make the rooms."""
        kinds = self.chance.sample(["native", "native", "web", "web"], 4)
        for name, kind in zip(NAMES, kinds, strict=True):
            await self._open(name, kind, code=None)
        await self._all_know(NAMES)
        ann = self.devices["ann"][0]
        for room in ROOMS:
            await ann.create(room, keeps_history=room == "attic")
            self.members[room] = {"ann"}
        await self._put_in("bob", "kitchen")
        await self.probe()

    async def _open(self, name: str, kind: str, *, code: str | None) -> None:
        number = len([each for each in self.everything if each.person == name])
        if kind == "web":
            device: Device = await WebDevice.open(self.site.address, person=name, code=code)
        else:
            home = self.site.directory / f"{name}{number}"
            device = await NativeDevice.open(home, self.site.address, person=name, code=code)
        self.site.stack.push_async_callback(device.close)
        self.devices.setdefault(name, []).append(device)
        self.did[f"{kind} devices"] += 1

    @property
    def alive(self) -> list[Device]:
        """All devices that may talk."""
        return [device for devices in self.devices.values() for device in devices]

    @property
    def everything(self) -> list[Device]:
        """All devices that ever were."""
        return [*self.alive, *self.cut_off]

    async def _all_know(self, names: tuple[str, ...]) -> None:
        for device in self.alive:
            for name in names:
                await so(lambda device=device, name=name: device.knows(name), f"{device.person} knows {name}")

    # --- steps -------------------------------------------------------------------------------

    async def step(self) -> None:
        """Let something happen, and see who reads what is said next."""
        kinds: list[Callable[[], Awaitable[str]]] = [
            self._come,
            self._come,
            self._go,
            self._put_out,
            self._put_out,
            self._link,
            self._link,
            self._revoke,
            self._revoke,
            self._restart,
            self._restart_hub,
            self._edit,
        ]
        done = await self.chance.choice(kinds)()
        if done:
            self.did[done] += 1
        await self.probe()

    def _one(self, names: set[str]) -> str:
        return self.chance.choice(sorted(names)) if names else ""

    async def _come(self) -> str:
        room = self.chance.choice(ROOMS)
        name = self._one(set(NAMES) - self.members[room])
        if not name:
            return ""
        if self.chance.random() < 0.5:
            await self._put_in(name, room)
            return "invitations"
        device = self.chance_device(name)
        await so(lambda: device.has_room(room), f"{name} knows {room}")
        await device.join(room)
        await self._came(name, room)
        return "joins"

    async def _put_in(self, name: str, room: str) -> None:
        await self.devices["ann"][0].invite(room, name)
        await self._came(name, room)

    async def _came(self, name: str, room: str) -> None:
        self.members[room].add(name)
        for device in self.devices[name]:
            await so(lambda device=device: device.is_in(room), f"{name} is in {room}")

    async def _go(self) -> str:
        room = self.chance.choice(ROOMS)
        name = self._one(self.members[room] - {"ann"})
        if not name:
            return ""
        await self.chance_device(name).leave(room)
        await self._went(name, room)
        return "leaves"

    async def _put_out(self) -> str:
        room = self.chance.choice(ROOMS)
        name = self._one(self.members[room] - {"ann"})
        if not name:
            return ""
        await self.devices["ann"][0].remove(room, name)
        await self._went(name, room)
        return "removals"

    async def _went(self, name: str, room: str) -> None:
        self.members[room].discard(name)
        for device in self.devices[name]:
            await so(lambda device=device: is_out(device, room), f"{name} is out of {room}")

    async def _link(self) -> str:
        name = self.chance.choice(NAMES)
        webs = sum(isinstance(each, WebDevice) for each in self.everything)
        if len(self.devices[name]) >= MAX_DEVICES:
            return ""
        kind = self.chance.choice(["native", "web"]) if webs < MAX_WEB else "native"
        code = await self.chance_device(name).link()
        await self._open(name, kind, code=code)
        for room in ROOMS:
            if name in self.members[room]:
                await so(lambda room=room: self.devices[name][-1].is_in(room), f"{name}'s new device, {room}")
        return "links"

    async def _revoke(self) -> str:
        name = self._one({name for name, devices in self.devices.items() if len(devices) > 1})
        if not name:
            return ""
        device = self.chance.choice(self.devices[name][1:])
        others = [each for each in self.devices[name] if each is not device]
        await self.chance.choice(others).revoke(device.id)
        self.devices[name].remove(device)
        self.cut_off.append(device)
        return "devices cut off"

    async def _restart(self) -> str:
        await self.chance.choice(self.alive).restart()
        return "restarts of clients"

    async def _restart_hub(self) -> str:
        self.site.kill_hub() if self.chance.random() < 0.5 else self.site.stop_hub()
        device = self.chance.choice(self.alive)
        await self._say(device, self.place_of(device))
        self.site.start_hub()
        return "restarts of the hub"

    async def _edit(self) -> str:
        mine = [(device, message) for device, message in self.own[-20:] if device in self.alive]
        if not mine:
            return ""
        device, message = self.chance.choice(mine)
        try:
            await device.edit(message, text := f"{self.said[message]}, edited")
        except Exception as error:
            if type(error).__name__ not in NOT_THERE and getattr(error, "name", "") not in NOT_THERE:
                raise
            return ""
        self.said[message] = text
        return "edits"

    # --- talking -----------------------------------------------------------------------------

    def chance_device(self, name: str) -> Device:
        """Return one of somebody's devices."""
        return self.chance.choice(self.devices[name])

    def place_of(self, device: Device) -> str:
        """Return somewhere a device may write."""
        rooms = [f"@{room}" for room in ROOMS if device.person in self.members[room]]
        others = [f"@{name}" for name in NAMES if name != device.person]
        return self.chance.choice([*rooms, "#", self.chance.choice(others)])

    async def _say(self, device: Device, target: str) -> MessageId:
        text = f"{device.person} {len(self.said)}"
        message = await device.say(target, text)
        self.said[message] = text
        self.own.append((device, message))
        self.did["messages"] += 1
        return message

    def readers(self, device: Device, target: str) -> list[Device]:
        """Return the devices that must read what this one says there now."""
        if target == "#":
            return self.alive
        names = self.members.get(target[1:], {device.person, target[1:]})
        return [each for name in names for each in self.devices[name]]

    async def probe(self) -> None:
        """Let somebody speak in each place; all who may must read it."""
        speakers = [(f"@{room}", self._one(self.members[room])) for room in ROOMS]
        one, other = self.chance.sample(NAMES, 2)
        for target, name in (*speakers, ("#", self.chance.choice(NAMES)), (f"@{other}", one)):
            device = self.chance_device(name)
            message = await self._say(device, target)
            for reader in self.readers(device, target):
                where = f"{reader.person}'s {type(reader).__name__} reads {self.said[message]} in {target}"
                await so(lambda r=reader, m=message: shows(r, m, self.said[m]), where)
                self.did["probes read"] += 1

    # --- judging -----------------------------------------------------------------------------

    async def judge(self) -> list[str]:
        """Wait for what must come, stop the hub, and return what is wrong by its disk."""
        for device in self.alive:
            await so(device.is_idle, f"{device.person} is idle")
        self.site.stop_hub()
        entitled = Entitled(self.site.directory / "hub")
        wrong = [each for device in self.everything for each in await self._judge(device, entitled)]
        self.did["keys tried"] += sum(map(len, (each.messages for each in entitled.places.values()))) * len(
            self.everything
        )
        return wrong

    async def _judge(self, device: Device, entitled: Entitled) -> list[str]:
        wrong: list[str] = []
        for place in entitled.places.values():
            opened = await device.opens(place.messages)
            for message, is_open in zip(place.messages, opened, strict=True):
                where = f"{device.person} {type(device).__name__} {place.name} {message.seq}"
                if is_open and not entitled.may(device.id, place, message):
                    wrong.append(f"has a key it may not have: {where}")
                text = self.said.get(message.entry.message_id)
                if text is None or device in self.cut_off:
                    continue
                shown = await device.shows(message.entry.message_id)
                if shown is not None and not entitled.may(device.id, place, message):
                    wrong.append(f"shows what it may not: {where}")
                if shown != text and entitled.must(device.id, place, message):
                    wrong.append(f"lacks {text!r}, shows {shown!r}: {where}")
        return wrong


NOT_THERE = frozenset({"NotInRoom", "UnknownMessage", "LocalError", "NotAllowed"})
"""Why somebody can't edit: they have left the room."""


async def shows(device: Device, message: MessageId, text: str) -> bool:
    return await device.shows(message) == text


async def is_out(device: Device, room: str) -> bool:
    return not await device.is_in(room)


async def so(is_so: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something is so; `what` names it if it never is."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not await is_so():  # noqa: ASYNC110 - what is looked at is in another process
                await asyncio.sleep(0.03)
    except TimeoutError:
        raise AssertionError(f"it never came to be that {what}") from None
