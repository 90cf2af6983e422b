"""What an operator may choose, in one place."""

from dataclasses import dataclass

from lanmsg.wire.limits import STATEMENTS_PER_MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class HubConfig:
    """What the hub is started with. A rate of 0 means: no limit.

    None: as the hub's database remembers it (`HubSettings`). What is given here is remembered there.
    `admins` are handles; the person of each may not have enrolled yet.
    """

    title: str = ""
    invite_only: bool | None = None
    messages_per_second: float | None = None
    messages_burst: float | None = None
    keep_days: int | None = None
    keep_bytes: int | None = None
    admins: tuple[str, ...] = ()
    statements_per_minute: float = STATEMENTS_PER_MINUTE
