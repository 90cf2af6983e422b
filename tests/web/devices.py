"""Devices of people, native ones and web clients in Node, with the same verbs; and what each holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lanmsg.client import Client, ClientSettings
from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.errors import UnknownPerson, UnknownRoom
from lanmsg.wire.entries import Entry, MessageBody
from lanmsg.wire.ids import DeviceId, MessageId

from .web_client import WebClient, WebError


@dataclass(frozen=True)
class Sealed:
    """A message as the hub has it."""

    seq: int
    entry: Entry
    body: MessageBody


class Device(Protocol):
    """One device of a person. Verbs raise what the client raises."""

    person: str
    id: DeviceId

    async def say(self, target: str, text: str) -> MessageId: ...
    async def edit(self, message: MessageId, text: str) -> None: ...
    async def create(self, room: str, *, keeps_history: bool) -> None: ...
    async def join(self, room: str) -> None: ...
    async def leave(self, room: str) -> None: ...
    async def invite(self, room: str, name: str) -> None: ...
    async def remove(self, room: str, name: str) -> None: ...
    async def link(self) -> str: ...
    async def revoke(self, device: DeviceId) -> None: ...
    async def restart(self) -> None: ...
    async def close(self) -> None: ...

    async def knows(self, name: str) -> bool:
        """Tell whether the directory here has somebody."""
        ...

    async def is_in(self, room: str) -> bool: ...
    async def has_room(self, room: str) -> bool: ...

    async def shows(self, message: MessageId) -> str | None:
        """Return the text of a message; None if it is not here or can't be read."""
        ...

    async def opens(self, messages: Sequence[Sealed]) -> list[bool]:
        """Tell of each message whether any key that this device ever had opens it."""
        ...

    async def is_idle(self) -> bool:
        """Tell whether it is online, and nothing of it waits."""
        ...


@dataclass
class NativeDevice:
    """A client of the library in this process."""

    person: str
    settings: ClientSettings
    client: Client = field(init=False)
    id: DeviceId = field(init=False)

    @classmethod
    async def open(cls, home: Path, address: str, *, person: str, code: str | None) -> "NativeDevice":
        name = person if code is None else None
        device = cls(person, ClientSettings(home=home, hub=address, name=name, pairing_code=code))
        await device._open()
        device.id = device.client._engine.state.device
        return device

    async def _open(self) -> None:
        self.client = await Client(self.settings).__aenter__()

    async def say(self, target: str, text: str) -> MessageId:
        return (await self.client.send(self.client.conversation(target), text)).id

    async def edit(self, message: MessageId, text: str) -> None:
        await self.client.edit(message, text)

    async def create(self, room: str, *, keeps_history: bool) -> None:
        await self.client.create_room(room, keeps_history=keeps_history)

    async def join(self, room: str) -> None:
        await self.client.join_room(room)

    async def leave(self, room: str) -> None:
        await self.client.leave(self.client.room(room).conversation)

    async def invite(self, room: str, name: str) -> None:
        await self.client.invite(self.client.room(room).conversation, [name])

    async def remove(self, room: str, name: str) -> None:
        await self.client.remove(self.client.room(room).conversation, name)

    async def link(self) -> str:
        return (await self.client.link_device()).code

    async def revoke(self, device: DeviceId) -> None:
        await self.client.revoke_device(device)

    async def restart(self) -> None:
        await self.close()
        self.settings = ClientSettings(home=self.settings.home, hub=self.settings.hub)
        await self._open()

    async def close(self) -> None:
        await self.client.__aexit__(None, None, None)

    async def knows(self, name: str) -> bool:
        try:
            return bool(self.client.person(name))
        except UnknownPerson:
            return False

    async def is_in(self, room: str) -> bool:
        try:
            return self.client.room(room).is_mine
        except UnknownRoom:
            return False

    async def has_room(self, room: str) -> bool:
        return room in {each.name for each in self.client.rooms()}

    async def shows(self, message: MessageId) -> str | None:
        found = self.client.message(message)
        return None if found is None or found.reason else found.text

    async def opens(self, messages: Sequence[Sealed]) -> list[bool]:
        return [self._opens(each) for each in messages]

    def _opens(self, message: Sealed) -> bool:
        receiving = self.client._engine._keys.receiving(message.body.session, message.entry.sender)
        try:
            return receiving is not None and bool(receiving.session.decrypt(message.body.ciphertext))
        except CannotDecrypt:
            return False

    async def is_idle(self) -> bool:
        return self.client.is_online and not self.client.waiting


@dataclass
class WebDevice:
    """The web client in a process of Node; its store outlives a restart, as a browser's does."""

    person: str
    address: str
    client: WebClient
    id: DeviceId = field(init=False)

    @classmethod
    async def open(cls, address: str, *, person: str, code: str | None) -> "WebDevice":
        device = cls(person, address, await WebClient.start())
        call = {"address": address, **({"name": person} if code is None else {"pairingCode": code})}
        assert await device.client.call("open", call) == person
        await device.client.call("synced")  # only then is it in the directory here
        [own] = [each for each in await device.client.call("devices") if each["isThis"]]
        device.id = DeviceId(bytes.fromhex(own["device"]))
        return device

    async def _room(self, name: str) -> object:
        return (await self.client.call("room", name))["conversation"]

    async def say(self, target: str, text: str) -> MessageId:
        conversation = await self.client.call("conversation", target)
        return MessageId(bytes.fromhex((await self.client.call("send", conversation, text))["id"]))

    async def edit(self, message: MessageId, text: str) -> None:
        await self.client.call("edit", message.hex(), text)

    async def create(self, room: str, *, keeps_history: bool) -> None:
        await self.client.call("createRoom", room, {"keepsHistory": keeps_history})

    async def join(self, room: str) -> None:
        await self.client.call("joinRoom", room)

    async def leave(self, room: str) -> None:
        await self.client.call("leave", await self._room(room))

    async def invite(self, room: str, name: str) -> None:
        await self.client.call("invite", await self._room(room), [name])

    async def remove(self, room: str, name: str) -> None:
        await self.client.call("remove", await self._room(room), name)

    async def link(self) -> str:
        return (await self.client.call("linkDevice"))["code"]

    async def revoke(self, device: DeviceId) -> None:
        await self.client.call("revokeDevice", device.hex())

    async def restart(self) -> None:
        await self.client.call("close")
        await self.client.open(self.address)

    async def close(self) -> None:
        await self.client.stop()

    async def knows(self, name: str) -> bool:
        return name in {each["handle"] for each in await self.client.call("people")}

    async def is_in(self, room: str) -> bool:
        try:
            return (await self.client.call("room", room))["isMine"]
        except WebError:
            return False

    async def has_room(self, room: str) -> bool:
        return room in {each["name"] for each in await self.client.call("rooms")}

    async def shows(self, message: MessageId) -> str | None:
        found = await self.client.call("message", message.hex())
        return None if found is None or found["reason"] else found["text"]

    async def opens(self, messages: Sequence[Sealed]) -> list[bool]:
        pairs = [(each.body.session.hex(), each.body.ciphertext.hex()) for each in messages]
        return await self.client.call("couldOpen", *pairs)

    async def is_idle(self) -> bool:
        return await self.client.call("isOnline") and not await self.client.call("waiting")
