"""What is stored of second devices that were let in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredPairing:
    """A second device that was let in: what proves it (`token`), and who is on the other side.

    `is_helper`: this device let `device` in and hands keys of the past to it; `device` is empty until it
    came. Otherwise `device` let this one in, and the past has not come over yet.
    """

    token: bytes
    device: bytes
    is_helper: bool


@dataclass(frozen=True, slots=True)
class DeletePairing:
    """Forget a pairing: it has done what it was for, or was never used."""

    token: bytes
