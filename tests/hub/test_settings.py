"""What the hub remembers of how it is run."""

import msgspec
import pytest

from lanmsg.hub.settings import HubSettings, load_settings, write_settings
from lanmsg.hub.storage.interface import StorageFailed
from lanmsg.hub.storage.memory import MemoryStorage

from .lab import Lab, settle, virtual


def stored(**values: object) -> MemoryStorage:
    storage = MemoryStorage()
    with storage.transaction():
        for name, value in values.items():
            storage.write_setting(name, msgspec.msgpack.encode(value))
    return storage


def test_what_was_never_set_is_as_usual() -> None:
    assert load_settings(MemoryStorage()) == HubSettings(keep_days=0, keep_bytes=0)
    assert load_settings(stored(keep_days=30)) == HubSettings(keep_days=30)


def test_settings_are_found_again() -> None:
    storage = MemoryStorage()
    settings = HubSettings(keep_days=7, keep_bytes=10**10)
    with storage.transaction():
        write_settings(storage, settings)
    assert load_settings(storage.copy_durable()) == settings


def test_settings_of_a_newer_program_stay() -> None:
    storage = stored(new=[1, 2])
    with storage.transaction():
        write_settings(storage, HubSettings())
    assert storage.read_settings()["new"] == msgspec.msgpack.encode([1, 2])
    assert load_settings(storage) == HubSettings()


def test_a_damaged_setting_is_named() -> None:
    with pytest.raises(StorageFailed, match="keep_days"):
        load_settings(stored(keep_days="many"))


@virtual
async def test_a_change_holds_at_once_and_after_a_restart() -> None:
    async with Lab() as lab:
        told: list[HubSettings] = []
        lab.hub.change_settings(HubSettings(keep_days=5), lambda: told.append(lab.hub.settings))
        await settle()
        assert told == [HubSettings(keep_days=5)]
        assert load_settings(lab.storage.copy_durable()) == HubSettings(keep_days=5)
