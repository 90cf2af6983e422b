"""What waits in the outbox: a message of its own, a change of one, or what a client says by itself."""

from lanmsg.client.model import ACCOUNT
from lanmsg.client.store.interface import OutboxRow
from lanmsg.wire.content import (
    SHOWN_KINDS,
    Amending,
    Content,
    Lifetime,
    ReadUpTo,
    Topic,
    decode_content,
    kind_of,
)
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import MessageId


def is_message(row: OutboxRow) -> bool:
    """Tell whether a row is a message of its own: no change of one, no topic, nothing of the account."""
    if row.conversation == ACCOUNT:
        return False
    content = content_in(row)
    return content is None or kind_of(content) in SHOWN_KINDS


def is_said_by_itself(row: OutboxRow) -> bool:
    """Tell whether nobody wrote it: a read receipt, what newcomers lack, what our devices tell each other."""
    content = content_in(row)
    is_repeated = isinstance(content, Topic | Lifetime) and content.since > 0
    return row.conversation == ACCOUNT or isinstance(content, ReadUpTo) or is_repeated


def amended_by(row: OutboxRow) -> MessageId | None:
    """Return the message that a row changes; None for a message of its own."""
    content = content_in(row)
    return content.target if isinstance(content, Amending) else None


def content_in(row: OutboxRow) -> Content | None:
    """Return what a row says; None if a newer version has queued it, or it is for our own devices."""
    try:
        return decode_content(row.content)
    except RemoteError:  # queued by a newer version of this program, or for our own devices
        return None
