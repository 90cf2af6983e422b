"""The people of a benchmark: their keys, and the file that keeps them beside the hub they enrolled at."""

import os
from functools import cached_property
from pathlib import Path

import msgspec

from lanmsg.client.crypto.olm import OlmAccount, OlmCrypto
from lanmsg.client.identity import Identity
from lanmsg.wire import ids, labels
from lanmsg.wire.frames import Enrol
from lanmsg.wire.ids import DatabaseId, DeviceId, HubId, UserId
from lanmsg.wire.statements import PublishedKey, published_key_bytes

_LETTERS = "abcdefgh"
_NAME_LETTERS = 5


class Person(msgspec.Struct, frozen=True, dict=True):
    """One device of a user; `identity_secret` and `account` are its keys."""

    name: str
    identity_secret: bytes
    account: str

    @cached_property
    def keys(self) -> OlmAccount:
        """The device's keys."""
        return OlmCrypto().account(self.account)

    @cached_property
    def device(self) -> DeviceId:
        """The device's id."""
        return ids.device_id(self.keys.signing_key, self.keys.agreement_key)

    @cached_property
    def user(self) -> UserId:
        """The user's id."""
        return Identity(self.identity_secret).user

    def enrolment(self) -> Enrol:
        """Return what this person says to join a hub, or to bring one more device."""
        identity, account = Identity(self.identity_secret), self.keys
        fallback = account.fallback_key()
        signed = published_key_bytes(labels.FALLBACK_KEY, self.device, fallback)
        return Enrol(
            identity.claim(self.name),
            identity.bind(
                signing_key=account.signing_key, agreement_key=account.agreement_key, device_name="bench"
            ),
            PublishedKey(fallback, account.sign(signed)),
        )


def new_person(number: int) -> Person:
    """Make somebody. Names of few letters, or the hub would find that some look alike."""
    letters = [_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_NAME_LETTERS)]
    return Person(f"bench-{''.join(letters)}", os.urandom(32), _new_account())


def with_devices(person: Person, count: int) -> list[Person]:
    """Return somebody with so many devices in all."""
    others = [Person(person.name, person.identity_secret, _new_account()) for _ in range(count - 1)]
    return [person, *others]


def _new_account() -> str:
    account = OlmCrypto().new_account()
    account.fallback_key()
    return account.pickle()


class World(msgspec.Struct, frozen=True):
    """A hub's database with people in it, nobody of whom has written anything."""

    hub: HubId
    database: DatabaseId
    directory_seq: int
    people: list[Person]

    def save(self, path: Path) -> None:
        """Write it to a file."""
        path.write_bytes(msgspec.msgpack.encode(self))

    @classmethod
    def load(cls, path: Path) -> "World":
        """Read it again."""
        return msgspec.msgpack.decode(path.read_bytes(), type=cls)
