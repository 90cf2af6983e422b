"""Errors that say whose fault it is.

    LanmsgError
    ├── LocalError      our caller broke a rule; nothing was sent
    ├── RemoteError     the peer broke the protocol; the link is closed, the process lives
    ├── Refusal         the hub refused a request for a stated reason; nothing was stored
    └── LinkLost        nobody's fault; the client reconnects

Fields first, text in `__str__`. A `code` is for programs and never changes its meaning; the text is
for people and says what to do.
"""

from enum import StrEnum


class Code(StrEnum):
    """Every reason that crosses the wire (`docs/protocol.md` lists what each asks of the client)."""

    STALE_VIEW = "stale_view"
    OUT_OF_ORDER = "out_of_order"
    PRUNED = "pruned"
    THROTTLED = "throttled"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    NOT_A_MEMBER = "not_a_member"
    NOT_ALLOWED = "not_allowed"
    NOT_ADMIN = "not_admin"
    BANNED = "banned"
    KICKED = "kicked"
    ARCHIVED = "archived"
    UNKNOWN_LOG = "unknown_log"
    UNKNOWN_USER = "unknown_user"
    UNKNOWN_DEVICE = "unknown_device"
    REVOKED_DEVICE = "revoked_device"
    NOT_VOUCHED_FOR = "not_vouched_for"
    BAD_SIGNATURE = "bad_signature"
    NAME_TAKEN = "name_taken"
    NAME_LOOKS_LIKE = "name_looks_like"
    NAME_ILLEGAL = "name_illegal"
    INVITE_NEEDED = "invite_needed"
    INVITE_UNKNOWN = "invite_unknown"
    PAIRING_UNKNOWN = "pairing_unknown"
    FULL = "full"
    PROTOCOL_TOO_OLD = "protocol_too_old"
    PROTOCOL_TOO_NEW = "protocol_too_new"
    PROTOCOL = "protocol"
    LOGIN_TIMEOUT = "login_timeout"
    DISPLACED = "displaced"
    SHUTTING_DOWN = "shutting_down"
    STUCK = "stuck"
    INTERNAL = "internal"


class LanmsgError(Exception):
    """The base of all errors this package raises on purpose."""


class LocalError(LanmsgError):
    """Our own caller asked for something that can't be; nothing was sent or stored."""


class RemoteError(LanmsgError):
    """The peer sent what the protocol does not allow. Close the link; never the process."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.detail} ({self.code})"


class Refusal(LanmsgError):
    """A request was understood and refused; nothing was stored."""

    def __init__(self, code: Code, text: str, *, retry_after_ms: int = 0) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.retry_after_ms = retry_after_ms

    def __str__(self) -> str:
        return self.text


class LinkLost(LanmsgError):
    """The network went away. What was sent and not answered may or may not have arrived."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
