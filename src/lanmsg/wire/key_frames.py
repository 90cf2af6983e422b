"""The frames by which devices publish keys, and others take them."""

from typing import Annotated

from msgspec import Meta

from lanmsg.wire.frame_base import Frame
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.ids import Seq, WireDeviceId
from lanmsg.wire.limits import MAX_CLAIM_DEVICES, MAX_ONE_TIME_KEYS
from lanmsg.wire.statements import PublishedKey


class ClaimKeys(Frame, tag=7, frozen=True):
    """Ask for one published key of each device; answered by `claimed_keys` in the order asked."""

    request: Seq
    devices: Annotated[list[WireDeviceId], Meta(max_length=MAX_CLAIM_DEVICES)]


class PublishKeys(Frame, tag=8, frozen=True):
    """Add one-time keys to this device's stock, and replace its fallback key if one is given.

    A key that is already there, or was there once, changes nothing. Each is signed by its device;
    whoever claims it checks that. Answered by `stock`.
    """

    one_time_keys: Annotated[list[PublishedKey], Meta(max_length=MAX_ONE_TIME_KEYS)]
    fallback_key: PublishedKey | None = None


class ClaimedKeys(Frame, tag=39, frozen=True):
    """The answer to `claim_keys`."""

    request: Seq
    keys: list[ClaimedKey]


class Stock(Frame, tag=40, frozen=True):
    """How many one-time keys of this device the hub holds: as the answer to `publish_keys`, or low."""

    count: Seq
    is_answer: bool = False
