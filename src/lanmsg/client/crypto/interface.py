"""What encryption must do for us, so that another protocol can take its place one day.

Objects hold secret state that moves on with every call; whoever changes one saves its `pickle`
before anything made with it leaves the machine. Pickles are kept in the encrypted store.
"""

from dataclasses import dataclass
from typing import Protocol

from lanmsg.wire.entries import OlmBody
from lanmsg.wire.errors import LanmsgError


class CannotDecrypt(LanmsgError):
    """The ciphertext does not fit this session: altered, replayed, or not for us."""


@dataclass(frozen=True, slots=True)
class Decrypted:
    """A message's plaintext and its position in the sending session."""

    plaintext: bytes
    index: int


class PeerSession(Protocol):
    """A channel between this device and one other (Olm, a double ratchet)."""

    @property
    def id(self) -> str:
        """The same on both ends."""
        ...

    def pickle(self) -> str:
        """Serialise the state."""
        ...

    def encrypt(self, plaintext: bytes) -> OlmBody:
        """Encrypt for the other device."""
        ...

    def decrypt(self, body: OlmBody) -> bytes:
        """Decrypt what the other device sent. Raises CannotDecrypt; then nothing has changed."""
        ...

    def matches(self, body: OlmBody) -> bool:
        """Tell whether a pre-key message belongs to this session."""
        ...


class Account(Protocol):
    """A device's own keys."""

    @property
    def signing_key(self) -> bytes:
        """Ed25519, 32 bytes."""
        ...

    @property
    def agreement_key(self) -> bytes:
        """Curve25519, 32 bytes."""
        ...

    def pickle(self) -> str:
        """Serialise the state."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign with the signing key (64 bytes)."""
        ...

    def unpublished_keys(self, count: int) -> list[bytes]:
        """Return at least `count` one-time keys not marked as published, making what is missing."""
        ...

    def fallback_key(self) -> bytes:
        """Return the fallback key not marked as published, making one if there is none.

        The one before it goes on to open sessions until the next is made.
        """
        ...

    def mark_published(self) -> None:
        """All keys returned so far are at the hub; never return them again."""

    def open_outbound(self, agreement_key: bytes, one_time_key: bytes) -> PeerSession:
        """Start a session with a device. Raises CannotDecrypt for a key that is none."""
        ...

    def open_inbound(self, agreement_key: bytes, body: OlmBody) -> tuple[PeerSession, bytes]:
        """Take up a session another device has started, with its first plaintext.

        The one-time key it used is forgotten, but only when this succeeds. Raises CannotDecrypt.
        """
        ...

    def has_key_of(self, agreement_key: bytes, body: OlmBody) -> bool:
        """Tell whether the key that a message starts a session with is still here.

        After `open_inbound` that is so for a fallback key only, the present one or the one before it.
        """
        ...


class SendingSession(Protocol):
    """Our ratchet for one conversation (Megolm, outbound)."""

    @property
    def id(self) -> bytes:
        """The session's Ed25519 public key, 32 bytes: it signs what it encrypts."""
        ...

    @property
    def index(self) -> int:
        """The position of the next message, from 0."""
        ...

    def pickle(self) -> str:
        """Serialise the state."""
        ...

    def key(self) -> bytes:
        """Return what opens messages from `index` on, for one reader's ears."""
        ...

    def encrypt(self, plaintext: bytes) -> bytes:
        """Encrypt the next message."""
        ...


class ReceivingSession(Protocol):
    """Somebody's ratchet for one conversation, as a reader holds it (Megolm, inbound)."""

    @property
    def id(self) -> bytes:
        """As `SendingSession.id`."""
        ...

    @property
    def first_index(self) -> int:
        """The oldest position it can open."""
        ...

    def pickle(self) -> str:
        """Serialise the state."""
        ...

    def decrypt(self, ciphertext: bytes) -> Decrypted:
        """Decrypt a message. Raises CannotDecrypt."""
        ...

    def export(self, index: int) -> bytes | None:
        """Return what opens messages from `index` on; None if that is older than we can open."""
        ...


class Crypto(Protocol):
    """Makes and restores all of the above."""

    def verify(self, signing_key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether a device with this Ed25519 key has signed the message."""
        ...

    def new_account(self) -> Account:
        """Make a device's keys."""
        ...

    def account(self, pickle: str) -> Account:
        """Restore a device's keys."""
        ...

    def peer_session(self, pickle: str) -> PeerSession:
        """Restore a session with a device."""
        ...

    def new_sending_session(self) -> SendingSession:
        """Start a ratchet."""
        ...

    def sending_session(self, pickle: str) -> SendingSession:
        """Restore one."""
        ...

    def receiving_session(self, pickle: str) -> ReceivingSession:
        """Restore one."""
        ...

    def receiving_session_from_key(self, key: bytes) -> ReceivingSession:
        """Take a key from a share. Raises CannotDecrypt if it is none."""
        ...

    def receiving_session_from_export(self, key: bytes) -> ReceivingSession:
        """Take an exported key. Raises CannotDecrypt if it is none."""
        ...
