"""Parcels that one device leaves for another one of the same person, which is not enrolled yet.

Each lives ten minutes and is handed out once. They are in memory only: after a restart of the hub the
person makes a new code. The hub can't open them (`wire.pairing`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from lanmsg.hub.session import Session
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frames import PairingStored, PairingTaken, StorePairing, TakePairing
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.limits import MAX_OPEN_PAIRINGS, PAIRING_LIFETIME_S

if TYPE_CHECKING:
    from lanmsg.hub.hub import Hub

log = structlog.get_logger("lanmsg.hub")


@dataclass(frozen=True, slots=True)
class _Parcel:
    device: DeviceId
    sealed: bytes
    ends_at_s: float


class Pairings:
    """The parcels that wait, one of each device at most, by name. `now_s` is the loop's clock."""

    def __init__(self, *, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._parcels: dict[bytes, _Parcel] = {}

    def store(self, device: DeviceId, name: bytes, sealed: bytes) -> None:
        """Keep a parcel in place of an older one of this device.

        Raises:
            Refusal: FULL; MALFORMED if the name is another device's: it was guessed or copied.
        """
        self._drop_old(device)
        if name in self._parcels:
            raise Refusal(Code.MALFORMED, "this code is in use: make a new one")
        if len(self._parcels) >= MAX_OPEN_PAIRINGS:
            raise Refusal(Code.FULL, "too many people link devices at once: try again in ten minutes")
        self._parcels[name] = _Parcel(device, sealed, self._now_s() + PAIRING_LIFETIME_S)

    def _drop_old(self, device: DeviceId) -> None:
        now_s = self._now_s()
        self._parcels = {
            name: parcel
            for name, parcel in self._parcels.items()
            if parcel.device != device and parcel.ends_at_s > now_s
        }

    def take(self, name: bytes) -> bytes:
        """Hand a parcel out, and forget it. Raises Refusal: PAIRING_UNKNOWN."""
        parcel = self._parcels.pop(name, None)
        if parcel is None or parcel.ends_at_s <= self._now_s():
            raise Refusal(
                Code.PAIRING_UNKNOWN,
                "no device waits with this code: it was used, is older than ten minutes, or has a typing "
                "error. Make a new one on the other device: /link",
            )
        return parcel.sealed

    def forget_device(self, device: DeviceId) -> None:
        """Drop what a device has left, which was cut off."""
        self._drop_old(device)


def handle_store_pairing(hub: "Hub", session: Session, frame: StorePairing) -> None:
    """Keep a parcel for the device that knows its name."""
    try:
        hub.pairings.store(session.device, frame.name, frame.sealed)
    except Refusal as refusal:
        session.refuse(refusal, request=frame.request)
        return
    log.info("pairing stored", device=session.device.hex())
    session.send(PairingStored(frame.request))


def handle_take_pairing(hub: "Hub", session: Session, frame: TakePairing) -> None:
    """Hand a parcel to a device that is not enrolled: it has proved that it knows the name, no more."""
    hub.pace.limit_enrolments()
    sealed = hub.pairings.take(frame.name)
    log.info("pairing taken")
    session.send(PairingTaken(sealed))
