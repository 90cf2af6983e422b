"""The devices of this person: which there are, and what they are called."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from lanmsg.client.model import DeviceInfo
from lanmsg.client.state import ClientState
from lanmsg.wire.account import Change, Preference
from lanmsg.wire.ids import DeviceId

_NAME_PREFIX: Final = "device_name:"


def name_preference(device: DeviceId, name: str) -> Preference:
    """Return what our devices tell each other when one of them gets a name."""
    return Preference(f"{_NAME_PREFIX}{device.hex()}", name)


def own_devices(state: ClientState, changes: Iterable[Change]) -> list[DeviceInfo]:
    """Return the devices of ours that may read now, in the order they were added.

    `changes` are the values of the account log: some of them are names.
    """
    names = {
        change.name.removeprefix(_NAME_PREFIX): change.value
        for change in changes
        if isinstance(change, Preference) and change.name.startswith(_NAME_PREFIX)
    }
    person = state.directory.person(state.user)
    devices = list(person.devices) if person is not None else []
    infos = [device_info(state, device) for device in sorted(devices, key=state.directory.device_seq)]
    return [replace(info, name=names.get(info.device.hex()) or info.name) for info in infos]


def device_info(state: ClientState, device: DeviceId) -> DeviceInfo:
    """Describe a device of ours, cut off or not."""
    statement = state.directory.ever_device(device)
    return DeviceInfo(
        device=device,
        name=statement.device_name if statement is not None else "",
        added_at_ms=state.device_added_ms.get(device, 0),
        is_this=device == state.device,
    )
