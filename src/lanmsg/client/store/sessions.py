"""Sessions of the encryption as they are stored: pickles, and what tells them apart."""

from dataclasses import dataclass

from lanmsg.wire.ids import DeviceId, LogId


@dataclass(frozen=True, slots=True)
class OlmSession:
    """A pickled Olm session with a device. `used` orders them: the highest is used to encrypt."""

    device: DeviceId
    session_id: str
    pickle: str
    used: int


@dataclass(frozen=True, slots=True)
class OutboundSession:
    """Our sending session of a log.

    `shared_with` has the devices whose inbox holds the key for certain, `pending` the shares that
    are made but not accepted yet (device, encoded `OlmBody`).
    """

    log: LogId
    pickle: str
    created_at_ms: int
    messages: int
    shared_with: tuple[DeviceId, ...]
    pending: tuple[tuple[DeviceId, bytes], ...]


@dataclass(frozen=True, slots=True)
class InboundSession:
    """A receiving session: whose it is, where it belongs, and its pickle.

    `session` is its key in the store: the session's id (32 bytes) and `device` (16 bytes).
    """

    session: bytes
    log: LogId
    device: DeviceId
    pickle: str
