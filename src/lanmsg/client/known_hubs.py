"""The hubs this home knows, and the key of each: what a client pins (`known_hubs.json`).

A hub's key is written here at first contact and never changed by a program again: a hub with another
key is another hub. An address belongs to the hub that had it last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from lanmsg.client.store.interface import StoreFailed
from lanmsg.net.key_files import prepare_directory, replace_key_file
from lanmsg.wire import ids
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import KEY_BYTES, HubId

FILE_NAME: Final = "known_hubs.json"
MAX_ADDRESSES: Final = 5
"""Addresses kept of one hub: it moves between a few networks, and dead ones cost a try each."""


@dataclass(frozen=True, slots=True)
class KnownHub:
    """A hub we have been at. `addresses` are `HOST:PORT`, the newest first; `last_used_ms` is Unix ms."""

    identity_key: bytes
    title: str
    addresses: tuple[str, ...]
    last_used_ms: int

    @property
    def hub(self) -> HubId:
        """The hub's id."""
        return ids.hub_id(self.identity_key)


@dataclass(frozen=True, slots=True)
class KnownHubs:
    """All hubs this home knows, the last used first."""

    hubs: tuple[KnownHub, ...] = ()

    @property
    def latest(self) -> KnownHub | None:
        """The hub used last."""
        return self.hubs[0] if self.hubs else None

    def at(self, address: str) -> KnownHub | None:
        """Return the hub whose key must be shown at this address (`HOST:PORT`)."""
        return next((hub for hub in self.hubs if address in hub.addresses), None)

    def with_id(self, hub: HubId | bytes) -> KnownHub | None:
        """Return the hub with this id."""
        return next((known for known in self.hubs if known.hub == hub), None)

    def remembering(self, identity_key: bytes, title: str, address: str, *, now_ms: int) -> "KnownHubs":
        """Return these hubs after a login: this one first, with this address first."""
        known = self.with_id(ids.hub_id(identity_key))
        older = [] if known is None else [each for each in known.addresses if each != address]
        hub = KnownHub(identity_key, title, (address, *older)[:MAX_ADDRESSES], now_ms)
        others = (_without_address(other, address) for other in self.hubs if other.hub != hub.hub)
        return KnownHubs((hub, *others))

    def forgetting(self, address: str) -> "KnownHubs":
        """Return these hubs without the one at this address."""
        return KnownHubs(tuple(hub for hub in self.hubs if address not in hub.addresses))


def load_known_hubs(home: Path) -> KnownHubs:
    """Return the hubs this home knows; none if there is no file.

    Raises:
        StoreFailed: the file is damaged or can't be read. It is never skipped: without its pins a
            false hub would pass for a new one.
    """
    path = home / FILE_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return KnownHubs()
    except OSError as error:
        raise StoreFailed(f"cannot read {path}: {error.strerror}") from error
    try:
        saved = msgspec.json.decode(data, type=_SavedFile)
        return KnownHubs(tuple(_from_saved(hub) for hub in saved.hubs))
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreFailed(
            f"{path} is damaged ({error}). Put it back from a backup; or move it away: then you meet every "
            "hub as if for the first time, so compare its four check words again"
        ) from error


def remember_hub(home: Path, *, identity_key: bytes, title: str, address: str, now_ms: int) -> None:
    """Note a login; on disk before this returns. Another process may have noted others meanwhile.

    Raises:
        StoreFailed: the file is damaged or can't be written.
    """
    known = load_known_hubs(home).remembering(identity_key, title, address, now_ms=now_ms)
    _save(home, known.hubs)


def forget_hub(home: Path, address: str) -> KnownHub | None:
    """Drop the hub at this address, its key with it; return it, or None if none is known there.

    Raises:
        StoreFailed: the file is damaged or can't be written.
    """
    known = load_known_hubs(home)
    hub = known.at(address)
    if hub is not None:
        _save(home, known.forgetting(address).hubs)
    return hub


# --- The file --------------------------------------------------------------------------------


class _SavedHub(msgspec.Struct, forbid_unknown_fields=False):
    id: str
    identity_key: str
    title: str
    addresses: list[str]
    last_used_ms: int


class _SavedFile(msgspec.Struct, forbid_unknown_fields=False):
    hubs: list[_SavedHub]


def _from_saved(saved: _SavedHub) -> KnownHub:
    """Read one hub; the id is there for people, and to find a damaged key."""
    key = bytes.fromhex(saved.identity_key)
    if len(key) != KEY_BYTES or ids.hub_id(key).hex() != saved.id:
        raise ValueError("a hub's key does not belong to its id")
    return KnownHub(key, saved.title, tuple(saved.addresses[:MAX_ADDRESSES]), saved.last_used_ms)


def encode_known_hubs(hubs: Sequence[KnownHub]) -> bytes:
    """Return the content of the file for these hubs."""
    saved = [
        _SavedHub(
            id=hub.hub.hex(),
            identity_key=hub.identity_key.hex(),
            title=hub.title,
            addresses=list(hub.addresses),
            last_used_ms=hub.last_used_ms,
        )
        for hub in hubs
    ]
    return msgspec.json.format(msgspec.json.encode(_SavedFile(saved))) + b"\n"


def _save(home: Path, hubs: Sequence[KnownHub]) -> None:
    try:
        prepare_directory(home)
        replace_key_file(home / FILE_NAME, encode_known_hubs(hubs))
    except LocalError as error:
        raise StoreFailed(str(error)) from error


def _without_address(hub: KnownHub, address: str) -> KnownHub:
    return replace(hub, addresses=tuple(each for each in hub.addresses if each != address))
