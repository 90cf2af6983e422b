"""Encryption as an ideal: what a key opens and what not is exact, and the same for the same seed.

Real vodozemac takes its randomness from the operating system, so a run with it can't be repeated to the
byte; a run with this one can. It keeps every rule the client relies on: a one-time key opens one session,
a message opens once in a peer session, ratchets only go forward, and who lacks a key has nothing.
Signatures are real Ed25519, for the hub checks them.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.client.crypto.interface import CannotDecrypt, Decrypted
from lanmsg.wire.entries import OlmBody

PRE_KEY, NORMAL = 0, 1
TAG_BYTES = 16


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def _seal(key: bytes, plaintext: bytes) -> bytes:
    stream = hashlib.shake_128(key).digest(len(plaintext))
    hidden = (int.from_bytes(plaintext, "big") ^ int.from_bytes(stream, "big")).to_bytes(
        len(plaintext), "big"
    )
    return _hash(key, hidden)[:TAG_BYTES] + hidden


def _open(key: bytes, sealed: bytes) -> bytes:
    hidden = sealed[TAG_BYTES:]
    if _hash(key, hidden)[:TAG_BYTES] != sealed[:TAG_BYTES]:
        raise CannotDecrypt("it does not fit this key")
    stream = hashlib.shake_128(key).digest(len(hidden))
    return (int.from_bytes(hidden, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(hidden), "big")


@dataclass
class Nature:
    """What mathematics knows: the secret behind each public key, and which signatures were made."""

    secrets: dict[bytes, bytes] = field(default_factory=dict)
    signed: set[bytes] = field(default_factory=set)

    def publish(self, secret: bytes) -> bytes:
        """Return the public key of a secret."""
        public = _hash(b"public", secret)
        self.secrets[public] = secret
        return public

    def agree(self, ours: bytes, theirs: bytes) -> bytes:
        """Return what two secrets have in common, given ours and their public key."""
        other = self.secrets.get(theirs)
        if other is None:
            raise CannotDecrypt("this is no key")
        return _hash(b"agreed", *sorted((ours, other)))

    def copy(self) -> "Nature":
        """Return one that goes its own way from here."""
        return Nature(dict(self.secrets), set(self.signed))


class SimulatedPeerSession:
    """A channel between two devices. `side` is 0 for who started it."""

    def __init__(self, state: dict[str, object]) -> None:
        self._state = state
        self.id = str(state["id"])

    def pickle(self) -> str:
        """Serialise."""
        return json.dumps(self._state)

    def _key(self, side: int, number: int) -> bytes:
        return _hash(b"peer", bytes.fromhex(self._state["root"]), bytes([side]), number.to_bytes(8, "big"))

    def encrypt(self, plaintext: bytes) -> OlmBody:
        """Encrypt the next message."""
        state = self._state
        number, side = state["sent"], state["side"]
        state["sent"] = number + 1
        head = json.dumps([self.id, side, number, state["base"], state["one_time"]]).encode()
        is_answered = side == 1 or state["is_answered"]
        sealed = _seal(self._key(side, number), plaintext)
        return OlmBody(NORMAL if is_answered else PRE_KEY, len(head).to_bytes(2, "big") + head + sealed)

    def decrypt(self, body: OlmBody) -> bytes:
        """Decrypt a message, once."""
        session, side, number, *_ = head_of(body)
        key = f"{number}"
        if session != self.id or side == self._state["side"] or key in self._state["received"]:
            raise CannotDecrypt("not of this session, or opened before")
        plaintext = _open(self._key(side, number), _sealed_in(body))
        self._state["received"][key] = 1
        self._state["is_answered"] = True
        return plaintext

    def matches(self, body: OlmBody) -> bool:
        """Tell whether it belongs here."""
        return body.message_type == PRE_KEY and head_of(body)[0] == self.id


def head_of(body: OlmBody) -> list:
    """Return session id, side, number, base key and one-time key of a message."""
    try:
        size = int.from_bytes(body.ciphertext[:2], "big")
        return json.loads(body.ciphertext[2 : 2 + size])
    except ValueError as error:
        raise CannotDecrypt("no message of this encryption") from error


def _sealed_in(body: OlmBody) -> bytes:
    return body.ciphertext[2 + int.from_bytes(body.ciphertext[:2], "big") :]


class SimulatedAccount:
    """A device's keys."""

    def __init__(self, nature: Nature, random: Callable[[int], bytes], state: dict) -> None:
        self._nature = nature
        self._random = random
        self._state = state
        self._signer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(state["signing"]))
        self.signing_key = self._signer.public_key().public_bytes_raw()
        self._secret = bytes.fromhex(state["agreement"])
        self.agreement_key = nature.publish(self._secret)

    def pickle(self) -> str:
        """Serialise."""
        return json.dumps(self._state)

    def sign(self, message: bytes) -> bytes:
        """Sign."""
        signature = self._signer.sign(message)
        self._nature.signed.add(_hash(self.signing_key, signature, message))
        return signature

    def unpublished_keys(self, count: int) -> list[bytes]:
        """Return one-time keys that the hub does not have."""
        keys = self._state["one_time"]
        while sum(not is_published for is_published in keys.values()) < min(count, 50):
            keys[self._nature.publish(self._random(32)).hex()] = False
        return [bytes.fromhex(key) for key, is_published in keys.items() if not is_published]

    def fallback_key(self) -> bytes:
        """Return the fallback key that the hub does not have."""
        if not self._state["fallback"] or self._state["fallback"][-1][1]:
            self._state["fallback"].append([self._nature.publish(self._random(32)).hex(), False])
        return bytes.fromhex(self._state["fallback"][-1][0])

    def mark_published(self) -> None:
        """The hub has them."""
        self._state["one_time"] = dict.fromkeys(self._state["one_time"], True)
        self._state["fallback"] = [[key, True] for key, _ in self._state["fallback"]][-2:]

    def open_outbound(self, agreement_key: bytes, one_time_key: bytes) -> SimulatedPeerSession:
        """Start a session."""
        base = self._random(32)
        public = self._nature.publish(base)
        root = _hash(
            self._nature.agree(self._secret, one_time_key),
            self._nature.agree(base, agreement_key),
            self._nature.agree(base, one_time_key),
        )
        return self._session(root, public, one_time_key, side=0)

    def _session(self, root: bytes, base: bytes, one_time: bytes, *, side: int) -> SimulatedPeerSession:
        return SimulatedPeerSession(
            {
                "id": _hash(b"session", base, one_time).hex(),
                "root": root.hex(),
                "side": side,
                "base": base.hex(),
                "one_time": one_time.hex(),
                "sent": 0,
                "received": {},
                "is_answered": False,
            }
        )

    def open_inbound(self, agreement_key: bytes, body: OlmBody) -> tuple[SimulatedPeerSession, bytes]:
        """Take up a session; its one-time key is used up by that."""
        if body.message_type != PRE_KEY:
            raise CannotDecrypt("this message starts no session")
        _, _, _, base, one_time = head_of(body)
        if not self._has_key(one_time):
            raise CannotDecrypt("the one-time key is not there (any more)")
        secret = self._nature.secrets[bytes.fromhex(one_time)]
        root = _hash(
            self._nature.agree(secret, agreement_key),
            self._nature.agree(self._secret, bytes.fromhex(base)),
            self._nature.agree(secret, bytes.fromhex(base)),
        )
        session = self._session(root, bytes.fromhex(base), bytes.fromhex(one_time), side=1)
        plaintext = session.decrypt(body)
        self._state["one_time"].pop(one_time, None)
        return session, plaintext

    def has_key_of(self, agreement_key: bytes, body: OlmBody) -> bool:
        """Tell whether the key that a message starts a session with is still here."""
        return body.message_type == PRE_KEY and self._has_key(head_of(body)[4])

    def _has_key(self, key: str) -> bool:
        return key in self._state["one_time"] or key in [each for each, _ in self._state["fallback"]]


def index_in(ciphertext: bytes) -> int:
    """Return the place of a message in its ratchet."""
    return int.from_bytes(ciphertext[:8], "big")


def _ratchet(key: bytes, steps: int) -> bytes:
    for _ in range(steps):
        key = _hash(b"ratchet", key)
    return key


class SimulatedSendingSession:
    """A ratchet for one conversation."""

    def __init__(self, session: bytes, ratchet: bytes, index: int) -> None:
        self.id = session
        self._ratchet = ratchet
        self.index = index

    def pickle(self) -> str:
        """Serialise."""
        return f"{self.id.hex()} {self._ratchet.hex()} {self.index}"

    def key(self) -> bytes:
        """Return what opens messages from here on."""
        return self.id + self._ratchet + self.index.to_bytes(8, "big")

    def encrypt(self, plaintext: bytes) -> bytes:
        """Encrypt the next message."""
        sealed = self.index.to_bytes(8, "big") + _seal(_hash(b"message", self._ratchet), plaintext)
        self._ratchet = _ratchet(self._ratchet, 1)
        self.index += 1
        return sealed


class SimulatedReceivingSession:
    """The same, as a reader has it."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 72:
            raise CannotDecrypt("this is no key")
        self.id = key[:32]
        self._ratchet = key[32:64]
        self.first_index = int.from_bytes(key[64:], "big")

    def pickle(self) -> str:
        """Serialise."""
        return (self.id + self._ratchet + self.first_index.to_bytes(8, "big")).hex()

    def decrypt(self, ciphertext: bytes) -> Decrypted:
        """Decrypt a message."""
        index = index_in(ciphertext)
        if not self.first_index <= index < self.first_index + 10_000:
            raise CannotDecrypt("from before this key")
        ratchet = _ratchet(self._ratchet, index - self.first_index)
        return Decrypted(_open(_hash(b"message", ratchet), ciphertext[8:]), index)

    def export(self, index: int) -> bytes | None:
        """Return what opens messages from `index` on."""
        if index < self.first_index:
            return None
        return self.id + _ratchet(self._ratchet, index - self.first_index) + index.to_bytes(8, "big")


class SimulatedCrypto:
    """`client.crypto.interface.Crypto`; all machines of a world share one `nature`."""

    def __init__(self, nature: Nature, random: Callable[[int], bytes]) -> None:
        self._nature = nature
        self._random = random

    def verify(self, signing_key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature was made."""
        return _hash(signing_key, signature, message) in self._nature.signed

    def new_account(self) -> SimulatedAccount:
        """Make a device's keys."""
        state = {"signing": self._random(32).hex(), "agreement": self._random(32).hex()}
        return SimulatedAccount(self._nature, self._random, {**state, "one_time": {}, "fallback": []})

    def account(self, pickle: str) -> SimulatedAccount:
        """Restore them."""
        return SimulatedAccount(self._nature, self._random, json.loads(pickle))

    def peer_session(self, pickle: str) -> SimulatedPeerSession:
        """Restore one."""
        return SimulatedPeerSession(json.loads(pickle))

    def new_sending_session(self) -> SimulatedSendingSession:
        """Start a ratchet."""
        return SimulatedSendingSession(self._random(32), self._random(32), 0)

    def sending_session(self, pickle: str) -> SimulatedSendingSession:
        """Restore one."""
        session, ratchet, index = pickle.split()
        return SimulatedSendingSession(bytes.fromhex(session), bytes.fromhex(ratchet), int(index))

    def receiving_session(self, pickle: str) -> SimulatedReceivingSession:
        """Restore one."""
        return SimulatedReceivingSession(bytes.fromhex(pickle))

    def receiving_session_from_key(self, key: bytes) -> SimulatedReceivingSession:
        """Take a key."""
        return SimulatedReceivingSession(key)

    def receiving_session_from_export(self, key: bytes) -> SimulatedReceivingSession:
        """Take an exported key."""
        return SimulatedReceivingSession(key)
