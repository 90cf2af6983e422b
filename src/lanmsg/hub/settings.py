"""What the hub's database remembers of how it is run, so that it holds after a restart."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final, cast

import msgspec

from lanmsg.hub.storage.interface import Storage, StorageFailed
from lanmsg.wire.limits import MESSAGES_BURST, MESSAGES_PER_SECOND

MAX_KEEP_DAYS: Final = 36_500
"""A hundred years: longer is for ever."""
MIN_KEEP_BYTES: Final = 16 * 1000 * 1000
"""Names, keys and what waits for devices are never removed; a hub of some people has so much of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """Settings that may change while the hub runs.

    Attributes:
        keep_days: messages older than this are removed from the hub; 0: none.
        keep_bytes: while the hub holds more than this, its oldest messages are removed; 0: no limit.
        invite_only: newcomers need an invite.
        messages_per_second: of one device, in the long run; 0: no limit.
        messages_burst: of one device, at once.
        notice: what is shown to everybody; empty: nothing.
        admins: handles of who may run the hub; those of people who have not enrolled are kept for them.
        banned: handles of who is not let in.
    """

    keep_days: int = 0
    keep_bytes: int = 0
    invite_only: bool = False
    messages_per_second: float = MESSAGES_PER_SECOND
    messages_burst: float = MESSAGES_BURST
    notice: str = ""
    admins: tuple[str, ...] = ()
    banned: frozenset[str] = frozenset()


def load_settings(storage: Storage) -> HubSettings:
    """Return what is stored; what never was, is as usual. Settings of newer programs are left alone.

    Raises:
        StorageFailed: if a value is not what this program writes there.
    """
    stored = storage.read_settings()
    return replace(
        HubSettings(),
        **{
            field.name: _decode(field.name, stored[field.name], cast("type[object]", field.type))
            for field in fields(HubSettings)
            if field.name in stored
        },
    )


def write_settings(storage: Storage, settings: HubSettings) -> None:
    """Store settings, inside a transaction."""
    for field in fields(HubSettings):
        storage.write_setting(field.name, msgspec.msgpack.encode(getattr(settings, field.name)))


def _decode(name: str, value: bytes, kind: type[object]) -> Any:  # noqa: ANN401 - of the field's own type
    try:
        return msgspec.msgpack.decode(value, type=kind)
    except msgspec.MsgspecError as error:
        raise StorageFailed(f"the setting {name} in the hub's database is damaged: restore a copy") from error
