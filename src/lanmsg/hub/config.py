"""What an operator may choose, in one place."""

from dataclasses import dataclass

from lanmsg.wire.limits import MESSAGES_BURST, MESSAGES_PER_SECOND, STATEMENTS_PER_MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class HubConfig:
    """The hub's settings. A rate of 0 means: no limit."""

    title: str = ""
    invite_only: bool = False
    messages_per_second: float = MESSAGES_PER_SECOND
    messages_burst: float = MESSAGES_BURST
    statements_per_minute: float = STATEMENTS_PER_MINUTE
