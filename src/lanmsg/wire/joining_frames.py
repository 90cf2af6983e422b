"""The frames with which people are invited, and a second device of a person is let in (`wire.pairing`)."""

from typing import Annotated

from msgspec import Meta

from lanmsg.wire.frame_base import Frame
from lanmsg.wire.ids import Hash, Seq
from lanmsg.wire.limits import MAX_PAIRING_BYTES


class CreateInvite(Frame, tag=10, frozen=True):
    """Let whoever knows the secret enrol, once, before `expires_at_ms` (Unix ms).

    `secret_hash` is `labelled_hash(INVITE_SECRET, secret)`, so the hub can't use the invite itself.
    """

    request: Seq
    secret_hash: Hash
    expires_at_ms: Seq


class InviteCreated(Frame, tag=41, frozen=True):
    """The answer to `create_invite`."""

    request: Seq


class StorePairing(Frame, tag=20, frozen=True):
    """Keep this for another device of mine, which will ask for it by `name` within ten minutes.

    Replaces what this device has left before. Answered by `pairing_stored` or `refused`.
    """

    request: Seq
    name: Hash
    sealed: Annotated[bytes, Meta(max_length=MAX_PAIRING_BYTES)]


class TakePairing(Frame, tag=21, frozen=True):
    """Ask for what another device has left under `name`; sent behind `hello` by a device that is nobody yet.

    Answered by `pairing_taken`, once, or `refused`.
    """

    name: Hash


class PairingStored(Frame, tag=50, frozen=True):
    """The answer to `store_pairing`."""

    request: Seq


class PairingTaken(Frame, tag=51, frozen=True):
    """The answer to `take_pairing`; the hub has forgotten it now."""

    sealed: Annotated[bytes, Meta(max_length=MAX_PAIRING_BYTES)]
